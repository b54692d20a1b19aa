"""The texts of a request that a person or a program wrote, each with the name of its place."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest

from broker.inlets import written
from broker.inlets.exempt import EVERYWHERE, TOKEN_PATHS, UNREAD_BODIES, is_exempt
from broker.inlets.halves import names_a_login
from broker.inlets.headers import of_headers
from broker.inlets.logs import written_in
from broker.inlets.members import MACHINES, members
from broker.inlets.our_words import only_ours
from broker.sandbox import budget

ADDRESS = "address of the page"
MAX_TEXT = 1024 * 1024
LONGEST_TOGETHER = 2_000  # characters of a field that is read together with the others; a longer one is read alone
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")  # 32 bytes of chance, as each link of ours has them
_JOINT = re.compile(r"[-_.~+]+")
_WRITTEN = re.compile(r"[^A-Za-z0-9/_.-]")
_FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
# Names of our own fields; a stranger's name may itself be the secret and is never repeated.
_OUR_NAME = re.compile(r"[a-z_]{1,40}(?:-\d{1,3}-[a-z_]{1,40})?")
_OF_FILES = ("file name in ", "file in ")
_SET_ALONE = ("letter_", "data_types")


@dataclass(frozen=True, repr=False)
class Part:
    """One text: where it stands, which inlet it is, and itself.

    `fields`: the names of the form's fields in it. `is_message`: it is part of what is said, and a false alarm in it
    may be let through; an address or a header is none.
    """

    name: str
    inlet: str
    text: str
    fields: tuple[str, ...] = ()
    is_message: bool = True


def parts(request: HttpRequest, view: str) -> Iterator[Part]:
    """Give every text of the request but those in its files; raises Django's errors for a body too big or broken."""
    # Our own addresses hold letters, digits, hyphens and dots; a path with anything else, somebody wrote as a whole.
    if view not in TOKEN_PATHS and _WRITTEN.search(request.path_info):
        yield Part(ADDRESS, "url_param", request.path_info, is_message=False)
    for text in _of_path(request.path_info, view):
        yield Part(ADDRESS, "url_param", text, is_message=False)
    for name, inlet, text in of_headers(request, view):
        yield Part(name, inlet, text, is_message=False)
    # The token of a form travels in its body alone: in an address it would be written down.
    queries = [
        (name, value) for name, value in _pairs(request.GET.lists()) if name in EVERYWHERE or not is_exempt(view, name)
    ]
    for name, value in queries:
        # Name and value together: `?pw=…` says what it is only by its name.
        yield Part(f"query {_shown(name)}", "url_param", f"?{name}={value}", is_message=False)
    if len(queries) > 1:
        whole = "?" + "&".join(f"{name}={value}" for name, value in queries)
        yield Part("query", "url_param", whole[:MAX_TEXT], is_message=False)
    if queries and view not in TOKEN_PATHS:
        whole = f"{request.path_info}?" + "&".join(f"{name}={value}" for name, value in queries)
        yield Part(ADDRESS, "url_param", whole[:MAX_TEXT], is_message=False)
    if request.method in ("GET", "HEAD") or view in UNREAD_BODIES:
        return
    if request.content_type not in _FORMS:
        # JSON, and whatever a view may make of another type: nothing is read that was not scanned.
        yield from _body(request)
        return
    yield from _form(request, view)


def _of_path(path: str, view: str) -> Iterator[str]:
    """Give what stands in a path where no address of ours names it: a slug, a code, a page that there is not.

    Words in a path are joined by hyphens, so each part is read as it is, and all of them as words. In a token of ours
    chance writes two of those in every hundredth one: it is read as it is alone, and where a view has a place for it
    not at all.
    """
    written = written_in(path)
    words = [part for part in written if not _TOKEN.fullmatch(part)]
    yield from words if view in TOKEN_PATHS else written
    said = _JOINT.sub(" ", " ".join(words)).strip()
    if " " in said:
        yield said


def files(request: HttpRequest, view: str) -> list[tuple[str, Any]]:
    """Give the files of a request, each with the name of its field."""
    if request.method in ("GET", "HEAD") or view in UNREAD_BODIES or request.content_type not in _FORMS:
        return []
    return [(field, each) for field, uploads in request.FILES.lists() for each in uploads]


def is_ours(name: str) -> bool:
    """Say whether a field's name is one of ours, and may be repeated."""
    return _OUR_NAME.fullmatch(name) is not None


