"""Every address of the site with its methods, and the path of each in the world, with its ids and tokens."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.urls import get_resolver

from tests.completeness.routes import _short, _walk, every_pattern, methods

_PART = re.compile(r"<(?:(\w+):)?(\w+)>")
_TABLE = re.compile(r"admin/([a-z_]+)/([a-z]+)/")
FIXED = {
    "admin/^(?P<app_label>parties|consents|requests_app|desk_work)/$": "admin/parties/",
    "admin/(?P<url>.*)$": "admin/no-such-page/",
}
# What stands in an address where its parameter's own name does not say it.
WORDS = {
    "utility": "obec", "slug": "acme", "name": "first", "code": "consent.absent", "level": "0",
    "year": "2026", "data_type": "usage_daily", "number": "1", "content_type_id": "1",
}  # fmt: skip
KINDS = {"my-share-guide": "bills", "my-share-letter": "bills", "desk-act": "words", "recipient-picture": "svg"}
TOKENS = {
    "api-link": "link", "enrol": "enrol", "share-open": "share_token", "my-open": "my_token", "attest": "attest",
    "asked": "asked", "asked-no": "asked", "asked-not-again": "asked", "joint-open": "holder_token", "joint": "holder",
    "object-open": "object_token", "stop": "stop", "stop-letter": "stop", "join-open": "join_token",
    "outside": "outside_token",
}  # fmt: skip
NAMED = {  # (address, parameter) -> the name of the object in the world
    ("admin", "request_id"): "waiting",
    ("admin:request-acts-words", "request_id"): "asked_manual",
    ("admin:request-yes", "request_id"): "asked_manual",
    ("admin:identity-print", "code_id"): "posted_code",
    ("admin:identity-call", "consent_id"): "calling",
    ("admin:message-scan", "message_id"): "scan",
    ("admin:held", "message_id"): "held",
    ("admin:held-choose", "message_id"): "held",
    ("my-request-date", "request_id"): "manual",
    ("my-request-came", "request_id"): "manual",
    ("my-request-question", "request_id"): "asked_manual",
    ("my-joint", "consent_id"): "of_two",
    ("my-data-use", "account_id"): "first_account",
    **{
        (f"console-incident{act}", "incident_id"): "breach"
        for act in ("", "-list", "-propose", "-delay", "-coop", "-customers", "-step")
    },
    ("duties-outside-recall", "ask_id"): "outside_ask",
    ("console-event", "event_id"): "log_event",
    ("console-note", "event_id"): "log_event",
    ("console-event-proof", "event_id"): "log_event",
    ("console-event-receipt", "event_id"): "log_event",
    ("console-alarm-seen", "event_id"): "alarm",
    ("recipient-picture", "name"): "picture",
    ("developers-guide", "name"): "guide",
    ("verify-code", "code"): "code",
    ("desk-hint", "hint"): "hint",
    ("my-access-ask", "event"): "event",
    ("admin:both-end", "asked_id"): "both",
    ("admin:stop-alert", "alert_id"): "stop_alert",
    ("admin:file-surplus", "file_id"): "surplus",
    ("admin:fee-yes", "entry_id"): "yes",
    ("admin:fee-yes-scan", "entry_id"): "yes",
    ("console-organisation-link", "sign_up_id"): "enrolled",
    ("signin-enable", "user_id"): "left",
    ("admin:paper-entry", "entry_id"): "paper",
    ("admin:paper-scan", "entry_id"): "paper",
    ("my-posted-code", "account_id"): "first_account",
    ("my-posted-code-ask", "account_id"): "first_account",
}
WORDS_OF = {"picture": "months", "guide": "first"}


def _newest_tile(size: int) -> str:
    """Give the last tile of entries: a part of one, but where the log ends with a whole one."""
    whole, rest = divmod(size, 256)
    return f"{whole:03}.p/{rest}" if rest else f"{whole - 1:03}"


@dataclass(frozen=True)
class Place:
    """An address: its name as the declarations call it, how the URLconf writes it, the methods that it takes."""

    name: str
    pattern: str
    methods: frozenset[str]
    module: str  # in which its view is written

    @property
    def table(self) -> str:
        """The table of the desk's site that it is about; nothing for other addresses."""
        found = _TABLE.match(self.pattern)
        # `admin/paper/enter/` is written like one, and is a page.
        return found[2] if found and found[2] in apps.all_models.get(found[1], ()) else ""

    def objects(self) -> list[str]:
        """The parameters of it that name a row: ids."""
        return [found[2] for found in _PART.finditer(self.pattern) if found[2].endswith("_id") or found[2] == "event"]

    def key(self, parameter: str) -> str:
        """Give the name in the world of what a parameter stands for."""
        area = self.name.partition(":")[0]
        return NAMED.get((self.name, parameter)) or NAMED.get((area, parameter)) or parameter.removesuffix("_id")

    def path(self, named: Mapping[str, Any], absent: str = "") -> str:
        """Give it with what is named; `absent` names a parameter behind which nothing shall be."""
        if self.pattern in FIXED:
            return "/" + FIXED[self.pattern]
        return "/" + _PART.sub(lambda found: self._word(found, named, absent), self.pattern)

    def _word(self, found: re.Match[str], named: Mapping[str, Any], absent: str) -> str:
        parameter = found[2]
        if parameter == absent:
            return "7" if found[1] == "int" else str(uuid.uuid4())
        if parameter == "object_id":
            return str(self._row())
        if parameter == "token":
            return str(named.get(TOKENS[self.name], "n" * 43))
        if parameter in ("index", "old_size"):
            return _newest_tile(int(named["size"])) if parameter == "index" else str(named["size"])
        if parameter == "kind":
            return KINDS[self.name]
        if parameter == "what":
            return "quote"
        key = self.key(parameter)
        if key in WORDS_OF:
            return WORDS_OF[key]
        known = named.get(key, WORDS.get(parameter))
        return str(known if known is not None else uuid.UUID(int=5) if found[1] == "uuid" else "5")

    def _row(self) -> Any:
        table = _TABLE.match(self.pattern)
        if table is None:
            return uuid.UUID(int=5)
        row = apps.get_model(table[1], table[2]).objects.order_by("pk").values_list("pk", flat=True).first()
        return row if row is not None else uuid.UUID(int=5)


def _module(view: Any) -> str:
    made = getattr(view, "view_class", None) or getattr(view, "cls", None) or view
    return str(made.__module__)


def places() -> list[Place]:
    """Give every address of the site, in the order of the URLconf."""
    patterns = get_resolver().url_patterns
    return [
        Place(_short(name), place, frozenset(methods(view)), _module(view))
        for (name, view), (place, _pattern) in zip(_walk(patterns, "", ""), every_pattern(patterns, ""), strict=True)
    ]
