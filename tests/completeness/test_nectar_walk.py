"""What a webhook of Nectar leaves in the log: nothing of its own."""

from typing import Any

from tests.completeness.declared import DECLARED
from tests.completeness.watch import Watch
from tests.integration.test_nectar_hooks import OLD, SECRET, deliver, hook


def test_a_webhook_leaves_no_entry(committing: str, settings: Any) -> None:
    settings.NECTAR_WEBHOOK_SECRETS = [SECRET]
    watch, sent = Watch(DECLARED, prefix="nectar"), hook(1, "document.created.v2", {"id": "d1"})
    assert watch.step("nectar-hook POST forged", lambda: deliver(sent, secret=OLD)) == (401, "forged")
    assert watch.step("nectar-hook POST", lambda: deliver(sent)) == (202, "queued")
    assert watch.step("nectar-hook POST again", lambda: deliver(sent)) == (200, "replayed")
    watch.finish()
