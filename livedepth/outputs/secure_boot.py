"""Whether this Linux machine only loads signed kernel modules, and how to sign one's own."""

from __future__ import annotations

import contextlib
from pathlib import Path

_SECURE_BOOT = Path("/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c")
_LOCKDOWN = Path("/sys/kernel/security/lockdown")

# Where DKMS keeps the certificate it signs with: Ubuntu, then Debian and others.
_CERTIFICATES = (Path("/var/lib/shim-signed/mok/MOK.der"), Path("/var/lib/dkms/mok.pub"))


def only_signed_modules() -> bool:
    """Whether the kernel refuses modules that no enrolled key has signed."""
    with contextlib.suppress(OSError):
        if "[none]" not in _LOCKDOWN.read_text():
            return True
    with contextlib.suppress(OSError):
        # Four bytes of attributes, then the value.
        return _SECURE_BOOT.read_bytes()[4:5] == b"\1"
    return False


def enrol_key() -> str:
    """Say how to make the kernel take modules that this machine has built, in one line."""
    there = [path for path in _CERTIFICATES if path.exists()]
    return f"sudo mokutil --import {(there or _CERTIFICATES[-1:])[0]}, restart, choose Enroll MOK"
