"""The signer under an operating system user of its own: started by root, which it stops being before it serves."""

import ctypes
import os
import pwd
import signal

from broker.audit.signer import CannotSign

_PR_SET_PDEATHSIG, _PR_GET_PDEATHSIG = 1, 2


def become(name: str) -> None:
    """Turn this process from root into this user, for good: no group of root's, no way back. Raises `CannotSign`.

    Code, socket and folder are opened before, so that the user needs no right to any path of the installation.
    """
    if os.geteuid() != 0:
        raise CannotSign("only root can start the signer as another user")
    try:
        user = pwd.getpwnam(name)
    except KeyError:
        raise CannotSign(f"there is no user {name}") from None
    if user.pw_uid == 0:
        raise CannotSign("the signer's own user must not be root")
    parent, dies_with_parent = os.getppid(), _death_signal()
    os.setgroups([])
    os.setresgid(user.pw_gid, user.pw_gid, user.pw_gid)
    os.setresuid(user.pw_uid, user.pw_uid, user.pw_uid)
    if dies_with_parent:  # the kernel forgets it with the change of user
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, dies_with_parent)
        if os.getppid() != parent:
            signal.raise_signal(dies_with_parent)


def _death_signal() -> int:
    number = ctypes.c_int()
    ctypes.CDLL(None).prctl(_PR_GET_PDEATHSIG, ctypes.byref(number))
    return number.value
