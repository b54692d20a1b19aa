"""`read_mail`: what a mail is, by the command that people run; nothing is opened, kept or changed."""

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.environment import ROOT

MAIL = (
    b"From: Billing <billing@coop.example>\r\nSubject: Re: Data\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nHere it is.\r\n"
    b'--b\r\nContent-Type: text/csv; name="usage.csv"\r\n\r\na,b\r\n--b--\r\n'
)


def read(path: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command("read_mail", path, "--json", stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def test_a_mail_is_described_as_promised(tmp_path: Path) -> None:
    (tmp_path / "answer.eml").write_bytes(MAIL)
    found = read(str(tmp_path / "answer.eml"))
    assert set(found) == {"kind", "parts", "why"}
    assert found["kind"] == "answer"
    assert found["parts"] == [
        {"name": "", "type": "text/plain", "size": 11},
        {"name": "usage.csv", "type": "text/csv", "size": 3},
    ]
    assert "has files" in found["why"]


def test_standard_input_and_lines_for_people_work_without_any_setting_but_the_key(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "read_mail", "-"], cwd=ROOT, input=MAIL, capture_output=True, check=True
    )
    assert done.stdout.decode().splitlines()[0] == "kind   answer"
    assert b"billing@coop.example" not in done.stdout + done.stderr


def test_a_success_report_is_nobodys_answer(tmp_path: Path) -> None:
    path = tmp_path / "report.eml"
    path.write_bytes(
        b"From: mailer-daemon@relay.example\r\n"
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n"
        b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n"
        b"Final-Recipient: rfc822; a@coop.example\r\nAction: delivered\r\n\r\n--b--\r\n"
    )
    found = read(str(path))
    assert (found["kind"], "a report of success" in found["why"]) == ("unknown", True)


@pytest.mark.parametrize("raw", [b"", b"\x00" * 10_000, b"\xff\xfe", b"Content-Type: message/rfc822\r\n\r\n" * 2000])
def test_any_bytes_are_answered(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "x.eml").write_bytes(raw)
    assert read(str(tmp_path / "x.eml"))["kind"] == "unknown"


def test_a_file_that_is_not_there_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        read(str(tmp_path / "none.eml"))
