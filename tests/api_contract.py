"""Whether an answer of the API is one that its description names: status, kind, headers, and every member of it."""

import json
import uuid
from functools import cache
from typing import Any

import jsonschema_rs
from django.urls import Resolver404, get_resolver, resolve

from requests_app.api import schema
from tests.completeness.routes import every_pattern, methods

PREFIX = "/api/v1/"


@cache
def description() -> dict[str, Any]:
    """Give the description, once for all tests."""
    return schema.document()


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    """Give every operation with its address and method."""
    return [
        (path, method, operation) for path, some in description()["paths"].items() for method, operation in some.items()
    ]


def holds(method: str, path: str, answer: Any) -> None:
    """Fail unless the description of this call names this answer."""
    shape = template(path)
    if shape is None:
        documented: dict[str, Any] = description()["components"]["responses"][f"Problem{answer.status_code}"]
    else:
        name = {"HEAD": "get"}.get(method, method.lower())
        operation = description()["paths"][shape].get(name)
        if operation is None:
            assert answer.status_code in (401, 405), f"{method} {shape} is not described"
            return
        documented = followed(operation["responses"].get(str(answer.status_code), {}))
    assert documented, f"{method} {shape} does not say that it may answer {answer.status_code}: {answer.content[:300]}"
    kind = answer.headers.get("Content-Type", "").partition(";")[0]
    assert not documented.get("content") or kind in documented["content"], f"{method} {shape} answers with {kind}"
    assert set(documented.get("headers", {})) <= {name.title() for name in answer.headers} | set(answer.headers)
    if kind.endswith("json") and method != "HEAD":
        validated(documented["content"][kind]["schema"], json.loads(answer.content))


def template(path: str) -> str | None:
    """Give the address in the description that a path is of; None where nothing is."""
    try:
        found = resolve(path.partition("?")[0])
    except Resolver404:
        return None
    route = str(found.route)
    for kind in ("uuid", "str", "slug", "int"):
        route = route.replace(f"<{kind}:", "<")
    shown = "/" + route.replace("<", "{").replace(">", "}")
    return shown if shown in description()["paths"] else None


def followed(part: dict[str, Any]) -> dict[str, Any]:
    """Give what a part points at, or itself."""
    if "$ref" not in part:
        return part
    found: Any = description()
    for name in part["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    return dict(found)


def validated(shape: dict[str, Any], value: Any) -> None:
    """Fail unless a value is of a shape."""
    _validator(json.dumps(shape)).validate(value)


@cache
def _validator(shape: str) -> Any:
    whole = {**json.loads(shape), "components": description()["components"]}
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)


def addresses() -> dict[str, set[str]]:
    """Give every address of the API in the URLconf, as the description would write it, with its methods."""
    found: dict[str, set[str]] = {}
    for place, pattern in every_pattern(get_resolver().url_patterns, ""):
        if f"/{place}".startswith(PREFIX):
            sample = "/" + place.replace("<uuid:", "<").replace("<str:", "<").replace("<", "{").replace(">", "}")
            found.setdefault(sample, set()).update(each.lower() for each in methods(pattern.callback))
    return found


def somewhere(path: str, **ids: uuid.UUID) -> str:
    """Fill in the parts of an address; a part without an id gets one that belongs to nothing."""
    parts = [
        str(ids.get(each.strip("{}"), uuid.UUID(int=5))) if each.startswith("{") else each for each in path.split("/")
    ]
    return "/".join(parts)
