"""How the kernels are compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from numba import njit

# Numba's own types neither keep the signature of what is compiled nor know every option.
compiler: Any = njit

Body = TypeVar("Body", bound=Callable[..., Any])

# Infinities and not-a-number never arise here, but their absence is not promised to the compiler.
FASTMATH = {"contract", "arcp", "nsz", "reassoc", "afn"}

OPTIONS = {"cache": True, "nogil": True, "fastmath": FASTMATH, "error_model": "numpy"}

# Counting references to the tables at every call would cost more than the calls themselves, and an
# entry from Python more time to compile than the body.
BARE = {"_nrt": False, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def kernel(body: Body) -> Body:
    """Compile what Python calls."""
    compiled: Body = compiler(**OPTIONS)(body)
    return compiled


def function(body: Body) -> Body:
    """Compile what only kernels call."""
    compiled: Body = compiler(**OPTIONS, **BARE)(body)
    return compiled


def inlined(body: Body) -> Body:
    """Compile a function for every pixel whose many arguments cost more to pass than to keep."""
    compiled: Body = compiler(**OPTIONS, **BARE, forceinline=True)(body)
    return compiled
