"""Who sent a mail, as far as its own headers and our own receiver's results say (rules; RFC 5322, RFC 8601, RFC 7489).

A header proves nothing by itself. The results that our own mail server wrote on top of a mail are the only ones that
count, and only where they speak of the domain that the From line shows. On top means: above every `Received` line. Our
server writes one on every mail (RFC 5321 section 4.4), so below the first of them everything may be the sender's;
docs/incoming-mail.md says what our server must do.
"""

import re
from collections.abc import Mapping
from email.message import Message
from email.utils import getaddresses
from typing import Any

from requests_app.inbound import auth_results
from requests_app.inbound.auth_results import domain_about

MAX_HEADERS = 300
MAX_RESULTS = 20
_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@(?=.{1,255}\Z)[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}+)*"
)
# What servers on the way put on top; the first other header was written by whoever sent the mail.
_TRACE = (
    "return-path", "delivered-to", "x-original-to", "envelope-to", "delivery-date", "received", "received-spf",
    "authentication-results", "x-envelope-from", "dkim-filter",
)  # fmt: skip


def read(mail: Message) -> dict[str, Any]:
    """Read `senders` (usable addresses), `from_headers` (how many From lines), `from_odd`, and `results` of checks."""
    lines = [str(each) for each in mail.get_all("From") or []]
    named = [address for _, address in getaddresses(lines)] if lines else []
    usable = [each.lower() for each in named if is_address(each)]
    return {
        "senders": usable[:50],
        "from_headers": len(lines),
        "from_odd": len(named) - len(usable),
        "results": _topmost_run(mail),
    }


def is_address(text: str) -> bool:
    """Say whether a text is a plain address whose domain can be compared."""
    return bool(_ADDRESS.fullmatch(text)) and ".." not in text


def domain_of(address: str) -> str:
    """Give an address's domain in small letters, without the last dot."""
    return address.rpartition("@")[2].lower().rstrip(".")


def why_not(facts: Mapping[str, Any], address: str, authserv_id: str) -> list[str]:
    """Give the codes of what speaks against a mail being from this address's domain; none where it is proven."""
    if facts["from_headers"] > 1 or len(facts["senders"]) > 1:
        return ["mail.from_many"]
    if not facts["from_headers"]:
        return ["mail.from_none"]
    if not facts["senders"] or facts["from_odd"]:
        return ["mail.from_domain"]
    own = domain_of(facts["senders"][0])
    codes = [] if own == domain_of(address) else ["mail.from_other"]
    return [*codes, *_unproven(facts["results"], own, authserv_id)]


def _unproven(results: list[dict[str, Any]], domain: str, authserv_id: str) -> list[str]:
    if not authserv_id:
        return ["mail.receiver_unset"]
    ours = _own_run(results, authserv_id)
    if not ours:
        return ["mail.unauthenticated"]
    if any(each["odd"] for each in ours):
        return ["mail.results_odd"]
    if any(_fails(each, domain) for header in ours for each in header["checks"]):
        return ["mail.auth_failed"]
    # Only the topmost one proves anything: one below may have come with the mail, under our server's name.
    if not ours[0]["on_top"]:
        return ["mail.results_below"]
    passed = [each for each in ours[0]["checks"] if each["result"] == "pass"]
    if any(_aligned(each, domain) for each in passed):
        return []
    return ["mail.dkim_unaligned" if any(each["method"] == "dkim" for each in passed) else "mail.unauthenticated"]


def _own_run(results: list[dict[str, Any]], authserv_id: str) -> list[dict[str, Any]]:
    run = []
    for each in results:
        if each["server"].lower() != authserv_id.lower():
            break
        run.append(each)
    return run


def _aligned(check: dict[str, Any], domain: str) -> bool:
    """Say whether a check that passed speaks of this very domain, or (DKIM) of one above it."""
    if check["method"] == "dmarc":
        return domain_about(check, "header.from") == domain
    if check["method"] == "dkim":
        signer = domain_about(check, "header.d", "header.i")
        return signer == domain or ("." in signer and domain.endswith("." + signer))
    if check["method"] == "spf":
        return domain_about(check, "smtp.mailfrom", "smtp.mfrom") == domain
    return False


def _fails(check: dict[str, Any], domain: str) -> bool:
    if check["method"] == "dmarc":
        return check["result"] in ("fail", "permerror")
    return check["method"] == "dkim" and check["result"] == "fail" and _aligned(check, domain)


def _topmost_run(mail: Message) -> list[dict[str, Any]]:
    """Give the Authentication-Results on top of a mail, before the first header that its sender wrote.

    `on_top` says that no `Received` line stands above. One more than MAX_RESULTS is no list that we trust: it is odd.
    """
    found: list[dict[str, Any]] = []
    on_top = True
    for name, value in mail.items()[:MAX_HEADERS]:
        if name.lower() not in _TRACE:
            break
        on_top = on_top and name.lower() != "received"
        if name.lower() == "authentication-results":
            if len(found) == MAX_RESULTS:
                return [{**each, "odd": True} for each in found]
            found.append({**auth_results.read(str(value)), "on_top": on_top})
    return found
