"""The kinds of two-person act of this installation, each registered once by the package that carries it out."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from broker.terms import Actor

if TYPE_CHECKING:
    from broker.approvals.models import Approval

type Run = Callable[["Approval", Actor, datetime], None]


@dataclass(frozen=True)
class TwoPersonAct:
    """A kind of act: its name, what people call it, who may ask, who may decide, and how long an answer is waited for.

    `run` is called inside the approving transaction and carries the act out (or enqueues the job that does) and calls
    `execute`; without it the approved act waits for whoever carries it out (the keeper of keys, say).
    """

    name: str
    title: str  # an English msgid
    requesters: frozenset[str]  # roles
    approvers: frozenset[str]  # roles
    life: timedelta
    run: Run | None = None


_acts: dict[str, TwoPersonAct] = {}


def register(act: TwoPersonAct) -> None:
    """Make a kind of act known; a name has one meaning."""
    if _acts.get(act.name, act) != act:
        raise ValueError(f"{act.name} is registered as another act")
    _acts[act.name] = act


def act_of(name: str) -> TwoPersonAct:
    """Give the kind of act of this name; KeyError where nobody registered it."""
    return _acts[name]


def registered() -> list[TwoPersonAct]:
    """Give every kind of act, by name."""
    return [_acts[name] for name in sorted(_acts)]
