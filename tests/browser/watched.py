"""Browser sessions that hear what their pages say in the console: whatever it is, the test fails."""

import contextlib
from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ViewportSize

WIDE: ViewportSize = {"width": 1280, "height": 900}


@contextlib.contextmanager
def watched(browser: Browser, **options: Any) -> Iterator[BrowserContext]:
    """Open a fresh browser session; it fails at its end on any message in the console of one of its pages.

    A script or style that the policy blocks is such a message; the status of an answer is none.
    """
    opened = browser.new_context(**options)
    messages: list[str] = []
    opened.on("console", lambda message: messages.append(f"{message.type}: {message.text}"))
    opened.on("weberror", lambda error: messages.append(str(error.error)))
    try:
        yield opened
    finally:
        opened.close()
    assert not [m for m in messages if not m.startswith("error: Failed to load resource")], messages
