"""Strict reading of a TOML file: each error names the file and the line (rules)."""

import re
import tomllib
from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

Place = tuple[str | int, ...]

_HEADER = re.compile(r"^\s*(\[\[?)\s*([A-Za-z0-9_.\-]+)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"^\s*([A-Za-z0-9_\-]+)\s*=")
_TOML_PLACE = re.compile(r"\(at line (\d+), column \d+\)")


class ProfileError(Exception):
    """A profile that cannot be trusted: the file, the line, and what is wrong there."""

    def __init__(self, file: str, line: int, problem: str) -> None:
        super().__init__(f"{file}, line {line}: {problem}")
        self.file, self.line, self.problem = file, line, problem


def read(text: str, file: str) -> "Table":
    """Parse a TOML text into a table that gives its values out strictly."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        at = _TOML_PLACE.search(str(wrong))
        line = int(at.group(1)) if at else text.count("\n") + 1
        raise ProfileError(file, line, str(wrong)) from None
    return Table(values, (), file, _lines(text))


class Table:
    """One table of the file; every key must be taken, and `finish` refuses what nobody took."""

    def __init__(self, values: dict[str, Any], place: Place, file: str, lines: dict[Place, int]) -> None:
        self._values, self._place, self._file, self._lines = values, place, file, lines
        self._taken: set[str] = set()

    def error(self, problem: str, key: str | None = None) -> ProfileError:
        """Give the error for this table or one of its keys, with its line."""
        place = (*self._place, key) if key is not None else self._place
        while place and place not in self._lines:
            place = place[:-1]
        return ProfileError(self._file, self._lines.get(place, 1), problem)

    def has(self, key: str) -> bool:
        """Say whether the key is there."""
        return key in self._values

    def keys(self) -> tuple[str, ...]:
        """Give the names in this table, in the order of the file."""
        return tuple(self._values)

    def text(self, key: str) -> str:
        """Take a text that is not empty."""
        value = self._take(key, str, "a text")
        if not value.strip():
            raise self.error(f"“{key}” is empty", key)
        return str(value)

    def optional_text(self, key: str) -> str | None:
        """Take a text if it is there."""
        return self.text(key) if self.has(key) else None

    def choice(self, key: str, options: Iterable[str]) -> str:
        """Take one of the given words."""
        value, options = self.text(key), tuple(options)
        if value not in options:
            raise self.error(f"“{key}” is “{value}”, not one of {', '.join(options)}", key)
        return value

    def flag(self, key: str) -> bool:
        """Take true or false."""
        return bool(self._take(key, bool, "true or false"))

    def whole(self, key: str, least: int, most: int) -> int:
        """Take a whole number within bounds."""
        value = self._take(key, int, "a whole number")
        if isinstance(value, bool) or not least <= value <= most:
            raise self.error(f"“{key}” must be a whole number from {least} to {most}", key)
        return int(value)

    def day(self, key: str) -> date:
        """Take a date."""
        value = self._take(key, date, "a date like 2026-07-03")
        if isinstance(value, datetime):
            raise self.error(f"“{key}” must be a date without a time", key)
        return date(value.year, value.month, value.day)

    def time(self, key: str) -> time:
        """Take a time of day."""
        value = self._take(key, time, "a time like 16:30:00")
        return time(value.hour, value.minute, value.second)

    def texts(self, key: str) -> tuple[str, ...]:
        """Take a list of different texts."""
        return self._list(key, str, "texts")

    def days(self, key: str) -> tuple[date, ...]:
        """Take a list of different dates."""
        found: tuple[date, ...] = self._list(key, date, "dates")
        if any(isinstance(each, datetime) for each in found):
            raise self.error(f"“{key}” must hold dates without times", key)
        return found

    def table(self, key: str) -> "Table":
        """Take a table."""
        return Table(self._take(key, dict, "a table"), (*self._place, key), self._file, self._lines)

    def tables(self, key: str) -> tuple["Table", ...]:
        """Take a list of tables that is not empty."""
        found = self._take(key, list, "a list of tables")
        if not found or not all(isinstance(each, dict) for each in found):
            raise self.error(f"“{key}” must be a list of tables", key)
        return tuple(
            Table(each, (*self._place, key, index), self._file, self._lines) for index, each in enumerate(found)
        )

    def finish(self) -> None:
        """Refuse keys that nobody knows."""
        for key in self._values:
            if key not in self._taken:
                raise self.error(f"unknown key “{key}”", key)

    def _list(self, key: str, kind: type, what: str) -> tuple[Any, ...]:
        found = self._take(key, list, f"a list of {what}")
        if not all(isinstance(each, kind) and each != "" for each in found):
            raise self.error(f"“{key}” must be a list of {what}", key)
        if len(set(found)) != len(found):
            raise self.error(f"“{key}” names something twice", key)
        return tuple(found)

    def _take(self, key: str, kind: type, what: str) -> Any:
        self._taken.add(key)
        if key not in self._values:
            raise self.error(f"“{key}” is missing")
        value = self._values[key]
        if not isinstance(value, kind):
            raise self.error(f"“{key}” must be {what}", key)
        return value


def _lines(text: str) -> dict[Place, int]:
    """Say on which line each table and key begins; the parser of the standard library keeps no places."""
    found: dict[Place, int] = {(): 1}
    counts: dict[Place, int] = {}
    here: Place = ()
    pending = ""  # a value that goes on over several lines
    for number, line in enumerate(text.splitlines(), 1):
        if pending:
            pending = _unfinished(pending + "\n" + line)
        elif header := _HEADER.match(line):
            here = _resolve(header.group(2).split("."), counts, repeated=header.group(1) == "[[")
            found.setdefault(here, number)
            found.setdefault(here[:-1], number)
        elif key := _KEY.match(line):
            found.setdefault((*here, key.group(1)), number)
            pending = _unfinished(line)
    return found


def _unfinished(statement: str) -> str:
    try:
        tomllib.loads(statement)
    except tomllib.TOMLDecodeError:
        return statement
    return ""


def _resolve(parts: list[str], counts: dict[Place, int], *, repeated: bool) -> Place:
    place: Place = ()
    for index, part in enumerate(parts):
        place = (*place, part)
        last = index == len(parts) - 1
        if last and repeated:
            counts[place] = counts.get(place, -1) + 1
        if place in counts:
            place = (*place, counts[place])
    return place
