"""Her list has four groups: what is shared now, what is paused, what ended, and what was asked for and not given."""

import re
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from broker.audit import log
from broker.audit.log import ReadsClosed
from broker.terms import SERVICE
from broker.vault.models import SealedFile, VaultKey
from consents import actions, refused, suspending
from consents.models import Consent, LetterFile, Suspension
from tests.integration.access_support import Case, sign_in
from tests.requests_world import world

HEADINGS = ("Sharing now", "Paused", "Ended", "Asked for, not given")


@pytest.fixture
def case(committing: str) -> Case:
    made = Case(world())
    sign_in(made.browser, made.customer_id)
    return made


def counts(page: str) -> list[int | None]:
    """The number beside each heading, and the same in the list at the top."""
    said: list[int | None] = []
    for title in HEADINGS:
        found = re.findall(rf"{title}(?: \((\d+)\))?</(?:h2|a)>", page)
        assert len(found) == 2, title
        assert len(set(found)) == 1, title
        said.append(int(found[0]) if found[0] else None)
    return said


def mine(case: Case, language: str = "en") -> str:
    case.browser.cookies["django_language"] = language
    return str(case.get("/my/").content.decode())


def test_each_permission_stands_in_its_group_and_empty_groups_say_so(case: Case) -> None:
    page = mine(case)
    assert counts(page) == [1, 0, 0, 0]
    for words in ("Nothing is paused.", "Nothing has ended yet.", "Nobody was refused anything."):
        assert words in page
    consent, now = case.world.consent, timezone.now()
    with transaction.atomic():
        suspending.suspend(consent, because=Suspension.Because.OBJECTION, actor=SERVICE("tests"), now=now)
    page = mine(case)
    assert counts(page) == [0, 1, 0, 0]
    assert "You share nothing at the moment." in page
    assert page.index("Paused (1)</h2>") < page.index(consent.number)
    assert "Stop sharing" in page  # a pause takes nobody's stop away
    actions.revoke(Consent.objects.get(id=consent.id), actor=case.person("staff"), how="phone", now=now)
    assert counts(mine(case)) == [0, 0, 1, 0]


def test_of_what_ended_her_letter_stays_at_hand(case: Case) -> None:
    consent = case.world.consent
    letter = f"/my/{consent.id}/letter.pdf"
    assert f'href="{letter}"' in mine(case)
    actions.revoke(consent, actor=case.person("staff"), how="phone", now=timezone.now())
    page = mine(case)
    assert f'href="{letter}"' in page[page.index('id="ended"') :]
    case.get(letter)


def test_a_letter_that_nobody_can_open_any_more_is_not_offered(sqlite_db: str) -> None:
    case = Case(world())
    sign_in(case.browser, case.customer_id)
    consent = case.world.consent
    letter = f"/my/{consent.id}/letter.pdf"
    assert f'href="{letter}"' in mine(case)
    kept = LetterFile.objects.get(letter__consent=consent, kind=LetterFile.Kind.DELIVERED)
    with transaction.atomic():
        event = log.append("vault.key_shred", actor=SERVICE("tests"), subject=None, obj="key", body={}).id
        key = SealedFile.objects.get(id=kept.file).vault_key
        VaultKey.objects.filter(id=key).update(wrapped=None, shredded_event=event)
    assert f'href="{letter}"' not in mine(case)


def test_what_ran_out_is_not_shown_as_paused_either(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    consent = case.world.consent
    with transaction.atomic():
        suspending.suspend(consent, because=Suspension.Because.OBJECTION, actor=SERVICE("tests"), now=timezone.now())
    monkeypatch.setattr(actions, "central_today", lambda _now: consent.ends)
    assert counts(mine(case)) == [0, 0, 1, 0]


def test_what_a_company_asked_for_and_did_not_get_is_listed_with_its_reason(case: Case) -> None:
    body = {"codes": ["scope.data_type"], "data_types": ["usage_15min"], "consent": str(case.world.consent.id)}
    for _time in range(2):
        case.write("pull.decided", actor=case.app(), res="denied", body=body)
    case.write("pull.decided", actor=case.app(), body={"data_types": ["bill"]})
    case.write("identity.failed", actor=case.person("staff"), res="denied", body={"how": "own_bill"})
    page = mine(case)
    assert counts(page)[3] == 1  # the same thing, twice on one day
    part = page[page.index('id="refused"') :]
    for words in ("15-minute", "you did not agree to this kind of data", "2 times on this day", "what=refused"):
        assert words in part
    assert "bill" not in part.partition("</ul>")[0]
    spanish = mine(case, "es")
    assert "usted no aceptó este tipo de datos" in spanish
    assert "Pedido, pero no entregado" in spanish


def test_the_list_is_read_from_the_log_under_one_entry_of_hers(case: Case) -> None:
    before = [each.act for each in case.rows()].count("log.read")
    mine(case)
    rows = [each for each in case.rows() if each.act == "log.read"]
    assert len(rows) == before + 2  # of the page, and of this very list
    assert rows[1].who.key == "you"


def test_while_the_log_cannot_be_read_stopping_is_still_there(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(*_args: Any, **_more: Any) -> None:
        raise ReadsClosed("an hour unsigned")

    monkeypatch.setattr(refused, "access_rows", closed)
    page = mine(case)
    assert counts(page) == [1, 0, 0, None]
    assert "This list cannot be shown at the moment." in page
    assert f"/my/{case.world.consent.id}/stop/" in page
