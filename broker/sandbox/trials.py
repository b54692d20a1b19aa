"""Jobs that misbehave on purpose: tests and `doctor` run them to see that the walls hold."""

import ctypes
import os
import socket
import sys
import time
from typing import Any

from broker.sandbox.errors import Refused


def echo(payload: dict[str, Any]) -> dict[str, Any]:
    """Give back what came."""
    return payload


def facts(_payload: dict[str, Any]) -> dict[str, Any]:
    """Say who and where this process is, and what its environment holds."""
    return {"pid": os.getpid(), "environment": dict(os.environ), "django": "django" in sys.modules}


def refuse(payload: dict[str, Any]) -> dict[str, Any]:
    """Say no with a code."""
    raise Refused(payload["code"])


def fail(_payload: dict[str, Any]) -> dict[str, Any]:
    """Break on content."""
    raise ValueError("the content of a stranger's file")


def spin(_payload: dict[str, Any]) -> dict[str, Any]:
    """Use CPU for ever."""
    while True:
        pass


def hang(_payload: dict[str, Any]) -> dict[str, Any]:
    """Wait for ever."""
    while True:
        time.sleep(60)


def hoard(_payload: dict[str, Any]) -> dict[str, Any]:
    """Take memory without end."""
    kept = []
    while True:
        kept.append(bytearray(16 * 1024 * 1024))


def crash(_payload: dict[str, Any]) -> dict[str, Any]:
    """Read address zero."""
    ctypes.string_at(0)
    return {}


def connect(payload: dict[str, Any]) -> dict[str, Any]:
    """Open a connection as Python code would."""
    socket.create_connection(("127.0.0.1", payload["port"]), timeout=2).close()
    return {}


def connect_by_libc(payload: dict[str, Any]) -> dict[str, Any]:
    """Open a connection as a parser's C code would, past the tripwire; gives the error number (0: it got out)."""
    libc = ctypes.CDLL(None, use_errno=True)
    handle = libc.socket(int(socket.AF_INET), int(socket.SOCK_STREAM), 0)
    if handle < 0:
        return {"errno": ctypes.get_errno()}
    address = (2).to_bytes(2, "little") + payload["port"].to_bytes(2, "big") + bytes([127, 0, 0, 1]) + bytes(8)
    reached = libc.connect(handle, address, len(address))
    return {"errno": ctypes.get_errno() if reached else 0}


def read(payload: dict[str, Any]) -> dict[str, Any]:
    """Try to read a file; says whether it could."""
    try:
        with open(payload["path"], "rb") as file:
            file.read(1)
    except OSError as problem:
        return {"errno": problem.errno}
    return {"errno": 0}


def write(payload: dict[str, Any]) -> dict[str, Any]:
    """Try to write a file, past the tripwire; gives the error number (0: it could)."""
    libc = ctypes.CDLL(None, use_errno=True)
    handle = libc.open(os.fsencode(payload["path"]), os.O_WRONLY | os.O_CREAT, 0o600)
    return {"errno": ctypes.get_errno() if handle < 0 else 0}


def start_program(_payload: dict[str, Any]) -> dict[str, Any]:
    """Start another program, past the tripwire; gives the error number."""
    libc = ctypes.CDLL(None, use_errno=True)
    arguments = (ctypes.c_char_p * 2)(b"/usr/bin/true", None)
    libc.execv(b"/usr/bin/true", arguments)
    return {"errno": ctypes.get_errno()}
