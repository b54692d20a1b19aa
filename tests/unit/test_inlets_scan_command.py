"""`manage.py scan_credentials`: one verdict per line, in order, never a text. Files: `test_inlets_scan_files.py`."""

import io
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from broker import looking
from broker.inlets.management.commands import scan_credentials
from tests.environment import ROOT

SECRET = "Lantern!Saddle8"


def run(tmp_path: Path, raw: bytes) -> list[dict[str, Any]]:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_bytes(raw)
    call_command("scan_credentials", str(source), str(target))
    assert SECRET not in target.read_text()
    return [json.loads(line) for line in target.read_text().splitlines()]


def line(ident: str | int, text: str, inlet: str = "web_form", **more: Any) -> bytes:
    return json.dumps({"id": ident, "text": text, "inlet": inlet, **more}).encode() + b"\n"


def test_each_line_gets_its_verdict_in_order(tmp_path: Path) -> None:
    raw = line("a", f"password: {SECRET}", label="block", note="x") + line(7, "Meter AM51180446", "email_reply")
    shared, clean = run(tmp_path, raw)
    assert (shared["id"], shared["verdict"]) == ("a", "block")
    assert isinstance(shared["rule"], str)
    assert isinstance(shared["us"], int)
    assert clean | {"us": 0} == {"id": 7, "verdict": "allow", "rule": None, "us": 0}


@pytest.mark.parametrize(
    "raw",
    [
        b"{broken\n",
        b"\n",
        b"[1]\n",
        b"\xff\xfe\n",
        b'{"id":"a","text":5,"inlet":"web_form"}\n',
        b'{"id":"a","text":"x"}\n',
        b'{"id":"a","text":"x","inlet":"fax"}\n',
        b'{"text":"x","inlet":"web_form"}\n',
        b"[" * 100_000 + b"\n",
    ],
)
def test_what_cannot_be_read_counts_as_blocked(tmp_path: Path, raw: bytes) -> None:
    malformed = {"id": None, "verdict": "block", "rule": "input.malformed", "us": 0}
    answers = run(tmp_path, raw + line("b", "hello"))
    assert answers[0] == malformed
    assert answers[1]["id"] == "b"


def test_an_engine_that_breaks_blocks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def broken(text: str, inlet: str) -> None:
        raise ValueError(text)

    monkeypatch.setattr(looking, "scan", broken)
    (answer,) = run(tmp_path, line("a", SECRET))
    assert (answer["verdict"], answer["rule"]) == ("block", "input.unchecked")


def test_standard_streams(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(line("a", f"pw = {SECRET}") + line("b", "hello"))))
    out = io.StringIO()
    call_command("scan_credentials", "-", "-", stdout=out)
    assert [json.loads(text)["verdict"] for text in out.getvalue().splitlines()] == ["block", "allow"]


def test_a_line_that_is_too_long_is_malformed_and_the_next_one_is_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(scan_credentials, "LONGEST_LINE", 200)
    long = [line("a", "x" * length) for length in (200, 400, 1000)]
    exact = line("c", "y" * (200 - len(line("c", ""))))
    assert len(exact) == 200
    answers = run(tmp_path, b"".join(long) + exact + line("b", f"pw: {SECRET}") + long[0][:400].rstrip(b"\n"))
    assert [answer["rule"] for answer in answers[:3]] == ["input.malformed"] * 3
    assert [(answer["id"], answer["verdict"]) for answer in answers[3:5]] == [("c", "allow"), ("b", "block")]
    assert answers[5]["rule"] == "input.malformed"


def measured(lines: int) -> tuple[int, str, int]:
    """Scan so many lines in a process of its own, by pipes: its most memory in MB, what it said, how many answers."""
    argv = [sys.executable, "manage.py", "scan_credentials", "-", "-"]
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as target, tempfile.TemporaryFile() as said:
        for number in range(lines):
            source.write(line(number, f"Meter AM{number:08} reads {number * 7} kWh."))
        source.seek(0)
        process = subprocess.Popen(argv, cwd=ROOT, stdin=source, stdout=target, stderr=said)
        _pid, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0
        target.seek(0)
        said.seek(0)
        return used.ru_maxrss // 1024, said.read().decode(), sum(1 for _ in target)


def test_memory_does_not_grow_with_the_lines_and_progress_is_said_beside_the_answers() -> None:
    few, nothing, answers = measured(200)
    assert (nothing, answers) == ("", 200)
    many, progress, answers = measured(100_000)
    assert progress.splitlines() == [f"{number}0000 lines" for number in range(1, 11)]
    assert answers == 100_000
    assert many <= few + 16, (few, many)
