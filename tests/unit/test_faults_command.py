"""`./run faults` without a suite runs each of them, whatever one of them finds."""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.faults import __main__ as command


class Ran:
    """What would have been started."""

    def __init__(self, bad: str = "") -> None:
        self.bad, self.argv = bad, list[list[str]]()

    def __call__(self, argv: list[str], **_options: Any) -> subprocess.CompletedProcess[str]:
        self.argv.append(argv[2:])
        return subprocess.CompletedProcess(argv, int(self.bad in argv), "", "")

    def names(self) -> list[str]:
        return [argv[1] if argv[0] == "tests.faults" else argv[0].rpartition(".")[2] for argv in self.argv]


def _asked(monkeypatch: pytest.MonkeyPatch, ran: Ran, *arguments: str) -> int:
    monkeypatch.setattr(command.subprocess, "run", ran)
    monkeypatch.setattr(sys, "argv", ["faults", *arguments])
    return command.main()


def test_each_suite_runs_once_and_gets_what_was_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = Ran()
    assert _asked(monkeypatch, ran, "--seed", "7", "--engine", "sqlite") == 0
    assert ran.names() == [*sorted(command.SUITES), "mutants"]
    assert all("--seed=7" in argv for argv in ran.argv)
    assert all("--engine=sqlite" in argv for argv in ran.argv[:-1])
    assert json.loads(capsys.readouterr().out) == {"suites": len(ran.argv), "ok": True, "bad": []}


def test_what_one_finds_stops_no_other(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    ran = Ran(bad="clock")
    assert _asked(monkeypatch, ran) == 1
    assert ran.names() == [*sorted(command.SUITES), "mutants"]
    assert json.loads(capsys.readouterr().out)["bad"] == ["clock"]


@pytest.mark.parametrize("of_one", [["--json", "x.json"], ["--repeats", "3"], ["--sample", "2"], ["--only", "x"]])
def test_what_is_of_one_suite_needs_its_name(monkeypatch: pytest.MonkeyPatch, of_one: list[str]) -> None:
    ran = Ran()
    with pytest.raises(SystemExit):
        _asked(monkeypatch, ran, *of_one)
    assert ran.argv == []
