"""docs/security-notes.md names every limit of the code, and docs/threat-model.md only tests that exist."""

import ast
import re

import pytest

from tests.environment import ROOT
from tests.security.test_dangerous_code import calls, sources
from tests.unit.test_letter_acceptance import defined_in

NOTES = (ROOT / "docs" / "security-notes.md").read_text()
MODEL = (ROOT / "docs" / "threat-model.md").read_text()
SPANS = {"HOUR": "hour", "DAY": "day", "MINUTE": "minute", "SPAN": "span"}


def limits() -> set[tuple[str, str, str]]:
    """Read each `Limit(kind, most, span)` off the code; where a figure is a setting, its name stands in its place."""
    found = set()
    for name in sources():
        for func, call in calls(name):
            if func == "Limit" and len(call.args) == 3 and isinstance(call.args[0], ast.Constant):
                kind, most, span = (ast.unparse(each) for each in call.args)
                most, span = most.removeprefix("settings."), SPANS.get(span, span.removeprefix("timedelta").strip("()"))
                found.add((kind.strip("'"), most, span))
    return found


def test_every_limit_is_written_down() -> None:
    rows = set(re.findall(r"^\| `([\w.-]+)` \| `?(\w+)`? \| ([\w=]+) \|", NOTES, re.MULTILINE))
    assert len(limits()) > 30
    assert rows == limits()


@pytest.mark.parametrize("test", sorted(set(re.findall(r"`([a-z_/]+\.py::test_\w+)`", MODEL))))
def test_each_test_of_the_threat_model_exists(test: str) -> None:
    path, _, name = test.partition("::")
    assert name in defined_in(path)


def test_each_border_of_the_threat_model_goes_through_all_six() -> None:
    """Spoofing, tampering, repudiation, information disclosure, denial of service, elevation of privilege."""
    borders = re.split(r"^### ", MODEL, flags=re.MULTILINE)[1:]
    assert len(borders) >= 8
    for border in borders:
        letters = re.findall(r"^\| ([STRIDE]) \|", border, re.MULTILINE)
        assert letters == ["S", "T", "R", "I", "D", "E"], border.splitlines()[0]
