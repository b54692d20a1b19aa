"""A separate process in which strangers' files are parsed and letters are rendered.

`call("package.module:function", payload, wall=…, cpu=…)`; functions named there are pure, import no Django,
take and give JSON values, and raise `broker.sandbox.errors.Refused(code)` for an expected no. Whoever answers a request
says before how long all of its files may take (`budget.within`).
"""

from broker.sandbox.budget import OutOfTime
from broker.sandbox.errors import Died, Refused, SandboxError, TookTooLong
from broker.sandbox.parent import call, close, isolation
from broker.sandbox.wire import pack, unpack

__all__ = [
    "Died", "OutOfTime", "Refused", "SandboxError", "TookTooLong", "call", "close", "isolation", "pack", "unpack",
]  # fmt: skip
