"""`business_clock`: the published vectors by the command itself, under three zones of the server; odd lines."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command

from broker.utilities import published
from requests_app.clock_lines import INVALID, answers
from tests.unit.clock_support import VECTORS

ROOT = Path(__file__).resolve().parents[2]
OBEC = published("obec")
ASKED = [json.dumps({"id": number, "delivered_at": vector[0]}) for number, vector in enumerate(VECTORS)]
EXPECTED = [
    {
        "id": number,
        "day0": day0,
        "expected_from": expected_from,
        "due": due,
        "due_at": f"{due}T{due_at}:00Z",
        "first_follow_up": follow_up,
    }
    for number, (_, day0, expected_from, due, due_at, follow_up) in enumerate(VECTORS)
]


@pytest.mark.parametrize("zone", ["UTC", "America/Chicago", "Asia/Tokyo"])
def test_s34_the_fifteen_vectors_wherever_the_server_stands(zone: str, tmp_path: Path) -> None:
    source, target = tmp_path / "delivered.jsonl", tmp_path / "dates.jsonl"
    source.write_text("\n".join(ASKED))
    # The zone is the process's own from its first moment on, as on a server.
    program = (
        "import time, django; from datetime import datetime; from django.core.management import call_command;"
        "django.setup(); import os; os.environ['TZ'] = os.environ['SERVER_ZONE']; time.tzset();"
        f"call_command('business_clock', 'obec', {str(source)!r}, {str(target)!r});"
        "print(datetime(2026, 7, 1).astimezone().utcoffset())"
    )
    environment = {**os.environ, "TZ": zone, "SERVER_ZONE": zone, "DJANGO_SETTINGS_MODULE": "broker.settings"}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, check=True, text=True
    )
    offset = {"UTC": "0:00:00", "America/Chicago": "-1 day, 19:00:00", "Asia/Tokyo": "9:00:00"}[zone]
    assert done.stdout.strip() == offset  # the zone was in force, and not Django's own
    assert [json.loads(line) for line in target.read_text().splitlines()] == EXPECTED


@pytest.mark.parametrize(
    "line",
    [
        b"{broken",
        b"[]",
        b'"2026-03-02T15:00:00Z"',
        b'{"id": 7}',
        b'{"id": 7, "delivered_at": null}',
        b'{"id": 7, "delivered_at": 1772463600}',
        b'{"id": 7, "delivered_at": "2026-03-02"}',
        b'{"id": 7, "delivered_at": "2026-03-02T15:00:00"}',
        b'{"id": 7, "delivered_at": "yesterday"}',
        b'{"id": 7, "delivered_at": "2026-02-30T15:00:00Z"}',
        b'{"id": 7, "delivered_at": "9999-12-31T23:00:00Z"}',
        b'{"id": 7, "delivered_at": "0001-01-01T00:00:00Z"}',
        b'{"id": 7, "delivered_at": "2026-03-02T15:00:00Z", "delivered_at": "2026-03-03T15:00:00Z"}',
        b'{"id": NaN, "delivered_at": "2026-03-02T15:00:00Z"}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_a_line_that_cannot_be_read_is_answered_and_never_guessed(line: bytes) -> None:
    (found,) = map(json.loads, answers([line], OBEC))
    assert found["error"] == INVALID
    assert {found[name] for name in ("day0", "expected_from", "due", "due_at", "first_follow_up")} == {None}


def test_an_offset_is_as_good_as_z_and_blank_lines_have_no_answer() -> None:
    lines = [
        b'{"id": "a", "delivered_at": "2026-03-02T09:00:00-06:00"}',
        b"\n",
        b'{"delivered_at": "2026-03-02T15Z"}',
    ]
    first, second = map(json.loads, answers(lines, OBEC))
    assert (first.pop("id"), second.pop("id")) == ("a", None)
    assert first == second


def test_a_dash_is_standard_input_and_output(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(ASKED[0].encode())))
    out = io.StringIO()
    call_command("business_clock", "obec", "-", "-", stdout=out)
    assert json.loads(out.getvalue()) == EXPECTED[0]


def test_a_wrong_call_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text(ASKED[0])
    with pytest.raises(CommandError, match="obec"):
        call_command("business_clock", "nowhere", str(source), str(target))
    with pytest.raises(CommandError, match="same file"):
        call_command("business_clock", "obec", str(source), str(source))
    with pytest.raises(CommandError, match="No such file"):
        call_command("business_clock", "obec", str(tmp_path / "none"), str(target))
    assert source.read_text() == ASKED[0]
    assert not target.exists()


def test_help_shows_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        call_command("business_clock", "--help")
    assert '"due_at": "2026-03-16T21:30:00Z"' in capsys.readouterr().out
