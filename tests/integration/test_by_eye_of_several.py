"""A paper in which no account can be read, on a request for several: a person says of which one it is, or it stays."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from broker.approvals import decide
from broker.approvals.models import Approval
from broker.parties.models import Role, UtilityAccount
from broker.rehearsal import paper
from broker.terms import Actor, Refusal
from requests_app import acceptance, grants
from requests_app.acceptance import Choice
from requests_app.models import ManualRequest, ReceivedFile
from requests_app.whose import UNCHOSEN, UNREAD
from tests import upload_world
from tests.integration.test_held_files import DAYS, accept, attached, from_the_coop, person, signed_in
from tests.requests_world import ACCOUNT, ACTOR, World, coop, run_job
from tests.upload_world import SECOND, with_two_accounts

STAFF = Actor("s", ACTOR.id, role="staff")
PAPER = paper.pdf([["A letter without a number"]])


@pytest.fixture
def w(sqlite_db: str, tmp_path: Path, settings: Any) -> Any:
    with coop(tmp_path, settings):
        yield with_two_accounts()[0]


def asked(w: World, second: str = SECOND) -> ManualRequest:
    manual = w.manual(data_types=["bill"], accounts=[ACCOUNT, second])
    run_job("manual.send", manual.id)
    manual.refresh_from_db()
    return manual


def page_of(file: ReceivedFile) -> str:
    return signed_in(Role.STAFF).get(f"/admin/files/{file.id}/").content.decode()


def of(number: str) -> UtilityAccount:
    return UtilityAccount.objects.get(last_four=number[-4:])


@pytest.mark.parametrize("number", [ACCOUNT, SECOND])
def test_it_is_filed_under_the_account_that_a_person_chose(w: World, number: str) -> None:
    (file,) = from_the_coop(asked(w), PAPER)
    page = page_of(file)
    assert "Of which account it is" in page
    assert f"ending {number[-4:]}, 2 Example Road" in page
    refused = signed_in(Role.STAFF).post(f"/admin/files/{file.id}/", {**DAYS, "by_eye": "on"})
    assert refused.status_code == 422
    assert UNCHOSEN in refused.content.decode()
    file.refresh_from_db()
    assert file.state == "quarantined"
    accept(file, by_eye="on", account=str(of(number).id))
    assert (file.state, file.account) == ("accepted", of(number))


def test_without_the_tick_the_page_says_so_beside_it_and_keeps_what_was_chosen(w: World) -> None:
    (file,) = from_the_coop(asked(w), PAPER)
    answer = signed_in(Role.STAFF).post(f"/admin/files/{file.id}/", {**DAYS, "account": str(of(SECOND).id)})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Look at every page, then tick this." in page
    assert "all of it is of the account below" in page
    assert f'value="{of(SECOND).id}" selected' in page
    assert page.index("Download it to read it") < page.rindex("Look at every page, then tick this.")


def test_no_account_is_judged_before_one_is_chosen(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    (file,) = from_the_coop(asked(w), PAPER)
    judged, decide_file = [], grants.decide_file

    def only_the_second(consent: Any, account: UtilityAccount, **given: Any) -> Any:
        judged.append(account.last_four)
        days = given["days"] if account == of(SECOND) else (date(1999, 1, 1), date(1999, 2, 1))
        return decide_file(consent, account, **{**given, "days": days})

    monkeypatch.setattr(grants, "decide_file", only_the_second)
    for by_eye, code in ((False, UNREAD), (True, UNCHOSEN)):
        choice = Choice("bill", date(2025, 10, 1), date(2025, 10, 21), by_eye=by_eye)
        answer = acceptance.accept(file, choice, actor=STAFF, now=timezone.now())
        assert isinstance(answer, Refusal)
        assert answer.code == code
    file.refresh_from_db()
    assert (judged, file.verdict) == ([], "")
    accept(file, by_eye="on", account=str(of(SECOND).id))
    assert (judged, file.state) == ([SECOND[-4:]], "accepted")


def test_a_file_that_says_its_days_is_shown_with_the_rules_of_no_account(
    w: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    (file,) = from_the_coop(asked(w), PAPER)
    monkeypatch.setattr(acceptance, "_own_words", lambda _: Choice("bill", date(1999, 1, 1), date(1999, 2, 1)))
    seen = acceptance.look(file, actor=STAFF, why="to check it", now=timezone.now())
    assert (len(seen.choices), "scope.range" in seen.codes) == (2, False)
    choice = Choice("bill", date(1999, 1, 1), date(1999, 2, 1), by_eye=True, account=of(SECOND).id)
    answer = acceptance.accept(file, choice, actor=STAFF, now=timezone.now())
    assert isinstance(answer, Refusal)
    assert answer.code == "scope.range"


def test_an_account_that_was_not_asked_for_is_none_to_choose(w: World) -> None:
    (file,) = from_the_coop(asked(w), PAPER)
    choice = Choice("bill", date(2025, 10, 1), date(2025, 10, 21), by_eye=True, account=w.customer.id)
    answer = acceptance.accept(file, choice, actor=STAFF, now=timezone.now())
    assert isinstance(answer, Refusal)
    assert answer.code == UNCHOSEN


def test_what_the_paper_names_counts_more_than_what_a_person_chose(w: World) -> None:
    (file,) = from_the_coop(asked(w), paper.bill(account=SECOND, name="PAT MEMBER", address="2 Example Road"))
    assert "Of which account it is" not in page_of(file)
    accept(file, account=str(of(ACCOUNT).id))
    assert (file.state, file.account) == ("accepted", of(SECOND))


@pytest.mark.parametrize("number", [ACCOUNT, SECOND])
def test_a_second_person_agrees_to_that_account_and_no_other(w: World, number: str) -> None:
    (file,) = attached(asked(w), PAPER)
    accept(file, by_eye="on", account=str(of(SECOND).id))
    approval = Approval.objects.get()
    assert approval.params["account"] == str(of(SECOND).id)
    officer = person(Role.OFFICER)
    page = signed_in(Role.OFFICER).get(f"/console/approvals/{approval.id}/").content.decode()
    assert f"the one ending {SECOND[-4:]}" in page
    decide.approve(approval.id, approver=Actor("s", officer.id, role="officer"), now=timezone.now())
    assert f'value="{of(SECOND).id}" selected' in page_of(file)
    accept(file, by_eye="on", account=str(of(number).id))
    if number == SECOND:
        assert (file.state, file.account) == ("accepted", of(SECOND))
    else:
        assert (file.state, Approval.objects.count()) == ("quarantined", 2)


@pytest.fixture
def alike(sqlite_db: str, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A permission over two accounts that end in the same digits."""
    monkeypatch.setattr(upload_world, "SECOND", f"7399{ACCOUNT[-4:]}")
    with coop(tmp_path, settings):
        yield upload_world.with_two_accounts()[0]


def test_accounts_that_end_alike_are_told_apart_by_both_people(alike: World) -> None:
    first, second = alike.consent.accounts.order_by("id")
    assert first.last_four == second.last_four
    (file,) = attached(asked(alike, upload_world.SECOND), PAPER)
    page = page_of(file)
    for each in (first, second):
        assert f"ending {each.last_four} (id {str(each.id)[:8]}), 2 Example Road" in page
    accept(file, by_eye="on", account=str(second.id))
    approval = Approval.objects.get()
    page = signed_in(Role.OFFICER).get(f"/console/approvals/{approval.id}/").content.decode()
    assert f"the one ending {second.last_four} (id {str(second.id)[:8]})" in page
    assert f"the one ending {first.last_four} (id {str(first.id)[:8]})" not in page
