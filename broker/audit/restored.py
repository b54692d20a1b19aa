"""Verification of a database that was restored from an archive, where no integrator or signer of its own runs."""

from collections.abc import Callable
from dataclasses import replace

from broker.audit import auditing, verifier
from broker.terms import Actor

REMARK = "restored from an archive: how old events without a place are, and what was signed last, is not seen here"


def verify_restored(opener: Actor, tick: Callable[[int], None]) -> verifier.Result:
    """Verify everything and open every body; no verdict is kept, and the copy's own log says that it was read.

    As in every copy, what had no place yet in the tree stays as it is: its minute is long over.
    """
    result = verifier.verify(replace(auditing.database_log(copy=True), remarks=(REMARK,), tick=tick))
    if result.ok:
        result, _ = auditing.with_bodies(result, opener, tick)
    return result._replace(progress=None)
