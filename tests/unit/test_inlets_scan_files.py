"""`manage.py scan_credentials` as a pipeline runs it: which files it takes, what it says of them, and how it ends."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Any

import pytest
from django.core.management import CommandError, call_command

from broker.inlets.management.commands import scan_credentials
from tests.environment import ROOT

CLEAN = b'{"id": "a", "text": "Meter AM51180446", "inlet": "web_form"}\n'
SECRET = "Lantern!Saddle8"


def run(
    *arguments: str | Path, stdin: IO[bytes] | int = subprocess.DEVNULL, stdout: IO[bytes] | int = subprocess.PIPE
) -> subprocess.CompletedProcess[bytes]:
    """The command in a process of its own."""
    argv = [sys.executable, "manage.py", "scan_credentials", *map(str, arguments)]
    return subprocess.run(argv, cwd=ROOT, stdin=stdin, stdout=stdout, stderr=subprocess.PIPE, check=False)


def said(done: subprocess.CompletedProcess[bytes]) -> str:
    """What it said beside the answers: one line, or nothing."""
    text = done.stderr.decode()
    assert text.count("\n") == bool(text)
    return text.strip()


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    """A file of one clean line."""
    path = tmp_path / "texts.jsonl"
    path.write_bytes(CLEAN)
    return path


# --- one file for both ------------------------------------------------------------------------------------------


def test_the_same_file_is_refused_and_keeps_its_lines(texts: Path) -> None:
    done = run(texts, texts)
    assert done.returncode == 1
    assert said(done) == "CommandError: IN and OUT are the same file; the verdicts would overwrite the texts."
    assert texts.read_bytes() == CLEAN


@pytest.mark.parametrize("how", ["another path", "link", "hard link"])
def test_the_same_file_by_another_name_is_refused(texts: Path, how: str) -> None:
    other = texts.with_name("other.jsonl")
    if how == "another path":
        other = texts.parent / ".." / texts.parent.name / texts.name
    elif how == "link":
        other.symlink_to(texts)
    else:
        other.hardlink_to(texts)
    for source, target in ((texts, other), (other, texts)):
        with pytest.raises(CommandError, match="IN and OUT are the same file"):
            call_command("scan_credentials", str(source), str(target))
    assert texts.read_bytes() == CLEAN
    assert sorted(texts.parent.iterdir()) == sorted({texts, other} & set(texts.parent.iterdir()))


def test_the_same_file_by_a_standard_stream_is_refused(texts: Path) -> None:
    with texts.open("rb") as stdin:
        done = run("-", texts, stdin=stdin)
    assert (done.returncode, texts.read_bytes()) == (1, CLEAN)
    with texts.open("ab") as stdout:
        done = run(texts, "-", stdout=stdout)
    assert (done.returncode, texts.read_bytes()) == (1, CLEAN)
    assert "same file" in said(done)


def test_one_terminal_or_device_for_both_is_not_one_file() -> None:
    with open(os.devnull, "r+b") as nothing:
        done = run("-", "-", stdin=nothing, stdout=nothing)
    assert done.returncode == 0
    assert run(os.devnull, os.devnull).returncode == 0


# --- a failure loses nothing ------------------------------------------------------------------------------------


def test_a_failure_on_the_way_leaves_the_earlier_verdicts(
    texts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "verdicts.jsonl"
    target.write_text("earlier\n")
    texts.write_bytes(CLEAN * 3)
    asked = []

    def full(answer: dict[str, Any]) -> str:
        asked.append(answer)
        if len(asked) == 2:
            raise OSError(28, "No space left on device")
        return "{}"

    monkeypatch.setattr(scan_credentials.json, "dumps", full)
    with pytest.raises(CommandError, match=r"cannot write OUT \(.*verdicts\.jsonl\): No space left on device"):
        call_command("scan_credentials", str(texts), str(target))
    assert target.read_text() == "earlier\n"
    assert sorted(tmp_path.iterdir()) == [texts, target], "nothing is left beside it"


def test_the_new_verdicts_take_the_place_of_the_earlier_ones(texts: Path, tmp_path: Path) -> None:
    target, link = tmp_path / "verdicts.jsonl", tmp_path / "link.jsonl"
    target.write_text("earlier\n" * 50)
    target.chmod(0o640)
    link.symlink_to(target)
    done = run(texts, link)
    assert (done.returncode, said(done)) == (0, "")
    assert [json.loads(line)["verdict"] for line in target.read_text().splitlines()] == ["allow"]
    assert link.is_symlink()
    assert target.stat().st_mode & 0o777 == 0o640
    assert sorted(tmp_path.iterdir()) == [link, texts, target]


def test_a_new_file_is_as_open_as_any_other(texts: Path, tmp_path: Path) -> None:
    assert run(texts, tmp_path / "verdicts.jsonl").returncode == 0
    other = tmp_path / "other"
    other.touch()
    assert (tmp_path / "verdicts.jsonl").stat().st_mode == other.stat().st_mode


def test_what_is_no_file_is_written_as_it_comes(texts: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE) as reader:
        assert run(texts, pipe).returncode == 0
        answer, _ = reader.communicate(timeout=30)
    assert json.loads(answer)["verdict"] == "allow"
    assert pipe.is_fifo()


# --- which of the two, and why ----------------------------------------------------------------------------------


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    missing, target = tmp_path / "missing.jsonl", tmp_path / "verdicts.jsonl"
    done = run(missing, target)
    assert done.returncode == 1
    assert said(done) == f"CommandError: cannot read IN ({missing}): No such file or directory"
    assert not target.exists()
    assert said(run(tmp_path, target)) == f"CommandError: cannot read IN ({tmp_path}): Is a directory"


def test_a_place_that_cannot_be_written_is_named(texts: Path, tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere" / "verdicts.jsonl"
    done = run(texts, nowhere)
    assert done.returncode == 1
    assert said(done) == f"CommandError: cannot write OUT ({nowhere}): No such file or directory"
    assert said(run(texts, tmp_path)) == f"CommandError: cannot write OUT ({tmp_path}): Is a directory"


def test_a_stream_that_takes_no_more_is_named(texts: Path) -> None:
    with open("/dev/full", "wb") as full:
        done = run(texts, "-", stdout=full)
    assert done.returncode == 1
    assert said(done) == "CommandError: cannot write OUT (standard output): No space left on device"


# --- lines that cannot be read ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (bytes(range(128, 256)) + b"\n", "it is not UTF-8"),
        ('{"id": "a", "text": "Señal", "inlet": "web_form"}\n'.encode("latin-1"), "it is not UTF-8"),
        (f"my password is {SECRET}\n".encode(), "it is not JSON"),
        (b"\n", "it is empty"),
        (b'["a", "b", "web_form"]\n', "it is no JSON object"),
        (b'{"text": "x", "inlet": "web_form"}\n', '"id" is missing, or neither text nor a whole number'),
        (b'{"id": "a", "text": 5, "inlet": "web_form"}\n', '"text" is missing or no text'),
        (b'{"id": "a", "text": "x"}\n', '"inlet" is missing or no text'),
        (b'{"id": "a", "text": "x", "inlet": "fax"}\n', 'its "inlet" is not one of those that --help lists'),
        (b"[" * 100_000 + b"\n", "it is nested too deeply"),
    ],
)
def test_how_many_lines_were_malformed_is_said_with_the_first_and_why(
    texts: Path, tmp_path: Path, raw: bytes, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    texts.write_bytes(CLEAN + raw + CLEAN + b"{\n")
    call_command("scan_credentials", str(texts), str(tmp_path / "verdicts.jsonl"))
    assert capsys.readouterr().err == (
        f'2 of 4 lines were malformed and count as "block" (input.malformed). The first is line 2: {why}.\n'
    )


def test_a_pipeline_reads_it_beside_the_answers_and_the_exit_code_stays(texts: Path) -> None:
    texts.write_bytes(CLEAN + f"my password is {SECRET}\n".encode())
    done = run(texts, "-")
    assert done.returncode == 0
    assert [json.loads(line)["rule"] for line in done.stdout.splitlines()] == [None, "input.malformed"]
    assert said(done).startswith('1 of 2 lines was malformed and counts as "block"')
    assert SECRET not in said(done)


def test_a_line_that_is_too_long_is_called_so(
    texts: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(scan_credentials, "LONGEST_LINE", 200)
    texts.write_bytes(b"x" * 500 + b"\n" + CLEAN)
    call_command("scan_credentials", str(texts), "-")
    assert "The first is line 1: it is longer than " in capsys.readouterr().err


def test_an_empty_file_is_said_to_hold_no_line(texts: Path, tmp_path: Path) -> None:
    texts.write_bytes(b"")
    target = tmp_path / "verdicts.jsonl"
    done = run(texts, target)
    assert (done.returncode, target.read_bytes()) == (0, b"")
    assert said(done) == f"IN ({texts}) holds no line: nothing was scanned."
    assert said(run("-", "-")) == "IN (standard input) holds no line: nothing was scanned."


def test_clean_lines_say_nothing(texts: Path) -> None:
    assert said(run(texts, "-")) == ""


# --- help -------------------------------------------------------------------------------------------------------


def test_help_explains_each_field_and_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        call_command("scan_credentials", "--help")
    shown = capsys.readouterr().out
    for field in ("id", "verdict", "rule", "us"):
        assert f"\n  {field} " in shown
    for each in ("microseconds", "input.malformed", "input.unchecked", "exit code", "standard input", "web_form"):
        assert each in shown
    assert "manage.py scan_credentials texts.jsonl verdicts.jsonl" in shown
    assert all(len(line) <= 120 for line in shown.splitlines())


def test_wrong_arguments_end_with_two() -> None:
    assert run().returncode == 2


def test_an_interrupt_leaves_the_earlier_verdicts(tmp_path: Path) -> None:
    target, pipe = tmp_path / "verdicts.jsonl", tmp_path / "pipe"
    target.write_text("earlier\n")
    os.mkfifo(pipe)
    argv = [sys.executable, "manage.py", "scan_credentials", str(pipe), str(target)]
    with subprocess.Popen(argv, cwd=ROOT, stderr=subprocess.PIPE) as process, pipe.open("wb") as questions:
        questions.write(CLEAN)
        questions.flush()
        until = time.monotonic() + 30
        while len(list(tmp_path.iterdir())) < 3 and time.monotonic() < until:
            time.sleep(0.05)
        process.send_signal(2)
        process.wait(timeout=30)
    assert process.returncode != 0
    assert target.read_text() == "earlier\n"
    assert sorted(tmp_path.iterdir()) == [pipe, target]
