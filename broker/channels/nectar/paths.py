"""The calls that we make, each by its name; nothing else leaves (rules).

The vendor's pages disagree on some addresses, so each template can be set otherwise by the installation; but no
setting can add a call, or lead to a connection, a link, an invitation or the bulk upload.
"""

import re
from collections.abc import Mapping

DEFAULT: dict[str, str] = {
    "ping": "GET /ping",
    "company.list": "GET /company",
    "company.create": "POST /company",
    "company.delete": "DELETE /company/{company}",
    "job.upload": "POST /job/company/{company}",
    "job.list": "GET /job/company/{company}",
    "job.read": "GET /job/{job}",
    "document.read": "GET /document/{document}",
    "document.list": "GET /document/company/{company}",
    "usage.of_document": "GET /usage/document/{document}",
    "usage.list": "GET /usage/company/{company}",
    "meter.read": "GET /meter/{meter}",
    "tracking.change": "PATCH /account/{account}",
}
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,254}")
_TEMPLATE = re.compile(r"(GET|POST|PATCH|DELETE) ((?:/[a-z]++|/\{[a-z]++\})+)")
_NEVER = re.compile(r"connect|invit|link|bulk|magic|credential|login|/p/", re.IGNORECASE)
_HOLES = re.compile(r"\{([a-z]+)\}")


class Paths:
    """The templates of one installation; raises ValueError for one that leads elsewhere."""

    def __init__(self, changes: Mapping[str, str] | None = None) -> None:
        self._templates = dict(DEFAULT)
        for name, template in (changes or {}).items():
            _check(name, template)
            self._templates[name] = template

    def calls(self) -> list[tuple[str, str]]:
        """Give every method and template, for the transport, which lets nothing else through."""
        return [(each.partition(" ")[0], each.partition(" ")[2]) for each in self._templates.values()]

    def call(self, name: str, ids: Mapping[str, str]) -> tuple[str, str]:
        """Give method and path of a call; raises PermissionError for an unknown call or an id that is none."""
        template = self._templates.get(name)
        if template is None or set(_HOLES.findall(template)) != set(ids):
            raise PermissionError("not a call that this client makes")
        if not all(_ID.fullmatch(each) for each in ids.values()):
            raise PermissionError("not an id")
        method, _, path = template.partition(" ")
        return method, path.format(**ids)


def is_id(value: object) -> bool:
    """Say whether a value is an id that may stand in an address."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _check(name: str, template: str) -> None:
    usual = DEFAULT.get(name)
    if usual is None:
        raise ValueError(f"no call is named {name}")
    if not _TEMPLATE.fullmatch(template) or _NEVER.search(template):
        raise ValueError(f"{name}: not an address that we call")
    if sorted(_HOLES.findall(template)) != sorted(_HOLES.findall(usual)):
        raise ValueError(f"{name}: other ids than {usual}")
    # A read stays a read: by a wrong setting nothing may be made or deleted that the call does not say.
    if (template.split()[0] == "GET") != (usual.split()[0] == "GET") or (
        (template.split()[0] == "DELETE") != (usual.split()[0] == "DELETE")
    ):
        raise ValueError(f"{name}: another kind of call than {usual}")
