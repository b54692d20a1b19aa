"""The web server's log beside ours: an answer without an event shows."""

from datetime import UTC, datetime
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from broker.audit import log, signer
from broker.console.access_log import READING
from broker.terms import Actor
from tests.completeness.declared import DECLARED
from tests.completeness.watch import KINDS
from tests.integration.audit_support import integrate
from tests.integration.console_support import desk, w
from tests.requests_world import World

__all__ = ["desk", "w"]


def line(path: str, *, status: int = 200, method: str = "GET", at: datetime | None = None) -> str:
    stamp = (at or datetime.now(UTC)).strftime("%d/%b/%Y:%H:%M:%S %z")
    return f'127.0.0.1 - - [{stamp}] "{method} {path} HTTP/1.1" {status} 1234 "-" "Mozilla/5.0"\n'


def compared(path: Path, *lines: str) -> str:
    path.write_text("".join(lines))
    out = StringIO()
    call_command("compare_access_log", str(path), stdout=out)
    return out.getvalue()


def her_letter(w: World) -> str:
    log.append_read(
        "letter.read",
        actor=Actor("c", w.customer.id),
        subject=w.customer.id,
        purpose="own_data",
        obj="letter",
        body={},
        cnt=1,
    )
    return line(reverse("my-letter", args=[w.consent.id]))


def test_answers_that_have_their_events_agree(w: World, desk: signer.Desk, tmp_path: Path) -> None:
    lines = [her_letter(w), her_letter(w), line("/"), line("/my/access/", status=302), "no line of a log\n"]
    said = compared(tmp_path / "access.log", *lines)
    assert said == f"{datetime.now(UTC).date()} customers: 2 answers, 2 events: ok\n"
    integrate(desk.answer)
    assert compared(tmp_path / "access.log", *lines) == said


def test_it_reads_standard_input(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"{her_letter(w)}\udc80 no line of a log\n"
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(text.encode("utf-8", "surrogateescape"))))
    out = StringIO()
    call_command("compare_access_log", "-", stdout=out)
    assert out.getvalue().endswith("customers: 1 answers, 1 events: ok\n")


def test_an_answer_without_an_event_fails_and_is_counted(w: World, tmp_path: Path) -> None:
    lines = [her_letter(w), line("/my/access/?who=&month="), line("/my/access/")]
    with pytest.raises(CommandError, match="2 answers have no event"):
        compared(tmp_path / "access.log", *lines)


def test_events_of_others_and_of_other_days_do_not_count_for_it(w: World, tmp_path: Path) -> None:
    her_letter(w)
    yesterday = line(reverse("my-access"), at=datetime(2026, 1, 1, tzinfo=UTC))
    with pytest.raises(CommandError, match="1 answers have no event"):
        compared(tmp_path / "access.log", yesterday)
    with pytest.raises(CommandError, match="1 answers have no event"):
        compared(tmp_path / "access.log", line(reverse("console-log")))


def test_a_file_that_is_none_is_said(w: World, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("compare_access_log", str(tmp_path / "none.log"), stdout=StringIO())


def steps() -> dict[str, list[Any]]:
    """What is declared for each route and method, where something is read at all."""
    found: dict[str, list[Any]] = {}
    for name, events in DECLARED.items():
        _walk, address, method = name.split()[:3]
        if events:
            found.setdefault(f"{address.removeprefix('admin:')} {method}", []).append(events)
    return found


@pytest.mark.parametrize("routes", sorted(READING))
def test_each_reading_route_leaves_an_event_of_its_class(routes: str) -> None:
    declared, known = steps(), READING[routes]
    for name in known.names:
        assert name in declared
        assert any(_is_of(known, event) for events in declared[name] for event in events), name


def _is_of(known: Any, event: Any) -> bool:
    return event.act in known.acts and event.by.split("/")[0] == KINDS[known.kind]
