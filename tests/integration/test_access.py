""" "Who saw my data" equals the log filtered by the customer, and shows nothing that is not hers."""

import csv
import io
import re
import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from broker.audit.words import ACTS, PURPOSES
from broker.parties.directory import enrol_organisation
from broker.parties.models import Role, User
from broker.terms import SERVICE, Actor
from consents import access, access_table, access_words
from consents.access_words import BOOK_KEEPING, KINDS, WORDS
from tests.integration.access_support import SECRETS, Case, case, events_about
from tests.requests_world import events

JOINT = Actor("c", uuid.UUID(int=77))
# Acts of other shapes: they carry a key or a lane's tail and cannot be written about a customer at all.
SHAPED = {"key.shred", "key.hold", "key.release", "lane.close", "lane.dead", "alarm.lane", "alarm.ack"}


@pytest.fixture
def her(committing: str) -> Case:
    return case()


def text(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


# --- the same as the log ------------------------------------------------------------------------------------------


def test_every_act_is_classified_by_somebody_who_looked_at_it() -> None:
    assert set(ACTS) - set(WORDS) - set(BOOK_KEEPING) == set()
    assert set(WORDS) & set(BOOK_KEEPING) == set()
    assert (set(WORDS) | set(BOOK_KEEPING)) - set(ACTS) == set()
    assert all(len(why) > 10 for why in BOOK_KEEPING.values())


def test_an_act_that_nobody_has_classified_is_shown_and_not_left_out() -> None:
    assert access_words.says("hold.invented") == access_words.UNCLASSIFIED


def test_every_purpose_of_the_log_has_words_for_her() -> None:
    from broker.terms import PURPOSES as CUSTOMERS

    assert PURPOSES - set(CUSTOMERS) - set(access_words.OWN_PURPOSES) == set()


def test_s10_the_rows_are_the_log_filtered_by_the_customer(her: Case) -> None:
    for act in sorted(set(ACTS) - SHAPED):
        her.write(act, actor=her.app(), res="denied" if act.endswith("refused") else "ok")
    rows = her.rows()
    about = events_about(her.customer_id)
    assert {row.event for row in rows} == {event for event, act in about.items() if act not in BOOK_KEEPING}
    assert {row.act for row in rows} >= set(WORDS) - SHAPED
    assert [row.at for row in rows] == sorted((row.at for row in rows), reverse=True)
    assert all(row.what and row.kind in KINDS and row.result for row in rows)


def test_opening_the_page_is_one_event_and_stands_in_the_list(her: Case) -> None:
    before = len(events("log.read"))
    page = her.get()
    assert len(events("log.read")) == before + 1
    assert "You looked at this list" in text(page)
    assert page["Cache-Control"].startswith("max-age=0")


def test_nothing_of_another_customer_is_in_the_list(her: Case) -> None:
    from broker.audit import log

    other = log.append("data.read", actor=her.app(), subject=uuid.uuid4(), body={"data_types": ["bill"]})
    assert other.id not in {row.event for row in her.rows()}


def test_without_a_log_there_is_no_list(her: Case, monkeypatch: Any) -> None:
    from broker.audit import log

    def broken(*_args: Any, **_kwargs: Any) -> None:
        raise log.LogUnavailable("gone")

    monkeypatch.setattr(log, "append_read", broken)
    for path in ("/my/access/", "/my/access/list.csv", "/my/access/5/ask/"):
        assert her.browser.get(path).status_code == 503


def test_strangers_are_asked_for_their_address(her: Case) -> None:
    for path in ("/my/access/", "/my/access/list.csv", "/my/access/report/2026/", "/my/access/5/ask/"):
        assert Client().get(path)["Location"] == "/my/sign-in/"


# --- who ----------------------------------------------------------------------------------------------------------


def who_of(her: Case, ref: Any) -> str:
    return next(row.who.name for row in her.rows() if row.event == ref.id)


@pytest.mark.parametrize(
    ("role", "shown"),
    [
        ("staff", "Our records team"),
        ("officer", "Our compliance officer"),
        ("approver", "Our approver"),
        ("operator", "Our operator"),
    ],
)
def test_people_who_work_here_appear_by_their_role(her: Case, role: str, shown: str) -> None:
    ref = her.write("file.read", actor=her.person(role))
    assert who_of(her, ref) == shown
    page = her.get().content.decode()
    assert "Nobody Shown" not in page
    assert f"{role}-one" not in page
    assert str(her.user(role).id) not in page


def test_applications_and_analysts_appear_by_their_organisation(her: Case) -> None:
    asked = her.write("data.read", actor=her.app())
    organisation = her.world.organisation
    analyst = User.objects.create_user("ann", full_name="Ann Shown", role=Role.ANALYST, organisation=organisation)
    looked = her.write("data.viewed", actor=Actor("s", analyst.id, role="analyst"))
    assert who_of(her, asked) == "Acme Advisors (Rate check)"
    assert who_of(her, looked) == "Acme Advisors"


def test_services_strangers_and_she_herself(her: Case) -> None:
    shown = {
        who_of(her, her.write("mail.read", actor=SERVICE("notices"))),
        who_of(her, her.write("auth.foreign", actor=Actor("x", uuid.uuid4()), res="denied")),
        who_of(her, her.write("consent.revoked", actor=Actor("c", her.customer_id))),
        who_of(her, her.write("consent.confirmed", actor=JOINT)),
        who_of(her, her.write("data.read", actor=Actor("a", uuid.uuid4()))),
    }
    assert shown == {"Our service", "Somebody unknown", "You", "Joint member", "An application"}


# --- what is never shown ------------------------------------------------------------------------------------------


def test_nobody_elses_secrets_come_through_whatever_a_body_holds(her: Case) -> None:
    from broker.vault import blind_index

    email, address, note, name, account, street = SECRETS
    body: dict[str, object] = {
        "why": note, "note": note, "reason": note, "remark": note, "email": email, "to": email, "from": email,
        "ip": address, "agent": note, "signer": name, "name": name, "number": account, "service_address": street,
        "channel": note, "as": note, "purpose": note, "page": note, "codes": [note, email], "fields": [email, name],
        "data_types": [note, name], "nearest": [{"data_type": note, "channel": email}, note, {"data_type": "bill"}],
        "host": address, "reply": note, "application": note, "recipient_name": name, "consents": [account],
        "old": {"email": email}, "new": [street],
    }  # fmt: skip
    actors = (JOINT, Actor("s", uuid.uuid4()), her.app(), SERVICE("x"), Actor("x", uuid.uuid4()))
    for act in sorted(set(WORDS) - SHAPED):
        for actor in actors:
            her.write(act, actor=actor, body=body, res="denied")
    assert blind_index("email", email)
    pages = [her.get(page=n).content.decode() for n in range(1, 9)]
    pages += [her.get("/my/access/list.csv").content.decode()]
    pages += [her.get(f"/my/access/{her.rows()[-1].event}/ask/").content.decode()]
    assert not [secret for secret in SECRETS for page in pages if secret in page]
    assert not [page for page in pages if str(JOINT.id) in page]
    assert any("Joint member" in page for page in pages)


# --- why, how, result ---------------------------------------------------------------------------------------------


def row_of(her: Case, ref: Any) -> access.AccessRow:
    return next(row for row in her.rows() if row.event == ref.id)


def test_a_refusal_says_why_and_what_would_be_permitted(her: Case) -> None:
    body = {
        "data_types": ["usage_15min"],
        "from": "2026-01-01",
        "to": "2026-03-01",
        "codes": ["scope.data_type"],
        "nearest": [
            {"data_type": "usage_daily", "channel": "manual_request", "from": "2026-01-01", "to": "2026-03-01"}
        ],
    }
    her.write("pull.decided", actor=her.app(), purpose="rate_comparison", res="denied", body=body)
    page = text(her.get())
    for part in (
        "Asked for your data : 15-minute use; January 1, 2026 to February 28, 2026",
        "To compare electric rates and find the one that fits best",
        "Not given : you did not agree to this kind of data",
        "What would be permitted: Daily use: A letter to your co-op, answered by e-mail",
    ):
        assert part.replace(" :", ":") in page.replace(" :", ":")


def test_a_read_says_what_for_and_where_the_data_came_from(her: Case) -> None:
    ref = her.write(
        "data.read",
        actor=her.app(),
        purpose="rate_comparison",
        body={"data_types": ["usage_daily"], "channel": "manual_request", "codes": []},
    )
    row = row_of(her, ref)
    assert (row.detail, row.how, row.result) == ("Daily use", "A letter to your co-op, answered by e-mail", "Given")
    assert row.given


def test_a_failure_is_neither_done_nor_refused(her: Case) -> None:
    assert row_of(her, her.write("nectar.failed", res="error")).result == "Did not work"


def test_days_that_are_no_days_are_left_out(her: Case) -> None:
    for first, end in (("2026-02-30", "2026-03-01"), ("2026-03-01", "2026-03-01"), (5, None), ("x" * 10, "y" * 10)):
        assert row_of(her, her.write("data.read", body={"from": first, "to": end})).detail == ""


# --- a gag --------------------------------------------------------------------------------------------------------


@pytest.fixture
def gag(monkeypatch: Any) -> Any:
    orders: dict[int, datetime] = {}
    monkeypatch.setattr(access, "_hiders", [])
    access.hide(lambda _subject, now: {event for event, end in orders.items() if now < end})
    return orders


def test_a_gag_hides_a_row_only_until_its_end(her: Case, gag: Any) -> None:
    pack = her.write("admin.export", actor=her.person("officer"), purpose="legal_obligation")
    gag[pack.id] = timezone.now() + timedelta(hours=1)
    assert pack.id not in {row.event for row in her.rows()}
    assert "evidence pack" not in text(her.get())
    assert "evidence pack" not in her.get("/my/access/list.csv").content.decode()
    her.get(f"/my/access/{pack.id}/ask/", status=404)
    gag[pack.id] = timezone.now()
    assert "An evidence pack with entries about you was made" in text(her.get())


def test_a_gag_never_hides_what_a_recipient_or_she_herself_did(her: Case, gag: Any) -> None:
    refs = [her.write("data.read", actor=her.app()), her.write("consent.revoked", actor=Actor("c", her.customer_id))]
    gag.update({ref.id: timezone.now() + timedelta(hours=1) for ref in refs})
    assert {ref.id for ref in refs} <= {row.event for row in her.rows()}


def test_where_orders_cannot_be_read_nothing_is_shown_and_nothing_left_out(her: Case, monkeypatch: Any) -> None:
    def broken(_subject: uuid.UUID, _now: datetime) -> set[int]:
        raise RuntimeError("register unreadable")

    monkeypatch.setattr(access, "_hiders", [broken])
    her.browser.raise_request_exception = False
    assert her.browser.get("/my/access/").status_code == 500
    with pytest.raises(RuntimeError):
        her.rows()


def test_a_provider_is_registered_once(monkeypatch: Any) -> None:
    monkeypatch.setattr(access, "_hiders", [])

    def provider(_subject: uuid.UUID, _now: datetime) -> set[int]:
        return set()

    access.hide(provider)
    access.hide(provider)
    assert access._hiders == [provider]


# --- filters, groups, pages ---------------------------------------------------------------------------------------


def test_filters_choose_by_who_what_and_month(her: Case) -> None:
    enrol_organisation(
        "beta", "Beta Audits", actor=SERVICE("tests"), now=timezone.now(), address="x", contact_email="b@beta.example"
    )
    her.write("data.read", actor=her.app())
    her.write("data.read_refused", actor=her.app(), res="denied", body={"codes": ["consent.revoked"]})
    her.write("letter.sent")
    month = f"{timezone.now():%Y-%m}"
    assert "Saw your data" in text(her.get(who="o-acme"))
    assert "Your signed letter was sent" not in text(her.get(who="o-acme")).partition("The list")[2]
    refused = text(her.get(what="refused")).partition("Questions")[2]
    assert "Tried to see your data" in refused
    assert "Saw your data" not in refused
    assert "Saw your data" in text(her.get(month=month, what="seen"))
    companies = text(her.get(what="companies")).partition("Questions")[2]
    assert "Saw your data" in companies
    assert "Your signed letter was sent" not in companies
    assert "Tried to see your data" not in companies
    assert text(her.get()).index("Companies saw your data: 1 time") < text(her.get()).index("Everything that was asked")
    for stale in ({"who": "o-beta"}, {"what": "x"}, {"month": "1999-01"}, {"page": "0"}, {"upto": "x"}):
        assert "Your signed letter was sent" in text(her.get(**stale)), "the whole list"
    her.get(status=404, page="99")


def test_what_is_repeated_on_one_day_is_one_line_with_all_its_moments(her: Case) -> None:
    for _ in range(4):
        her.write("data.read", actor=her.app(), body={"data_types": ["bill"]})
        her.write("data.read", actor=her.app(), body={"data_types": ["usage_daily"]})
    page = text(her.get(who="o-acme"))
    assert page.count("4 times on this day") == 2
    assert page.count("Ask about this") == 2


def test_pages_stand_still_while_the_log_grows(her: Case) -> None:
    for n in range(120):
        her.write(
            "data.read", actor=her.app(), body={"from": "2026-01-01", "to": f"2026-0{n // 25 + 2}-{n % 25 + 2:02}"}
        )
    first = her.get().content.decode()
    older = re.search(r'href="\?([^"]*page=2)#list"', first)
    assert older is not None
    query = dict(part.split("=", 1) for part in older[1].replace("&amp;", "&").split("&"))
    for _ in range(30):
        her.write("letter.read", body={"why": "sealing"})
    asked = re.compile(r"/my/access/(\d+)/ask/")
    pages = [
        set(asked.findall(first)),
        *(set(asked.findall(her.get(**{**query, "page": n}).content.decode())) for n in (2, 3)),
    ]
    assert not pages[0] & pages[1]
    assert not pages[1] & pages[2]
    about = {row.event: row for row in her.rows() if row.act == "data.read"}
    assert len({int(each) for page in pages for each in page} & set(about)) == 120


def test_the_picture_has_its_numbers_beside_it(her: Case) -> None:
    her.write("data.read", actor=her.app())
    her.write("data.read_refused", actor=her.app(), res="denied")
    page = her.get().content.decode()
    assert page.count('width="34"') == 2  # one month so far, in two parts
    assert re.search(r"<th scope=\"row\">[A-Z][a-z]+ \d{4}</th><td>1</td><td>\d+</td><td>1</td>", page)


def test_months_go_back_to_her_first_entry_and_no_further_than_a_year(her: Case) -> None:
    zone, row = ZoneInfo("America/Chicago"), her.rows()[0]
    at = [datetime(2026, month, 15, tzinfo=UTC) for month in (3, 1)]
    others = [replace(row, at=each, who=access.Who("service", "x"), given=each.month == 3) for each in at]
    counted = access_table.months(others, zone, last=date(2026, 4, 30))
    assert [(each.first.month, each.given, each.refused) for each in counted] == [
        (1, 0, 1),
        (2, 0, 0),
        (3, 1, 0),
        (4, 0, 0),
    ]
    assert next(each.first for each in access_table.months(others, zone, last=date(2027, 4, 1))) == date(2026, 5, 1)
    (high, *_rest) = access_table.bars(counted, height=120, step=50)
    assert (high.given_height, high.refused_height, high.refused_y) == (0, 120, 0)


def test_the_month_of_an_entry_is_the_local_one(her: Case) -> None:
    assert access_table.month_of(datetime(2026, 3, 1, 5, 30, tzinfo=UTC), ZoneInfo("America/Chicago")) == "2026-02"


def test_when_only_she_was_here_the_page_says_so(her: Case) -> None:
    assert "Nobody but you has asked yet." in text(her.get())
    her.write("data.read", actor=her.app())
    assert "Nobody but you has asked yet." not in text(her.get())


# --- the copy -----------------------------------------------------------------------------------------------------


def test_the_copy_is_the_same_list_and_an_event_itself(her: Case) -> None:
    her.write("data.read", actor=her.app(), body={"data_types": ["bill"]})
    answer = her.get("/my/access/list.csv", who="o-acme")
    assert len(events("log.exported")) == 1
    assert answer["Content-Disposition"] == 'attachment; filename="who-saw-my-data.csv"'
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0][:4] == ["When", "Who", "What", "Details"]
    assert [row[1:4] for row in rows[1:]] == [["Acme Advisors (Rate check)", "Saw your data", "Bills"]]
    everything = list(csv.reader(io.StringIO(her.get("/my/access/list.csv").content.decode("utf-8-sig"))))
    about = events_about(her.customer_id)
    assert {int(row[-1]) for row in everything[1:]} == {e for e, act in about.items() if act not in BOOK_KEEPING}


def test_no_cell_of_the_copy_is_a_formula(her: Case) -> None:
    evil = enrol_organisation(
        "evil", '=HYPERLINK("x")', actor=SERVICE("t"), now=timezone.now(), address="x", contact_email="e@evil.example"
    )
    analyst = User.objects.create_user("eve", full_name="E", role=Role.ANALYST, organisation=evil)
    her.write("data.viewed", actor=Actor("s", analyst.id, role="analyst"))
    assert '"\'=HYPERLINK(""x"")"' in her.get("/my/access/list.csv", who="o-evil").content.decode()


def test_the_moment_of_a_row_is_the_moment_of_its_event(her: Case) -> None:
    before = datetime.now(UTC)
    ref = her.write("data.read", actor=her.app())
    assert before - timedelta(seconds=1) <= row_of(her, ref).at <= datetime.now(UTC)
