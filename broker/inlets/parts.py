"""The texts of a request that a person or a program wrote, each with the name of its place."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from django.http import HttpRequest

from broker.inlets.exempt import is_exempt

MAX_TEXT = 1024 * 1024


@dataclass(frozen=True)
class Part:
    """One text: where it stands, which inlet it is, and itself."""

    name: str
    inlet: str
    text: str


def parts(request: HttpRequest, view: str) -> Iterator[Part]:
    """Give every text of the request; raises Django's own errors for a body that is too big or broken."""
    if request.GET:
        for name, value in _pairs(request.GET.lists()):
            if not is_exempt(view, name):
                # Name and value together: `?pw=…` says what it is only by its name.
                yield Part(f"query {name}", "url_param", f"?{name}={value}")
    if request.method not in ("POST", "PUT", "PATCH", "DELETE"):
        return
    if request.content_type == "application/json":
        yield from _json(request)
        return
    fields = [(name, value) for name, value in _pairs(request.POST.lists()) if not is_exempt(view, name)]
    for name, value in fields:
        yield Part(f"field {name}", "web_form", value)
    for name, value in fields:
        if len(value) <= 200 and not name.startswith(("letter_", "data_types")):
            yield Part(f"field {name}", "web_form", f"{name}: {value}")
    for field, uploads in request.FILES.lists():
        for upload in uploads:
            yield Part(f"file name in {field}", "web_form", upload.name or "")


def _json(request: HttpRequest) -> Iterator[Part]:
    text = request.body.decode("utf-8", "replace")
    if text.strip():
        yield Part("body", "api_json", _compact(text))


def _compact(text: str) -> str:
    """Undo escapes that would hide a text; a body that is no JSON is scanned as it stands."""
    try:
        return json.dumps(json.loads(text), ensure_ascii=False)
    except ValueError:
        return text


def _pairs(lists: object) -> Iterator[tuple[str, str]]:
    for name, values in lists:  # type: ignore[attr-defined]
        for value in values:
            yield str(name), str(value)[:MAX_TEXT]
