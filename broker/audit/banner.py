"""The banner on the log's integrity: what was verified, what others hold, and whether exports may leave."""

from datetime import datetime, timedelta
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

from broker.audit import anchors, delay, log, store, told, verdict_file
from broker.audit.anchors import Anchor
from broker.audit.verdict_file import Verdict
from broker.audit.verdicts import MEANING
from broker.audit.words import ACTS
from broker.terms import Actor, EventRef

FRESH = timedelta(hours=24)  # a verdict older than this is no green banner
OPENED = timedelta(hours=48)  # nor is one whose bodies and names were checked longer ago


class Banner(NamedTuple):
    """What the console says about the log's integrity.

    `green`: verified less than 24 hours ago, its bodies and names less than 48, and somebody outside holds a checkpoint
    that is younger than 48 hours.
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
    verdict = believed()
    anchor = anchors.newest(now, anchors.OUTSIDE) or anchors.newest(now)
    if verdict is None:
        return Banner("amber", f"{_unverified()}{_provable(anchor)}", 0, None, anchor)
    checked, size = verdict.at, verdict.size
    if not verdict.ok:
        known = is_acknowledged(verdict)
        return Banner("red", _failed(verdict, acknowledged=known), size, checked, anchor, known)
    late = delay.is_late(log.origin_id(), int(now.timestamp() * 1_000_000))
    missing = [
        *([_("The last verification is more than a day old.")] if now - checked > FRESH else []),
        *([_("Entries wait too long for their place in the signed log.")] if late else []),
        *([_("Bodies and names wait for their check (verify_log --with-keys).")] if _unopened(verdict, now) else []),
    ]
    facts = {"size": size, "at": _time(checked)}
    verified = _("Verified up to entry %(size)s on %(at)s.") % facts
    state: Literal["green", "amber"] = "green" if not missing and anchor and anchor.kind in anchors.OUTSIDE else "amber"
    return Banner(state, " ".join([*missing, verified, _bodies(verdict)]) + _provable(anchor), size, checked, anchor)


def believed() -> Verdict | None:
    """The last verdict; None where the log tells of a newer one: an older file was put in its place."""
    verdict = verdict_file.last()
    return None if verdict is None or verdict.told_us < told.newest().at_us else verdict


def _unopened(verdict: Verdict, now: datetime) -> bool:
    """Say whether nobody has opened every body for two days, in a log that is older than that."""
    since = verdict.bodies.at if verdict.bodies else store.opened_at(log.origin_id())
    return now - since > OPENED


def _bodies(verdict: Verdict) -> str:
    """Whether bodies and names were looked at: a verification without keys sees neither."""
    if verdict.bodies is None:
        return _("Bodies and names were not checked.")
    return _("Bodies and names were checked on %(at)s.") % {"at": _time(verdict.bodies.at)}


def _unverified() -> str:
    """Nothing can be said of the log: it was never verified, or what was found cannot be believed."""
    if verdict_file.path().exists():
        return _(
            "What the last verification found cannot be believed: its file was changed, or an older one put in its "
            "place. "
            "Exports are closed until the log is verified again."
        )
    if _is_empty():
        return _("The log has not been verified yet.")
    return _("The log has not been verified yet. Exports are closed until it is.")


def _provable(anchor: Anchor | None) -> str:
    if anchor is None:
        return " " + _("The log is unchanged as far as we can see; not yet provable against its operator.")
    if anchor.kind == "mail":
        return " " + _(
            "Checkpoint %(size)s was mailed to %(who)s on %(at)s, who can hold it against us; from here that is only "
            "our word. For proof set up a witness (LOG_WITNESSES) or a timestamp authority (TIMESTAMP_URLS)."
        ) % {"size": anchor.size, "who": anchor.who, "at": _time(anchor.at)}
    hands = {"witness": _("cosigned by"), "tsa": _("stamped by")}
    return " " + _("Provable against its operator up to entry %(size)s: %(how)s %(who)s on %(at)s.") % {
        "size": anchor.size,
        "how": hands[anchor.kind],
        "who": anchor.who,
        "at": _time(anchor.at),
    }


def _failed(verdict: Verdict, *, acknowledged: bool) -> str:
    text = _("The last verification failed (%(kind)s).") % {"kind": verdict.kind}
    if verdict.first_bad is not None:
        text += _(" First bad entry: %(seq)s.") % {"seq": verdict.first_bad}
    text += f" {_(MEANING[verdict.kind])}"
    if verdict.why:
        text += f" {verdict.why}"
    if acknowledged:
        return text + _(" An officer has acknowledged this; exports are open.")
    return text + _(" Exports are closed until an officer has acknowledged this.")


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(ZoneInfo(settings.DISPLAY_ZONE)):%Y-%m-%d %H:%M %Z}"


# --- exports while the log does not match


def exports_allowed(now: datetime) -> bool:  # noqa: ARG001  (whoever asks says for when; today no answer depends on it)
    """Say whether data may leave as an export: not while a failed verification is unacknowledged, and not while a log
    with entries is unverified, or the verdict's file is not as the verification left it."""
    verdict = believed()
    if verdict is None:
        return _is_empty() and not verdict_file.path().exists()
    return verdict.ok or is_acknowledged(verdict)


def _is_empty() -> bool:
    return not store.rows("SELECT 1 FROM audit_event LIMIT 1")


def acknowledge(*, actor: Actor, now: datetime) -> EventRef | None:
    """Log that this officer has seen the failed verification; exports are open again for exactly that finding.

    None where the last verification did not fail. Raises `log.LogUnavailable`, and PermissionError for anybody else.
    """
    if actor.role != "officer":
        raise PermissionError("only an officer acknowledges that the log does not match")
    verdict = believed()
    if verdict is None or verdict.ok:
        return None
    found = {
        "seq": verdict.first_bad,
        "kind": verdict.kind,
        "size": verdict.size,
        "root": verdict.root,
        "verified_at": verdict.at.isoformat(),
        "at": now.isoformat(),
    }
    ref = log.append("log.acknowledged", actor=actor, subject=None, body=found, obj="log")
    verdict_file.acknowledge(verdict, ref.id)
    return ref


def is_acknowledged(verdict: Verdict) -> bool:
    """Say whether the log holds an acknowledgement of this finding; the file beside the verdict says where.

    A finding at an entry stays acknowledged when a later verification of the grown log meets it again. One at no
    single place could be another each time: only the very verdict that was seen is acknowledged.
    """
    seen = verdict_file.acknowledgement()
    if seen is None or (seen.first_bad, seen.kind) != (verdict.first_bad, verdict.kind):
        return False
    same = (seen.at, seen.size, seen.root) == (verdict.at, verdict.size, verdict.root)
    later = seen.at < verdict.at and seen.size <= verdict.size
    again = verdict.first_bad is not None and later and (seen.size < verdict.size or seen.root == verdict.root)
    number = ACTS["log.acknowledged"].number
    rows = store.rows("SELECT 1 FROM audit_event WHERE id = %s AND act = %s", [seen.event, number])
    return (same or again) and bool(rows)
