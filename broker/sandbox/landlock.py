"""Landlock by system call: from here on this process reads below the listed folders only, writes nowhere, opens no TCP.

The numbers are the kernel's (include/uapi/linux/landlock.h); libc has no wrappers for them.
"""

import ctypes
import os
from collections.abc import Iterable
from contextlib import suppress

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG = 1
_RULE_PATH_BENEATH = 1
_PR_SET_NO_NEW_PRIVS = 38

READ_FILE, READ_DIR = 1 << 2, 1 << 3
# How many of the rights on files each version of the interface knows; asking for an unknown one is an error.
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
_FILE_RIGHTS_NOW = 16
_TCP_RIGHTS = 0b11
_SCOPES = 0b11  # abstract Unix sockets, signals


class _Ruleset(ctypes.Structure):
    _fields_ = [("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64)]


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32)]


class LandlockUnavailable(OSError):
    """The kernel has no Landlock, or it is switched off."""


def version() -> int:
    """Give the version of Landlock's interface that this kernel speaks; 0 when there is none."""
    found = _syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION_FLAG))
    return max(found, 0)


def restrict(readable: Iterable[str]) -> int:
    """Shut this process in, for ever; gives the interface's version."""
    abi = version()
    if not abi:
        raise LandlockUnavailable("no Landlock")
    rules = _Ruleset(
        fs=(1 << _FILE_RIGHTS.get(abi, _FILE_RIGHTS_NOW)) - 1,
        net=_TCP_RIGHTS if abi >= 4 else 0,
        scoped=_SCOPES if abi >= 6 else 0,
    )
    # Older kernels refuse a structure that is longer than theirs.
    size = 8 if abi < 4 else 16 if abi < 6 else 24
    handle = _checked(_CREATE_RULESET, ctypes.byref(rules), ctypes.c_size_t(size), ctypes.c_uint32(0))
    try:
        for path in readable:
            with suppress(FileNotFoundError):
                _allow(handle, path)
        if _libc().prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "no_new_privs")
        _checked(_RESTRICT_SELF, ctypes.c_int(handle), ctypes.c_uint32(0))
    finally:
        os.close(handle)
    return abi


def _allow(handle: int, path: str) -> None:
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rights = READ_FILE | READ_DIR if os.path.isdir(path) else READ_FILE
        rule = _PathBeneath(allowed=rights, parent=place)
        kind = ctypes.c_int(_RULE_PATH_BENEATH)
        _checked(_ADD_RULE, ctypes.c_int(handle), kind, ctypes.byref(rule), ctypes.c_uint32(0))
    finally:
        os.close(place)


def _checked(number: int, *arguments: object) -> int:
    result = _syscall(number, *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), "landlock")
    return result


def _syscall(number: int, *arguments: object) -> int:
    return int(_libc().syscall(ctypes.c_long(number), *arguments))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
