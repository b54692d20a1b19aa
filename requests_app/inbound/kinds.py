"""What a mail is: several signals together, none of which decides alone where it is weak (rules).

The order matters. A report is read before anything else, because bounces call themselves automatic replies too; an
automatic reply is told before an answer, because its In-Reply-To is ours. Sources: RFC 3464, 3834, 5965, 8098.
"""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from requests_app.inbound.quotes import new_words
from requests_app.inbound.reports import action_for


class Kind(StrEnum):
    """What a mail is."""

    ANSWER = "answer"
    ACKNOWLEDGEMENT = "acknowledgement"
    AUTO_REPLY = "auto_reply"
    DELAY = "delay"
    BOUNCE = "bounce"
    READ_RECEIPT = "read_receipt"
    COMPLAINT = "complaint"
    DELIVERED = "delivered"  # a success report: evidence of delivery, nobody's answer
    RELAYED = "relayed"  # handed on to a server that makes no reports: evidence where that server is the utility's own
    UNKNOWN = "unknown"


class Judged(NamedTuple):
    """A kind, and the signals that it was told by."""

    kind: Kind
    signals: tuple[str, ...]


ENOUGH = 2
LOOKED_AT = 20_000
_ACTIONS = {"failed": Kind.BOUNCE, "delayed": Kind.DELAY, "relayed": Kind.RELAYED, "delivered": Kind.DELIVERED}
_DAEMON = re.compile(r"^(?:mailer-?daemon|postmaster|mail-?daemon)@", re.I)
_DAEMON_NAME = re.compile(r"mail(?:er)? (?:delivery|daemon)|system administrator|mail administrator", re.I)
_RETURNED = re.compile(
    r"undeliver(?:able|ed)|returned mail|delivery status notification|delivery (?:failure|has failed)|"
    r"mail delivery failed|failure notice|returned to sender|delayed mail",
    re.I,
)
_FAILED = re.compile(
    r"could not be\s+delivered|did not reach the following|failed permanently|"
    r"permanent(?:ly)? (?:fatal )?(?:error|failure)|"
    r"user unknown|unknown user|recipient name is not recognized|delivery to the following recipients? failed|"
    r"mailbox (?:is )?(?:unavailable|full)|address (?:not found|rejected)|unrecoverable error",
    re.I,
)  # fmt: skip
_DELAYED = re.compile(
    r"warning (?:message )?only|do not need to resend|will be retried|still being retried|has been delayed|"
    r"notification about a delay|\(delay\)|not yet been delivered|will continue trying",
    re.I,
)
_AUTO_SUBJECT = re.compile(
    r"^\s*(?:re:\s*)?(?:automatic reply|auto(?:matic)?[ -]?(?:reply|response)|"
    r"out of (?:the )?office|away (?:until|from)|abwesenheit|automatische antwort|"
    r"respuesta autom[aá]tica|fuera de la oficina)",
    re.I,
)
_AWAY = re.compile(
    r"out of (?:the )?office|currently away|on (?:vacation|leave)|away from (?:the office|my desk)|"
    r"limited access to (?:e-?)?mail",
    re.I,
)
_RECEIVED = re.compile(
    r"acknowledge(?:ment of| the)? receipt|acknowledge (?:that )?we (?:have )?received|acknowledgement of receipt|"
    r"we (?:have |hereby )?(?:acknowledge the )?receiv?(?:ed|e|pt)[^.\n]{0,40}"
    r"(?:request|e-?mail|message|inquiry|letter)|"
    r"(?:your|the) (?:request|e-?mail|message|inquiry|letter) (?:has been|was) received|"
    r"a (?:ticket|case) (?:has been|was) (?:opened|created)|hemos recibido su (?:solicitud|correo|mensaje)",
    re.I,
)  # fmt: skip
_REPLY_SUBJECT = re.compile(r"^\s*(?:re|aw|sv|rv|antw|fw|fwd|wg)\s*(?:\[\d+\])?:", re.I)


def judge(facts: Mapping[str, Any]) -> Judged:
    """Say what a mail is by its facts (`requests_app.mail_reading.read`); never raises for what that gives."""
    report = facts.get("report")
    if report is not None:
        return _reported(report)
    returned = _returned(facts)
    if len(returned) >= ENOUGH:
        return _by_wording(facts, returned)
    points, signals = _automatic(facts)
    words = _words(facts)
    receipt = _RECEIVED.search(facts["subject"]) or _RECEIVED.search(words)
    if receipt and not facts["files"] and not _AWAY.search(words):
        return Judged(Kind.ACKNOWLEDGEMENT, (*signals, "words: received"))
    if points >= ENOUGH:
        return Judged(Kind.AUTO_REPLY, signals)
    return _from_a_person(facts, words, signals)


