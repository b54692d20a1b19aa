"""A guard that is taken out is noticed: a few in each run of the tests, every one by `./run faults guards`."""

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.authz import narrowing, without
from tests.authz.guards import PACKAGES, Guard, guards
from tests.authz.without import all_of, environment
from tests.environment import ROOT
from tests.faults.scale import ONLY, WHOLE, record

KINDS = {
    "role": 190, "page": 65, "scope": 65, "refusal": 35, "permission": 6, "standing": 7, "step-up": 45, "consent": 15,
}  # fmt: skip

SAMPLE = {
    ("consents/life_views.py", "scope", "customer=customer"),
    ("broker/parties/scopes.py", "permission", "opens"),
    ("broker/console/packs/approval_views.py", "role", "two_people approval"),
    ("broker/parties/signin/step_up.py", "step-up", "console-incident-step"),
}


def named(guard: Guard) -> bool:
    """Whether a whole run shall take this one: each, or what `--only` names."""
    return any(word in guard.id for word in ONLY.split(",")) if ONLY else True


@pytest.mark.parametrize("kind", KINDS)
def test_the_guards_of_each_kind_are_found(kind: str) -> None:
    assert len([each for each in guards() if each.kind == kind]) >= KINDS[kind]


def test_each_query_that_asks_whose_a_row_is_is_searched_or_has_its_reason() -> None:
    unknown, used = [], set()
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            file = str(path.relative_to(ROOT))
            for each in narrowing.narrowed(ast.parse(path.read_text())) if "migrations" not in path.parts else ():
                used |= each.names(file)
                if not narrowing.is_guard(file, each) and not each.names(file) & narrowing.NO_GUARD.keys():
                    unknown.append(f"{file}:{each.call.lineno} {each.function} {each.word.arg}")
    assert not unknown, "\n".join(unknown)
    assert not narrowing.NO_GUARD.keys() - used, "a reason for what is not there any more"
    assert not narrowing.BY_TESTS.keys() - used
    for test in {each for tests in narrowing.BY_TESTS.values() for each in tests}:
        file, _, function = test.partition("::")
        assert f"def {function}(" in (ROOT / file).read_text(), test


def test_a_query_that_is_narrowed_anew_is_found() -> None:
    code = "def page(request, customer):\n    return Row.objects.get(of__customer_id=customer.id, account=None)\n"
    (found,) = narrowing.narrowed(ast.parse(code))
    assert (found.function, found.word.arg) == ("page", "of__customer_id")
    assert not found.names("consents/new_views.py") & narrowing.NO_GUARD.keys()
    assert narrowing.is_guard("consents/my_views.py", found)


@pytest.mark.parametrize("words", [["guards", "--only", "typo"], ["clock", "--only", "x", "--json", "/dev/null"]])
def test_a_part_never_takes_the_place_of_the_whole_result(words: list[str]) -> None:
    done = subprocess.run([sys.executable, "-m", "tests.faults", *words], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 2
    assert b"--only" in done.stderr


def test_what_fails_on_purpose_is_not_noted_as_what_ran(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BROKER_RAN", str(tmp_path / "ran"))
    assert "BROKER_RAN" not in environment(tmp_path)
    assert environment(tmp_path)["PYTHONPATH"] == str(tmp_path)


@pytest.mark.parametrize("by_itself", [0, 1], ids=["passes", "fails"])
def test_what_fails_with_nothing_taken_out_has_noticed_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, by_itself: int
) -> None:
    """Its tests are asked once for both of these guards, before the first is cut."""
    found = [Guard("broker/parties/signin/step_up.py", line, "step-up", f"one-{line}", "cut") for line in (1, 2)]
    file, ran = tmp_path / found[0].file, []
    file.parent.mkdir(parents=True)
    file.write_text("whole")

    def run(tree: Path, argv: list[str], seconds: float) -> subprocess.CompletedProcess[str]:
        ran.append(file.read_text())
        code = by_itself if ran[-1] == "whole" else 1
        return subprocess.CompletedProcess(argv, code, "FAILED tests/one.py::test_it\n" * code, "")

    monkeypatch.setattr(without, "shared", lambda _engine: None)
    monkeypatch.setattr(without, "copied", lambda _folder: tmp_path)
    monkeypatch.setattr(without, "_ran", run)
    verdicts = list(all_of(found, workers=1))
    assert [each.noticed for each in verdicts] == [not by_itself] * 2
    assert ran == (["whole"] if by_itself else ["whole", "cut", "cut"])
    said = "fails with nothing taken out: " if by_itself else ""
    assert {each.how for each in verdicts} == {f"{said}FAILED tests/one.py::test_it"}


def test_every_guard_that_is_taken_out_is_noticed(django_db_setup: None, django_db_blocker: Any) -> None:
    found = guards()
    sample = [each for each in found if (each.file, each.kind, each.name) in SAMPLE]
    chosen = [each for each in found if named(each)] if WHOLE else sample
    assert len(sample) == len(SAMPLE)
    assert chosen, f"no guard has {ONLY} in its name"
    with django_db_blocker.unblock():
        verdicts = list(all_of(chosen))
    survivors = [f"{each.guard.id}: {each.how}" for each in verdicts if not each.noticed]
    for kind in KINDS:
        of_kind = [each for each in verdicts if each.guard.kind == kind]
        record(f"guards: {kind}", "sqlite", tried=len(of_kind), noticed=sum(each.noticed for each in of_kind))
    record("survivors", "sqlite", found=survivors)
    assert len(verdicts) == len(chosen)
    assert not survivors, "\n".join(survivors)
