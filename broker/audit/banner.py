"""The banner on the log's integrity: what was verified, what others hold, and whether exports may leave."""

import json
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal, NamedTuple

from django.utils.translation import gettext as _

from broker.audit import anchors, auditing, delay, log, store
from broker.audit.anchors import Anchor
from broker.audit.words import ACTS
from broker.terms import Actor, EventRef

FRESH = timedelta(hours=24)  # a verdict older than this is no green banner


class Banner(NamedTuple):
    """What the console says about the log's integrity.

    `green`: verified less than 24 hours ago, and somebody outside holds a checkpoint that is younger than 48 hours.
    `red`: the last verification failed. `amber`: everything else, and the text says what is missing.
    """

    state: Literal["green", "amber", "red"]
    text: str
    size: int
    checked_at: datetime | None
    anchor: Anchor | None = None
    acknowledged: bool = False


def banner(now: datetime) -> Banner:
    """The state at this moment, in sentences for an officer."""
    verdict = auditing.last_verdict()
    anchor = anchors.newest(now)
    if verdict is None:
        return Banner("amber", f"{_('The log has not been verified yet.')}{_provable(anchor)}", 0, None, anchor)
    checked, size = datetime.fromisoformat(verdict["at"]), int(verdict["size"])
    if not verdict["ok"]:
        known = is_acknowledged(verdict)
        return Banner("red", _failed(verdict, acknowledged=known), size, checked, anchor, known)
    late = delay.is_late(log.origin_id(), int(now.timestamp() * 1_000_000))
    missing = [
        *([_("The last verification is more than a day old.")] if now - checked > FRESH else []),
        *([_("Entries wait too long for their place in the signed log.")] if late else []),
    ]
    facts = {"size": size, "at": _time(checked)}
    verified = _("Verified up to entry %(size)s on %(at)s.") % facts
    state: Literal["green", "amber"] = "amber" if missing or anchor is None else "green"
    return Banner(state, " ".join([*missing, verified]) + _provable(anchor), size, checked, anchor)


def _provable(anchor: Anchor | None) -> str:
    if anchor is None:
        return " " + _("The log is unchanged as far as we can see; not yet provable against its operator.")
    hands = {"witness": _("cosigned by"), "tsa": _("stamped by"), "mail": _("mailed to")}
    return " " + _("Provable against its operator up to entry %(size)s: %(how)s %(who)s on %(at)s.") % {
        "size": anchor.size,
        "how": hands[anchor.kind],
        "who": anchor.who,
        "at": _time(anchor.at),
    }


def _failed(verdict: dict[str, Any], *, acknowledged: bool) -> str:
    text = _("The last verification failed (%(kind)s).") % {"kind": verdict["kind"]}
    if verdict["first_bad"] is not None:
        text += _(" First bad entry: %(seq)s.") % {"seq": verdict["first_bad"]}
    if acknowledged:
        return text + _(" An officer has acknowledged this; exports are open.")
    return text + _(" Exports are closed until an officer has acknowledged this.")


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


# --- exports while the log does not match


def exports_allowed(now: datetime) -> bool:  # noqa: ARG001  (whoever asks says for when; today no answer depends on it)
    """Say whether data may leave as an export: not while a failed verification is unacknowledged."""
    verdict = auditing.last_verdict()
    return verdict is None or bool(verdict["ok"]) or is_acknowledged(verdict)


def acknowledge(*, actor: Actor, now: datetime) -> EventRef | None:
    """Log that this officer has seen the failed verification; exports are open again for exactly that finding.

    None where the last verification did not fail. Raises `log.LogUnavailable`, and PermissionError for anybody else.
    """
    if actor.role != "officer":
        raise PermissionError("only an officer acknowledges that the log does not match")
    verdict = auditing.last_verdict()
    if verdict is None or verdict["ok"]:
        return None
    found = {"seq": verdict["first_bad"], "kind": verdict["kind"]}
    ref = log.append("log.acknowledged", actor=actor, subject=None, body=found, obj="log")
    _remember({**found, "event": ref.id, "at": now.isoformat()})
    return ref


def is_acknowledged(verdict: dict[str, Any]) -> bool:
    """Say whether the log holds an acknowledgement of this finding; the file beside the verdict says where."""
    try:
        found = json.loads(acknowledgement_path().read_text())
        same = (found["seq"], found["kind"]) == (verdict["first_bad"], verdict["kind"])
        event = int(found["event"])
    except (OSError, ValueError, KeyError, TypeError):
        return False
    rows = store.rows("SELECT 1 FROM audit_event WHERE id = %s AND act = %s", [event, ACTS["log.acknowledged"].number])
    return same and bool(rows)


def acknowledgement_path() -> Path:
    """Where the last acknowledgement is kept: readable without opening any event's body."""
    return auditing.verdict_path().with_name("acknowledged.json")


def _remember(facts: dict[str, object]) -> None:
    path = acknowledgement_path()
    new = path.with_name(f"{path.name}.{os.getpid()}")
    new.write_text(json.dumps(facts))
    new.replace(path)
