"""Hostile files on the customer's own way in: each has its own answer, and the sandbox lives on."""

import pytest
from django.utils import timezone

from broker import sandbox
from broker.terms import Actor
from requests_app.models import ReceivedFile
from requests_app.upload import drafts, preview
from tests.integration.test_share import bill
from tests.requests_world import ACCOUNT, usage, world
from tests.unit.test_examining import REAL
from tests.unit.test_importers import SHARED, needs_real_inputs


@needs_real_inputs
def test_each_hostile_pdf_has_its_reason_and_a_good_file_is_read_after_them(sqlite_db: str) -> None:
    w = world(onward_recipients=[])
    me, now = Actor("c", w.customer.id), timezone.now()
    pictures = sorted((SHARED / "pdf").glob("*.pdf"))
    draft = drafts.begin(w.consent, now=now)
    given = [drafts.Given(each.name, each.read_bytes()) for each in pictures]
    rows = [row for row, _facts in drafts.add(draft, given, actor=me, now=now)]
    assert len(rows) == len(pictures) > 20
    for path, row in zip(pictures, rows, strict=True):
        codes, _repaired = REAL[path.stem]
        # What stands against it by mail stands against it here; where nothing does, a person looks at it.
        fits = {*codes, "file.type"} if codes else {"", "file.unreadable"}
        assert row.code in fits, path
    good = drafts.add(draft, [drafts.Given("bill.pdf", bill())], actor=me, now=now)
    assert [row.code for row, _facts in good] == [""]
    assert sandbox.isolation()["landlock"]
    texts = {each.number: each.text for each in preview.of(draft, actor=me).lines}
    assert all(texts.values())
    assert not ReceivedFile.objects.exists()


@needs_real_inputs
def test_formulas_in_a_usage_file_are_never_taken(sqlite_db: str) -> None:
    w = world(onward_recipients=[])
    me, now = Actor("c", w.customer.id), timezone.now()
    payloads = (SHARED / "smarthub" / "csv-injection-payloads.txt").read_text().splitlines()
    draft = drafts.begin(w.consent, now=now)
    found = []
    for number, payload in enumerate(each for each in payloads if each.strip()):
        planted = usage(ACCOUNT).replace("Events occurred", payload.replace("\n", " "), 1)
        found += drafts.add(draft, [drafts.Given(f"u{number}.csv", planted.encode())], actor=me, now=now)
    assert found
    assert all(not facts.series for _row, facts in found)  # kept for a person at most: nothing was read


@pytest.mark.parametrize("name", ["=cmd.csv", "+1.csv", "@x.csv", "-2.csv"])
def test_a_name_that_is_a_formula_is_a_name(sqlite_db: str, name: str) -> None:
    w = world(onward_recipients=[])
    me, now = Actor("c", w.customer.id), timezone.now()
    draft = drafts.begin(w.consent, now=now)
    ((row, _facts),) = drafts.add(draft, [drafts.Given(name, usage(ACCOUNT).encode())], actor=me, now=now)
    assert row.code == ""
