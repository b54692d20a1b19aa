"""The guide to asking and to test orders: its snippets run, one after the other, and do what they say."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.integration.asking_support import application
from tests.integration.grant_support import Desk, desk

__all__ = ["desk"]
GUIDE = Path(__file__).resolve().parents[2] / "docs" / "api-guide-testing.md"


@pytest.mark.parametrize("committing", ["sqlite"], indirect=True)
def test_every_snippet_does_what_it_says(desk: Desk) -> None:
    snippets = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    assert len(snippets) == 4
    names: dict[str, Any] = {"SITE": desk.url, "KEY": application(desk.organisation)[1]}
    asked, granted, sent, stopped = (compile(each, GUIDE.name, "exec") for each in snippets)
    exec(asked, names)
    assert (names["answer"].status_code, names["ask"]["state"]) == (201, "pending")
    assert names["ask"]["link"]
    exec(granted, names)
    assert names["granted"]["state"] == "granted"
    desk.work()
    exec(sent, names)
    assert (names["answer"].status_code, names["request"]["channel"]) == (202, "manual_request")
    exec(stopped, names)
    assert (names["refused"].status_code, names["refused"].json()["code"]) == (403, "consent.revoked")
