"""The one description of Nectar's API, read, and held against a call or an answer (rules).

The file beside this one says what is known; the played server answers nothing that is not in it.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

FILE = Path(__file__).with_name("api.toml")
_HOLE = re.compile(r"\{([a-z]+)\}")
_DECIMAL = re.compile(r"-?\d+(\.\d+)?")


@dataclass(frozen=True)
class Operation:
    """One call: how it is made, what it answers, and whether we make it."""

    name: str
    method: str
    template: str
    use: str
    known: str
    status: int = 200
    answer: str = ""
    query: tuple[str, ...] = ("page",)
    body: tuple[str, ...] = ()
    file: str = ""

    def ids(self, method: str, path: str) -> dict[str, str] | None:
        """Give the ids of a path that is this call, or nothing."""
        pattern = _HOLE.sub(r"(?P<\1>[^/]+)", self.template)
        found = re.fullmatch(pattern, path) if method == self.method else None
        return found.groupdict() if found else None


@dataclass(frozen=True)
class Description:
    """All of it."""

    base: str
    per_page: int
    operations: tuple[Operation, ...]
    shapes: Mapping[str, Mapping[str, str]] = field(repr=False)
    drifts: Mapping[str, Mapping[str, Any]] = field(repr=False)
    limits: Mapping[str, int] = field(repr=False)

    def find(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        """Give the operation of a call and the ids in its path."""
        for each in self.operations:
            if (ids := each.ids(method, path)) is not None:
                return each, ids
        return None

    def problems(self, kind: str, value: Any) -> list[str]:
        """Give what of a value is not as described; nothing where all is."""
        return list(_problems(self.shapes, kind, value, kind or "answer"))

    def blank(self, shape: str) -> dict[str, Any]:
        """Give a row of this shape with the least that it must have; what has no empty form is for the caller."""
        found: dict[str, Any] = {}
        for name, kind in self.shapes[shape].items():
            if not name.endswith("?"):
                found[name] = None if _is_nullable(kind) else {"[": [], "b": False, "s": ""}.get(kind[0])
        return found

    def spelled(self, kind: str, value: Any, drift: str) -> Any:
        """Give a value as another page of the vendor spells it."""
        return _spelled(self.shapes, kind, value, self.drifts[drift]) if drift else value


@cache
def load() -> Description:
    """Read the file."""
    raw = tomllib.loads(FILE.read_text())
    operations = []
    for each in raw["operation"]:
        method, _, template = each["call"].partition(" ")
        more = {key: each[key] for key in ("status", "answer", "file") if key in each}
        more |= {key: tuple(each[key]) for key in ("query", "body") if key in each}
        operations.append(Operation(each["name"], method, template, each["use"], each["known"], **more))
    return Description(raw["base"], raw["per_page"], tuple(operations), raw["shape"], raw["drift"], raw["limits"])


def _is_nullable(kind: str) -> bool:
    return kind.partition(":")[0].endswith("?")


def _problems(shapes: Mapping[str, Mapping[str, str]], kind: str, value: Any, at: str) -> list[str]:
    if kind == "":
        return [] if value is None else [f"{at}: nothing expected"]
    if _is_nullable(kind):
        if value is None:
            return []
        kind = kind.replace("?", "", 1)
    if kind.startswith("page:"):
        return _page(shapes, kind, value, at)
    if kind.startswith("["):
        if not isinstance(value, list):
            return [f"{at}: no list"]
        return [one for n, each in enumerate(value) for one in _problems(shapes, kind[1:-1], each, f"{at}[{n}]")]
    if kind in shapes:
        return _row(shapes, kind, value, at)
    return [] if _is_plain(kind, value) else [f"{at}: no {kind}"]


def _row(shapes: Mapping[str, Mapping[str, str]], kind: str, value: Any, at: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{at}: no object"]
    found, known = [], {name.removesuffix("?") for name in shapes[kind]}
    found += [f"{at}.{name}: not described" for name in value if name not in known]
    for name, what in shapes[kind].items():
        plain = name.removesuffix("?")
        if plain in value:
            found += _problems(shapes, what, value[plain], f"{at}.{plain}")
        elif plain == name:
            found.append(f"{at}.{name}: missing")
    return found


def _page(shapes: Mapping[str, Mapping[str, str]], kind: str, value: Any, at: str) -> list[str]:
    _, total, items, row = kind.split(":")
    if not isinstance(value, dict):
        return [f"{at}: no page"]
    numbers = (f"total{total}", "perPage", "totalPages", "currentPage")
    found = [f"{at}.{name}: no int" for name in numbers if not _is_plain("int", value.get(name))]
    found += [f"{at}.{name}: no bool" for name in ("hasNext", "hasPrevious") if not isinstance(value.get(name), bool)]
    return found + _problems(shapes, f"[{row}]", value.get(items), f"{at}.{items}")


def _is_plain(kind: str, value: Any) -> bool:
    what, _, values = kind.partition(":")
    checks: dict[str, Callable[[], bool]] = {
        "any": lambda: True,
        "string": lambda: isinstance(value, str),
        "bool": lambda: isinstance(value, bool),
        "int": lambda: isinstance(value, int) and not isinstance(value, bool),
        "open": lambda: isinstance(value, str),
        "enum": lambda: value in values.split("|"),
        "uuid": lambda: bool(UUID(str(value))),
        "date": lambda: bool(date.fromisoformat(str(value))),
        "datetime": lambda: bool(datetime.fromisoformat(str(value))),
        "decimal": lambda: isinstance(value, str) and bool(_DECIMAL.fullmatch(value)) and Decimal(value).is_finite(),
    }
    try:
        return checks[what]()
    except (ValueError, InvalidOperation):
        return False


def _spelled(shapes: Mapping[str, Mapping[str, str]], kind: str, value: Any, drift: Mapping[str, Any]) -> Any:
    if kind.startswith("page:"):
        _, _, items, row = kind.split(":")
        return {**value, items: _spelled(shapes, f"[{row}]", value[items], drift)}
    if kind.startswith("["):
        return [_spelled(shapes, kind[1:-1], each, drift) for each in value]
    if kind not in shapes:
        is_number = kind.startswith("decimal") and drift["decimals"] == "number"
        return float(value) if is_number and value is not None else value
    what = {name.removesuffix("?"): each for name, each in shapes[kind].items()}
    found: dict[str, Any] = {}
    for name, each in value.items():
        other = drift["rename"].get(f"{kind}.{name}", name)
        if other:
            found[other] = _spelled(shapes, what[name], each, drift)
    return found