def _form(request: HttpRequest, view: str) -> Iterator[Part]:
    inlet = _inlet(view)
    try:
        posted = request.POST
    except (BadRequest, LookupError, UnicodeError):
        # An announced charset that is none ("rot13"), or not the one that such a form has ("utf-16"). Whatever is
        # asked of the form from here on, the page of the refusal too, would fail in the same way.
        request.encoding = "utf-8"
        raise SuspiciousOperation("unreadable form") from None
    fields = [(name, value) for name, value in _pairs(posted.lists()) if not is_exempt(view, name)]
    # A name that no form of ours has is somebody's text too, whatever stands in the field.
    strange = dict.fromkeys(name for name in (*request.POST, *request.FILES) if not is_ours(name))
    yield from of_fields(fields, inlet, strange)
    for field, upload in files(request, view):
        yield Part(f"file name in {_shown(field)}", "web_form", upload.name or "")


def of_fields(fields: list[tuple[str, str]], inlet: str, names: Iterable[str] = ()) -> Iterator[Part]:
    """Give the texts that the fields of a form are: each alone, the names that nobody of us gave, and all as one."""
    for name, value in fields:
        yield Part(f"field {_shown(name)}", inlet, value, (name,))
    for name in names:
        yield Part(f"field {_shown(name)}", inlet, name, (name,))
    for name, value in fields:
        if len(value) <= 200 and not name.startswith(_SET_ALONE) and not MACHINES.fullmatch(value):
            yield Part(f"field {_shown(name)}", inlet, f"{name}: {value}", (name,))
    yield from _together(fields, inlet)


def _together(fields: list[tuple[str, str]], inlet: str) -> Iterator[Part]:
    """Give all fields of a form as one text: what one of them only names may stand in the next one."""
    said = _short(fields)
    if len(said) < 2:
        return
    names = tuple(name for name, _value in said)
    yield Part("fields together", inlet, "\n".join(f"{name}: {value}" for name, value in said), names)
    # As people write into boxes: the label stands in one, the value alone in the next.
    yield Part("fields together", inlet, "\n".join(value for _name, value in said), names)


def _short(fields: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Give the fields that are read together with others."""
    return [
        (name, value)
        for name, value in fields
        if len(value) <= LONGEST_TOGETHER and not name.startswith(_SET_ALONE) and not MACHINES.fullmatch(value)
    ]


def of_files(request: HttpRequest, view: str) -> Iterator[Part]:
    """Give what stands in the files of a request; this opens them, and costs what they cost."""
    for field, upload in files(request, view):
        if is_exempt(view, field):
            continue
        data = upload.read()
        upload.seek(0)
        for text in written.texts(data):
            budget.left()  # a text file is read here, and not by the child
            yield Part(f"file in {_shown(field)}", written.inlet(data), text)


def with_files(request: HttpRequest, view: str, texts: Iterable[Part]) -> Iterator[Part]:
    """Give what is said in a form, the names of its files and what stands in short ones, as one text.

    What a field or a name only names may stand in a file. `texts`: those of the request and of its files.
    """
    short = [each for each in texts if each.name.startswith(_OF_FILES) and len(each.text) <= LONGEST_TOGETHER]
    said = _short((name, value) for name, value in _pairs(request.POST.lists()) if not is_exempt(view, name))
    text = "\n".join((*(value for _name, value in said), *(each.text for each in short)))
    if any(each.text.strip() for each in short) and names_a_login(text):
        yield Part("fields and files together", _inlet(view), text, tuple(name for name, _value in said))


def _inlet(view: str) -> str:
    return "admin_note" if view.startswith("admin:") else "web_form"


def _shown(name: str) -> str:
    return name if is_ours(name) else "(name not shown)"


def _body(request: HttpRequest) -> Iterator[Part]:
    charsets = dict.fromkeys(("utf-8", (request.encoding or "utf-8").lower()))
    if len(charsets) == 1 and only_ours(_decoded(request.body, "utf-8")):
        return
    # The API reads UTF-8 whatever is announced, another view may believe the announcement: neither gets past.
    for charset in charsets:
        text = _decoded(request.body, charset)
        if text.strip():
            # As it came: the engine undoes escapes, and no key that stands twice hides behind its twin.
            yield Part("body", "api_json", text)
    if (together := members(request.body)) is not None:
        yield Part("body", "api_json", together)


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
