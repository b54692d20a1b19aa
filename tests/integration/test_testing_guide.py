"""The guide to asking and to test orders: its snippets run, one after the other, and do what they say."""

import re
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.integration.asking_support import application
from tests.integration.grant_support import Desk, desk
from tests.played_coop import played_coop

__all__ = ["desk"]
GUIDE = Path(__file__).resolve().parents[2] / "docs" / "api-guide-testing.md"


@pytest.mark.parametrize("committing", ["sqlite"], indirect=True)
def test_every_snippet_does_what_it_says(
    desk: Desk, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = settings.SMTP_HOST, settings.SMTP_PORT, settings.ALLOWED_EGRESS
    with played_coop(tmp_path / "coop", settings):
        settings.SMTP_HOST, settings.SMTP_PORT = people[:2]
        settings.ALLOWED_EGRESS = [*settings.ALLOWED_EGRESS, *people[2]]
        _follow(desk, monkeypatch)


def work_while_waiting(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever follows the guide only waits: let each second that a snippet waits be one in which the site works."""
    slept, here, at_work = time.sleep, threading.get_ident(), threading.Lock()

    def sleep(seconds: float) -> None:
        if threading.get_ident() == here and at_work.acquire(blocking=False):
            try:
                desk.work()
            finally:
                at_work.release()
        else:
            slept(seconds)

    monkeypatch.setattr(time, "sleep", sleep)


def _follow(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    snippets = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    assert len(snippets) == 7
    names: dict[str, Any] = {"SITE": desk.url, "KEY": application(desk.organisation)[1]}
    asked, granted, sent, charged, late, file, stopped = (compile(each, GUIDE.name, "exec") for each in snippets)
    work_while_waiting(desk, monkeypatch)
    exec(asked, names)
    assert (names["answer"].status_code, names["ask"]["state"]) == (201, "pending")
    assert names["ask"]["link"]
    exec(granted, names)
    assert names["granted"]["state"] == "granted"
    exec(sent, names)
    assert (names["answer"].status_code, names["request"]["channel"]) == (202, "manual_request")
    exec(charged, names)
    assert (names["charged"]["state"], names["charged"]["fee"]["amount"]) == ("fee_quoted", "12.00")
    exec(late, names)
    assert {"overdue", "follow_up"} <= set(names["moved"]["steps"])
    assert names["moved"]["state"] == "delivered"
    assert {each["role"] for each in names["readings"]["series"]} >= {"delivered"}
    exec(file, names)
    assert b"Usage Information" in names["released"].content
    exec(stopped, names)
    assert (names["refused"].status_code, names["refused"].json()["code"]) == (403, "consent.revoked")
    assert names["api"].get(f"{desk.url}{names['link']}").json()["code"] == "consent.revoked"
