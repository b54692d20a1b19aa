"""The texts of a request that a person or a program wrote, each with the name of its place."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest

from broker.inlets.exempt import TOKEN_PATHS, UNREAD_BODIES, is_exempt

MAX_TEXT = 1024 * 1024
_WRITTEN = re.compile(r"[^A-Za-z0-9/_.-]")
_FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
# Names of our own fields; a stranger's name may itself be the secret and is never repeated.
_OUR_NAME = re.compile(r"[a-z_]{1,40}(?:-\d{1,3}-[a-z_]{1,40})?")


@dataclass(frozen=True)
class Part:
    """One text: where it stands, which inlet it is, and itself."""

    name: str
    inlet: str
    text: str


def parts(request: HttpRequest, view: str) -> Iterator[Part]:
    """Give every text of the request; raises Django's own errors for a body that is too big or broken."""
    # Our own addresses hold letters, digits, hyphens and dots; whatever else stands there, somebody wrote.
    if view not in TOKEN_PATHS and _WRITTEN.search(request.path_info):
        yield Part("address of the page", "url_param", request.path_info)
    for header in ("Idempotency-Key", "User-Agent", "X-Request-Id"):
        if value := request.headers.get(header):
            yield Part(f"header {header}", "web_form", value)
    if request.GET:
        for name, value in _pairs(request.GET.lists()):
            if not is_exempt(view, name):
                # Name and value together: `?pw=…` says what it is only by its name.
                yield Part(f"query {_shown(name)}", "url_param", f"?{name}={value}")
    if request.method not in ("POST", "PUT", "PATCH", "DELETE") or view in UNREAD_BODIES:
        return
    if request.content_type not in _FORMS:
        # JSON, and whatever a view may make of another type: nothing is read that was not scanned.
        yield from _body(request)
        return
    inlet = "admin_note" if view.startswith("admin:") else "web_form"
    fields = [(name, value) for name, value in _pairs(request.POST.lists()) if not is_exempt(view, name)]
    for name, value in fields:
        yield Part(f"field {_shown(name)}", inlet, value)
    for name, value in fields:
        if len(value) <= 200 and not name.startswith(("letter_", "data_types")):
            yield Part(f"field {_shown(name)}", inlet, f"{name}: {value}")
    for field, uploads in request.FILES.lists():
        for upload in uploads:
            yield Part(f"file name in {_shown(field)}", inlet, upload.name or "")


def _shown(name: str) -> str:
    return name if _OUR_NAME.fullmatch(name) else "(name not shown)"


def _body(request: HttpRequest) -> Iterator[Part]:
    # The API reads UTF-8 whatever is announced, another view may believe the announcement: neither gets past.
    for charset in dict.fromkeys(("utf-8", (request.encoding or "utf-8").lower())):
        text = _decoded(request.body, charset)
        if text.strip():
            # As it came: the engine undoes escapes, and no key that stands twice hides behind its twin.
            yield Part("body", "api_json", text)


def _decoded(body: bytes, charset: str) -> str:
    try:
        return body.decode(charset, "replace")
    except (LookupError, ValueError):
        # No text encoding ("rot13", "base64"): nobody has a reason for it.
        raise SuspiciousOperation("unreadable body") from None


def _pairs(lists: object) -> Iterator[tuple[str, str]]:
    for name, values in lists:  # type: ignore[attr-defined]
        for value in values:
            yield str(name), str(value)[:MAX_TEXT]
