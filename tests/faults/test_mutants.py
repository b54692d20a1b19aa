"""The mistakes that are made on purpose: which there are, that they are made, and that a test notices or does not.

All of them by `./run faults mutants`; here a few, and what was committed.
"""

import ast
import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.environment import ROOT
from tests.faults.mutants.mistakes import mistakes
from tests.faults.mutants.table import NOT_TRIED, PLACES, SUBJECTS, TABLE

SURVIVORS = tomllib.loads((ROOT / "tests" / "faults" / "mutants" / "survivors.toml").read_text())

SAMPLE = '''
"""A docstring, 1."""
LIMIT: int = 3


@decorated(1)
def allowed(day: "1", last, *, extra=True):
    """Another, 2."""
    if day < last and not extra:
        raise ValueError(f"{day:>10}")
    count = LIMIT + len(last)
    count += 1
    if count is None:
        raise AssertionError("nobody comes here")
    return "words" if count in last else None
'''
CHANGES = [
    "module: 3 -> 4",
    "module: 3 -> 2",
    "allowed: True -> False",
    "allowed: if day < last and (not extra): raise ValueError(f'{day:>10}') -> if not (day < last and (not extra))",
    "allowed: day < last and (not extra) -> day < last or not extra",
    "allowed: day < last -> day <= last",
    "allowed: not extra -> extra",
    "allowed: without raise ValueError(f'{day:>10}')",
    "allowed: LIMIT + len(last) -> LIMIT - len(last)",
    "allowed: without count += 1",
    "allowed: 1 -> 2",
    "allowed: 1 -> 0",
    "allowed: if count is None: raise AssertionError('nobody comes here') -> if not count is None",
    "allowed: count is None -> count is not None",
    "allowed: return 'words' if count in last else None -> return None",
    "allowed: 'words' if count in last else None -> 'words' if not count in last else None",
    "allowed: count in last -> count not in last",
]


def test_these_and_no_others_are_the_mistakes_of_a_module() -> None:
    """No text, no type, no decorator, nothing that says that nobody comes there."""
    assert [each.name for each in mistakes(ast.parse(SAMPLE))] == CHANGES


def test_each_mistake_changes_one_place_and_still_compiles() -> None:
    plain = ast.unparse(ast.parse(SAMPLE))
    for number in range(len(CHANGES)):
        tree = ast.parse(SAMPLE)
        mistakes(tree)[number].make()
        compile(ast.fix_missing_locations(tree), "sample", "exec")
        assert ast.unparse(tree) != plain


def test_a_mistake_that_is_there_twice_has_two_names() -> None:
    names = [each.name for each in mistakes(ast.parse("a = 1\nb = 1\n"))]
    assert names == ["module: 1 -> 2", "module: 1 -> 0", "module: 1 -> 2 (2)", "module: 1 -> 0 (2)"]


def test_every_subject_has_modules_and_every_module_tests() -> None:
    assert {each.subject for each in TABLE} == set(SUBJECTS)
    assert len({each.file for each in TABLE}) == len(TABLE)
    for each in TABLE:
        assert (ROOT / each.file).is_file()
        assert each.tests
        assert all((ROOT / test).is_file() for test in each.tests)


def pure() -> list[str]:
    """Give what the layers hold to be without a framework or a wire: modules, and packages with all in them."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (rules,) = (each["source_modules"] for each in contracts if each["name"].startswith("Rules are pure"))
    return list(rules)


def test_each_pure_module_of_the_subjects_is_tried_or_says_why_not() -> None:
    found = set()
    for place in (ROOT / name.replace(".", "/") for name in pure()):
        for path in place.glob("*.py") if place.is_dir() else [place.with_suffix(".py")]:
            if (file := str(path.relative_to(ROOT))).startswith(PLACES):
                found.add(file)
    tried = {each.file for each in TABLE}
    assert len(found) > 80
    assert found - tried == NOT_TRIED.keys()
    assert not tried & NOT_TRIED.keys()
    assert all(len(why.split()) >= 8 for why in NOT_TRIED.values())


def test_the_rules_are_pure() -> None:
    """A module in the table is one of those that the layers hold to be without a framework or a wire."""
    rules, names = pure(), {each.file.removesuffix(".py").replace("/", ".") for each in TABLE}
    assert {name for name in names if not name.startswith(tuple(rules))} <= {"broker.audit.chain", "broker.audit.skew"}


@pytest.mark.parametrize(
    ("only", "ok"),
    [
        ("is_overdue: calendar.today(now) > due -> calendar.today(now) >= due", 0),
        ("module: 120 -> 119", 0),
    ],
)
def test_a_mistake_in_a_rule_is_noticed(tmp_path: Path, only: str, ok: int) -> None:
    argv = ["--file", "requests_app/deadlines.py", "--only", only, "--json", str(tmp_path / "found.json")]
    done = subprocess.run([sys.executable, "-m", "tests.faults.mutants", *argv], cwd=ROOT, check=False)
    (found,) = json.loads((tmp_path / "found.json").read_text())["results"]
    assert (done.returncode, found["tried"], found["noticed"], found["survived"]) == (ok, 1, 1, 0)


def test_a_harmless_mistake_survives_and_fails_the_run_if_nobody_says_why(tmp_path: Path) -> None:
    """Where nothing has been seen the default is no step at all, be it 0 or 1: the tests are right not to notice."""
    argv = ["--file", "broker/audit/skew.py", "--only", "in_lane: 0 -> 1", "--json", str(tmp_path / "found.json")]
    done = subprocess.run([sys.executable, "-m", "tests.faults.mutants", *argv], cwd=ROOT, check=False)
    found = json.loads((tmp_path / "found.json").read_text())
    (one,) = found["results"][0]["survivors"]
    assert one["why"] == SURVIVORS["broker/audit/skew.py"]["in_lane: 0 -> 1"]
    assert (done.returncode, found["ok"]) == (1, False)  # and the score counts it all the same


def test_each_reason_is_of_a_mistake_that_can_be_made() -> None:
    for file, reasons in SURVIVORS.items():
        assert file in {each.file for each in TABLE}
        names = {each.name for each in mistakes(ast.parse((ROOT / file).read_text()))}
        assert set(reasons) <= names, set(reasons) - names
        assert all(len(why.split()) >= 4 for why in reasons.values())
