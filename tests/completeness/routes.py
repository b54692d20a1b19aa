"""Every address of the site: its name in the URLconf, and the methods that its view takes."""

import re
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from django.urls import URLPattern, get_resolver

# The admin's tables are one page each, made by one class: one declaration speaks for all of them.
_TABLE = re.compile(r"admin:(parties|consents|requests_app|desk_work)_[a-z]+_(changelist|add|history|delete|change)")
_SHAPE = re.compile(r"<(?:(\w+):)?\w+>")
_UNNAMED = {"admin/(?P<url>.*)$": "admin:anything-else"}


def addresses() -> dict[str, set[str]]:
    """Give every address with the methods that change or read something there."""
    found: dict[str, set[str]] = {}
    for name, view in _walk(get_resolver().url_patterns, "", ""):
        found.setdefault(_short(name), set()).update(methods(view))
    return found


def places(prefix: str) -> dict[tuple[str, str], set[str]]:
    """Give every address under a prefix: its name and a path of its shape, behind which nothing exists; its methods."""
    found: dict[tuple[str, str], set[str]] = {}
    for place, pattern in every_pattern(get_resolver().url_patterns, ""):
        if place.startswith(prefix) and pattern.name and "(?P" not in place:
            found.setdefault((pattern.name, "/" + _SHAPE.sub(_filled, place)), set()).update(methods(pattern.callback))
    return found


def _filled(match: re.Match[str]) -> str:
    return {"int": "5", "uuid": str(uuid.UUID(int=5))}.get(match[1], "x")


def every_pattern(patterns: list[Any], before: str) -> Iterator[tuple[str, URLPattern]]:
    """Give every address as the URLconf writes it, behind what stands before it."""
    for each in patterns:
        if isinstance(each, URLPattern):
            yield before + str(each.pattern), each
        else:
            yield from every_pattern(each.url_patterns, before + str(each.pattern))


def _short(name: str) -> str:
    table = _TABLE.fullmatch(name)
    if table:
        return f"admin:{table[2]}"
    if name.startswith("admin/") and name.endswith("/<path:object_id>/"):
        return "admin:redirect"
    return _UNNAMED.get(name, name)


def _walk(patterns: list[Any], before: str, space: str) -> Iterator[tuple[str, Callable[..., Any]]]:
    for each in patterns:
        place = before + str(each.pattern)
        if isinstance(each, URLPattern):
            yield (f"{space}:{each.name}" if space and each.name else each.name) or place, each.callback
        else:
            yield from _walk(each.url_patterns, place, each.namespace or space)


def methods(view: Callable[..., Any]) -> set[str]:
    """Read what the view's own guard or class lets through; a view with neither takes both."""
    made = getattr(view, "view_class", None) or getattr(view, "cls", None)
    if made is not None:
        takes = set(made.http_method_names) & {"get", "post", "put", "patch", "delete"}
        return {name.upper() for name in takes if hasattr(made, name)}
    inner: Any = view
    while inner is not None:
        free = dict(zip(inner.__code__.co_freevars, inner.__closure__ or (), strict=True)) if _is_plain(inner) else {}
        if "request_method_list" in free:
            return set(free["request_method_list"].cell_contents) - {"HEAD", "OPTIONS"}
        inner = getattr(inner, "__wrapped__", None)
    return {"GET", "POST"}


def _is_plain(view: Any) -> bool:
    return hasattr(view, "__code__")
