""" "Check my receipt" as a stranger sees it: wide and narrow, in both languages, without any script of ours."""

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as ours
from playwright.sync_api import Browser, BrowserContext, Page

from broker.audit import anchoring, checkpoint, proofs, signer
from tests.browser.test_tour import look
from tests.integration.anchor_support import anchored_world
from tests.integration.audit_support import ORIGIN, integrate, write

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("rehearsal"),
    pytest.mark.parametrize("committing", ["sqlite"], indirect=True),  # what a page looks like is the same on both
]


@pytest.fixture
def kept(site: Any, settings: Any, tmp_path: Path) -> Iterator[dict[str, str]]:
    """What people hold of a log that others hold too: by what the page must say."""
    with anchored_world(settings, tmp_path) as world:
        event = write()
        size = integrate(world.desk.answer)
        anchoring.mail_now(now=datetime.now(UTC))
        proof = proofs.tlog_proof(event)
        write()
        integrate(world.desk.answer)
        yield {
            "consistent": proof,
            "damaged": proof.replace("index ", "index 1", 1),
            "mismatch": signed(size),
            "newer": signed(size + 99),
            "not-ours": proof.replace(ORIGIN, "elsewhere.example/audit/main"),
            "unreadable": "my receipt",
        }


def signed(size: int) -> str:
    """A checkpoint of a tree that this log never was, by its own key."""
    key = checkpoint.parse_skey((Path(ours.SIGNER_DIR) / signer.KEY).read_text().split()[0])
    return checkpoint.sign(checkpoint.Checkpoint(ORIGIN, size, secrets.token_bytes(32)).body(), [key])


@pytest.mark.parametrize(("language", "button"), [("en", "Check"), ("es", "Comprobar")])
def test_every_answer_of_the_page(
    site: Any, kept: dict[str, str], context: BrowserContext, language: str, button: str
) -> None:
    context.add_cookies([{"name": "django_language", "value": language, "url": site.url}])
    page: Page = context.new_page()
    page.goto(f"{site.url}/check/")
    look(page, f"check-{language}")
    seen = set()
    for state, text in kept.items():
        page.locator("textarea").fill(text)
        page.get_by_role("button", name=button, exact=True).click()
        look(page, f"check-{state}-{language}")
        seen.add(page.locator(".usa-alert__heading").first.inner_text())
    assert len(seen) == len(kept), "each has words of its own"


def test_it_needs_no_script(site: Any, kept: dict[str, str], browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site.url)
    page.get_by_role("link", name="Check my receipt").click()
    page.locator("textarea").fill(kept["consistent"])
    page.get_by_role("button", name="Check", exact=True).click()
    assert "The log contains it, unchanged" in page.content()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the proof that the log of today continues yours").click()
    assert download.value.suggested_filename.startswith("consistency-from-")
    context.close()
