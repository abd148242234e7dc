"""Which NVIDIA GPUs there are, asked of the driver itself: nothing heavy is imported for it."""

from __future__ import annotations

import ctypes
import sys
from functools import cache

_NAME_LENGTH = 128


@cache
def nvidia_gpus() -> tuple[str, ...]:
    """Name of each GPU with the driver's CUDA version, as "NVIDIA H100, CUDA 12.8".

    Empty where there is no driver, or no GPU that it shows. Source: CUDA Driver API, "Device
    Management".
    """
    library = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
    try:
        driver = ctypes.CDLL(library)
    except OSError:
        return ()
    count, version = ctypes.c_int(0), ctypes.c_int(0)
    if driver.cuInit(0) or driver.cuDeviceGetCount(ctypes.byref(count)):
        return ()
    driver.cuDriverGetVersion(ctypes.byref(version))
    cuda = f"CUDA {version.value // 1000}.{version.value % 1000 // 10}"
    names = []
    for index in range(count.value):
        device, name = ctypes.c_int(0), ctypes.create_string_buffer(_NAME_LENGTH)
        if driver.cuDeviceGet(ctypes.byref(device), index):
            continue
        if not driver.cuDeviceGetName(name, _NAME_LENGTH, device):
            names.append(f"{name.value.decode(errors='replace')}, {cuda}")
    return tuple(names)
