"""To which request an incoming mail may belong: hints with their weight, never a proof (rules)."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from requests_app.inbound.quotes import new_words
from requests_app.inbound.reports import action_for, handed_to
from requests_app.inbound.senders import domain_of

ACTIONS = {"delivered": "delivered", "relayed": "relayed", "failed": "bounce", "delayed": "delay"}
REPORTS = frozenset(ACTIONS.values())
MAX_CANDIDATES = 10
_NUMBER = re.compile(r"\bR-\d{1,9}\b", re.I)


@dataclass(frozen=True)
class Known:
    """What is known of an open request, as far as a mail may hint at it."""

    id: UUID
    number: str
    token: str
    message_ids: tuple[str, ...]
    address: str
    last_four: tuple[str, ...] = ()


@dataclass(frozen=True)
class Candidate:
    """A request that a mail may answer, and why; nobody but a person chooses."""

    id: UUID
    number: str
    weight: int
    reasons: tuple[str, ...]


def reports_on(mail: Mapping[str, Any], message_id: str, address: str) -> bool:
    """Say whether a delivery report is about this very mail to this very address."""
    report = mail.get("report") or {}
    named = report.get("original") or next(iter(mail["refers_to"]), "")
    recipients = [each["recipient"] for each in report.get("recipients") or []]
    return bool(named) and named == message_id and address.lower() in recipients


def kind_for(mail: Mapping[str, Any], address: str, own_servers: Collection[str] = ()) -> str:
    """Give what a mail is for the request to this address: of several recipients in a report only ours counts.

    A report that it was handed on to a server that makes no reports itself is one of success where that server is one
    of `own_servers`, the utility's own; most mail servers of the world make none (RFC 3461, section 6.2.4).
    """
    report = mail.get("report")
    if report is not None and report["kind"] == "delivery":
        kind = ACTIONS.get(action_for(report, address), "unknown")
        arrived = kind == "relayed" and _is_own(handed_to(report, address), own_servers)
        return "delivered" if arrived else kind
    return str(mail["kind"])


def _is_own(server: str, own_servers: Collection[str]) -> bool:
    return bool(server) and server.rstrip(".") in {each.lower().rstrip(".") for each in own_servers}


def numbers_in(mail: Mapping[str, Any]) -> list[str]:
    """Give the numbers of requests that a mail names in its subject or its new words, each once."""
    return numbers_of("\n".join([mail["subject"], *(new_words(each) for each in mail["texts"][:5])]))[:20]


def numbers_of(text: str) -> list[str]:
    """Give the numbers of requests in a text, in upper case, each once."""
    return list(dict.fromkeys(found.upper() for found in _NUMBER.findall(text)))


def candidates(mail: Mapping[str, Any], tokens: Sequence[str], known: Iterable[Known]) -> list[Candidate]:
    """Rank the requests that a mail may answer, best first; the same mail always gives the same order."""
    named = numbers_in(mail)
    words = "\n".join(new_words(each) for each in mail["texts"][:5])
    found = []
    for each in known:
        reasons = dict(_hints(mail, tokens, named, words, each))
        if reasons:
            found.append(Candidate(each.id, each.number, sum(reasons.values()), tuple(reasons)))
    return sorted(found, key=lambda one: (-one.weight, one.number))[:MAX_CANDIDATES]


def _hints(
    mail: Mapping[str, Any], tokens: Sequence[str], named: Sequence[str], words: str, known: Known
) -> Iterable[tuple[str, int]]:
    report = mail.get("report") or {}
    if known.token in tokens:
        yield "the mail carries the token of this request's thread", 50
    if set(known.message_ids) & {*mail["refers_to"], report.get("original", "")}:
        yield "it refers to a mail that we sent", 40
    if known.number.upper() in named:
        yield "it names the number of this request", 30
    if any(re.search(rf"(?<!\d){re.escape(each)}(?!\d)", words) for each in known.last_four if each):
        yield "it names the last four digits of an account", 15
    if any(domain_of(each) == domain_of(known.address) for each in mail["senders"]):
        yield "its From line shows the co-op's domain", 10