def _reported(report: Mapping[str, Any]) -> Judged:
    if report["kind"] == "reading":
        return Judged(Kind.READ_RECEIPT, ("report: disposition",))
    if report["kind"] == "complaint":
        return Judged(Kind.COMPLAINT, ("report: feedback",))
    action = action_for(report, "")
    return Judged(_ACTIONS.get(action, Kind.UNKNOWN), tuple(f"action: {each}" for each in _actions(report)))


def _actions(report: Mapping[str, Any]) -> list[str]:
    return sorted({str(each["action"])[:20] for each in report.get("recipients") or []}) or ["none"]


def _returned(facts: Mapping[str, Any]) -> tuple[str, ...]:
    """Give the signals that a mail server wrote this because of another mail."""
    daemon = any(_DAEMON.match(each) for each in facts["senders"]) or any(
        _DAEMON_NAME.search(each) for each in facts["names"]
    )
    words = _start(facts)
    return _named(
        {
            "from: mail system": daemon,
            "empty return path": "empty return path" in facts["marks"],
            "x-failed-recipients": "x-failed-recipients" in facts["marks"],
            "subject: returned": bool(_RETURNED.search(facts["subject"])),
            "words: failed": bool(_FAILED.search(words)),
            "words: delayed": bool(_DELAYED.search(words)),
        }
    )


def _by_wording(facts: Mapping[str, Any], signals: tuple[str, ...]) -> Judged:
    own = {"subject: returned", "words: failed", "words: delayed", "x-failed-recipients"}
    if not own & set(signals):
        # A mail system's name and an empty return path say who wrote, not what: an away notice has both too.
        points, automatic = _automatic(facts)
        return Judged(Kind.AUTO_REPLY if points >= ENOUGH else Kind.UNKNOWN, (*signals, *automatic))
    if "words: delayed" in signals or _DELAYED.search(facts["subject"]):
        return Judged(Kind.DELAY, signals)
    failed = {"words: failed", "x-failed-recipients"} & set(signals)
    return Judged(Kind.BOUNCE if failed else Kind.UNKNOWN, signals)


def _automatic(facts: Mapping[str, Any]) -> tuple[int, tuple[str, ...]]:
    marks = set(facts["marks"])
    strong = marks & {
        "auto-submitted: auto-replied",
        "x-autoreply",
        "x-apple-action: vacation",
        "precedence: auto_reply",
    }
    weak = marks & {
        "auto-submitted: other", "auto-submitted: auto-generated", "x-auto-response-suppress", "precedence: bulk",
        "empty return path", "list", "x-inbox-rules-loop",
    }  # fmt: skip
    if _AUTO_SUBJECT.search(facts["subject"]):
        weak.add("subject: automatic")
    if _AWAY.search(_words(facts)):
        weak.add("words: away")
    return ENOUGH * len(strong) + len(weak), tuple(sorted(strong | weak))


def _from_a_person(facts: Mapping[str, Any], words: str, signals: tuple[str, ...]) -> Judged:
    found = (
        *signals,
        *_named(
            {
                "refers to a mail": bool(facts["refers_to"]),
                "subject: reply": bool(_REPLY_SUBJECT.match(facts["subject"])),
                "has files": bool(facts["files"]),
                "has words": bool(words.strip()),
            }
        ),
    )
    if facts["from_headers"] != 1 or len(facts["senders"]) != 1 or facts["from_odd"] or facts["partial"]:
        return Judged(Kind.UNKNOWN, (*found, "no one usable sender" if not facts["partial"] else "a piece of a mail"))
    return Judged(Kind.ANSWER if facts["files"] or words.strip() else Kind.UNKNOWN, found)


def _named(found: Mapping[str, bool]) -> tuple[str, ...]:
    return tuple(name for name, holds in found.items() if holds)


def _words(facts: Mapping[str, Any]) -> str:
    return new_words("\n".join(_some(facts["texts"])))[:LOOKED_AT]


def _start(facts: Mapping[str, Any]) -> str:
    return "\n".join(_some(facts["texts"]))[:LOOKED_AT]


def _some(texts: Iterable[str]) -> Iterable[str]:
    return (each[:LOOKED_AT] for each, _ in zip(texts, range(5), strict=False))
