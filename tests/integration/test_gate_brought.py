"""Files that nobody asked for are opened by nobody, and those that somebody asked for in bounded time.

Nothing here waits for a clock: what is asked is whether a file was opened, how often, and what the answer is.
"""

import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory
from django.urls import resolve, reverse

from broker import sandbox
from broker.inlets import brought, middleware
from broker.inlets.models import Refused
from broker.parties.models import Role
from broker.parties.staff import create_user
from broker.sandbox import budget
from tests.integration.test_gate_files import SECRET, noted, pdf
from tests.recipients_world import browser_of
from tests.requests_world import ACTOR, events
from tests.unit.test_sandbox_budget import clock

__all__ = ["clock"]

TOKEN = "c" * 32
CLEAN = {"texts": ["Statement of October"], "whole": True, "files": []}
STRANGE = ("/", "/nowhere/", "/login/", "/my/sign-in/", "/share/with/acme/", "/api/v1/data-requests", "/api/v1/none")


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the sandbox was asked to do; each file is clean."""
    calls: list[str] = []

    def call(name: str, _payload: object, **_limits: object) -> dict[str, Any]:
        calls.append(name)
        budget.left()
        return CLEAN

    monkeypatch.setattr(sandbox, "call", call)
    return calls


def post(path: str, *files: str, field: str = "file", token: str = TOKEN, client: Client | None = None) -> Any:
    """A browser's form with PDFs, each of this name."""
    client = client or Client(enforce_csrf_checks=True)
    client.cookies["csrftoken"] = TOKEN
    data = [SimpleUploadedFile(name, pdf(), "application/pdf") for name in files or ("a.pdf",)]
    return client.post(path, {field: data, "csrfmiddlewaretoken": token})


@pytest.mark.parametrize("path", STRANGE)
def test_no_file_is_opened_for_a_page_that_takes_none(sqlite_db: str, opened: list[str], path: str) -> None:
    assert post(path).status_code == 400
    assert post(path, token="").status_code == 400
    assert opened == []
    assert not events("gate.unchecked")


def test_nothing_of_such_a_file_is_kept_or_said_but_its_name_is_read(sqlite_db: str, opened: list[str]) -> None:
    file = SimpleUploadedFile("bill.pdf", pdf(noted), "application/pdf")
    answer = Client().post("/nowhere/", {"file": file})
    assert (answer.status_code, SECRET in answer.content.decode(), Refused.objects.count()) == (400, False, 0)
    for said in ("We could not read what was sent", "No pudimos leer lo que se envió", "Nothing was saved"):
        assert said in answer.content.decode()
    assert post("/nowhere/", f"smarthub password {SECRET}.pdf").status_code == 403
    assert Refused.objects.get().part == "file name in file"
    assert opened == []


@pytest.mark.parametrize("path", ["/check/", "/v/file/"])
def test_a_form_of_another_sites_page_has_no_file_opened(sqlite_db: str, opened: list[str], path: str) -> None:
    assert post(path, token="").status_code == 403
    assert post(path, token="d" * 32).status_code == 403
    assert opened == []
    assert not events("gate.refused")


def test_a_file_in_a_field_that_the_page_has_not_is_not_opened(sqlite_db: str, opened: list[str]) -> None:
    assert post("/check/", field="other").status_code == 400
    assert post("/check/", field="Other words").status_code == 400
    assert post("/check/", "a.pdf", "b.pdf").status_code == 400  # it takes one
    assert opened == []


def strangers_pages() -> list[str]:
    given = {"admin:request-heard": 1, "admin:request-yes": 1, "console-demand-subjects": 1, "my-share-file": 1}
    found = []
    for page, _field in brought.FIELDS:
        if page in brought.FOR_ALL:
            continue
        if page == "desk-act":
            found.append(reverse(page, args=[uuid.UUID(int=5), "files"]))
        elif page == "console-profile":
            found.append(reverse(page, args=["obec"]))
        elif page in given or page == "my-prove":
            found.append(reverse(page, args=[uuid.UUID(int=5)]))
        else:
            found.append(reverse(page))
    return found


@pytest.mark.parametrize("path", strangers_pages())
def test_a_strangers_file_is_not_opened_for_a_page_that_is_not_for_him(
    sqlite_db: str, opened: list[str], path: str
) -> None:
    field = next(each for page, each in brought.FIELDS if page == _name(path))
    answer = post(path, field=field)
    assert answer.status_code in (302, 403, 404, 410)
    assert opened == []
    assert not events("gate.refused")


def _name(path: str) -> str:
    return resolve(path).view_name


def test_the_page_of_the_sign_in_makes_nobody_known(sqlite_db: str, opened: list[str]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.get("/login/")  # it keeps a question for the passkey
    assert Session.objects.count() == 1
    assert post("/console/search/", client=client).status_code == 302
    assert opened == []


def test_whoever_signed_in_has_it_read_where_a_page_takes_one(sqlite_db: str, opened: list[str]) -> None:
    client = browser_of(create_user("olga", "Olga", Role.OFFICER, password=None, actor=ACTOR))
    post("/console/search/", client=client)
    assert len(opened) == 1


def test_a_page_for_all_has_its_file_read_before_it_sees_it(sqlite_db: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies["csrftoken"] = TOKEN
    sent = {"file": SimpleUploadedFile("a.pdf", pdf(noted)), "csrfmiddlewaretoken": TOKEN}
    answer = client.post("/check/", sent)
    assert answer.status_code == 403
    assert Refused.objects.get().part == "file in file"


def test_what_takes_too_long_is_not_taken(
    sqlite_db: str, monkeypatch: pytest.MonkeyPatch, clock: Callable[[float], None]
) -> None:
    def slow(*_args: object, **_limits: object) -> dict[str, Any]:
        clock(brought.OF_STRANGERS + 1)
        return CLEAN

    monkeypatch.setattr(sandbox, "call", slow)
    answer = post("/check/")
    assert answer.status_code == 503
    assert answer["Retry-After"]
    assert len(events("gate.unchecked")) == 1


def test_the_files_of_a_request_have_one_time_together(
    sqlite_db: str, monkeypatch: pytest.MonkeyPatch, clock: Callable[[float], None]
) -> None:
    monkeypatch.setitem(brought.FIELDS, ("check", "file"), brought.SEVERAL)
    opened = []

    def slow(name: str, *_args: object, **_limits: object) -> dict[str, Any]:
        opened.append(name)
        clock(brought.OF_STRANGERS / 3 + 0.1)
        return CLEAN

    monkeypatch.setattr(sandbox, "call", slow)
    assert post("/check/", *(f"{number}.pdf" for number in range(12))).status_code == 503
    assert len(opened) == 3


def test_text_is_read_in_the_same_time(
    sqlite_db: str, monkeypatch: pytest.MonkeyPatch, clock: Callable[[float], None]
) -> None:
    looked = []

    def slow(text: str, _inlet: str) -> None:
        if text.startswith("date,kwh"):
            looked.append(text)
            clock(brought.OF_STRANGERS)

    monkeypatch.setitem(brought.FIELDS, ("check", "file"), brought.SEVERAL)
    monkeypatch.setattr(middleware, "look", slow)
    files = [SimpleUploadedFile(f"{number}.csv", b"date,kwh\n2026-10-01,4\n") for number in range(8)]
    assert Client().post("/check/", {"file": files}).status_code == 503
    assert len(looked) == 1


@pytest.fixture
def full() -> Iterator[None]:
    """Others have files read here, and as many wait as may."""
    places = brought.READ_AT_ONCE + brought.IN_LINE
    for _ in range(places):
        assert brought._room.line.acquire(blocking=False)
    yield
    for _ in range(places):
        brought._room.line.release()


def test_while_others_have_files_read_nobody_waits_in_a_long_line(
    sqlite_db: str, opened: list[str], full: None
) -> None:
    assert post("/check/").status_code == 503
    assert opened == []
    assert not events("gate.unchecked")  # an entry for each would fill the log
    assert Client().get("/health").status_code == 200
    assert Client().post("/login/", {"username": "nobody", "password": "x"}).status_code == 200


def test_strangers_leave_a_place_for_whoever_is_known() -> None:
    stranger, known = RequestFactory().post("/check/"), RequestFactory().post("/check/")
    stranger.user, known.user = AnonymousUser(), AnonymousUser()
    stranger.session, known.session = SessionStore(), SessionStore()
    known.session.update(dict.fromkeys(brought.PROVEN, "x"))
    with brought.turn(stranger):
        with pytest.raises(brought.Busy), brought.turn(stranger):
            pytest.fail("a second stranger has files read")
        with brought.turn(known):
            pass


def test_a_page_that_reads_by_itself_leaves_a_thread_to_all_others() -> None:
    known = RequestFactory().post("/my/7/file/")
    known.user, known.session = AnonymousUser(), SessionStore()
    known.session.update(dict.fromkeys(brought.PROVEN, "x"))
    with ExitStack() as turns:
        for _ in range(brought.READ_AT_ONCE + brought.IN_LINE):
            turns.enter_context(brought.turn(known, by_page=True))
            assert (budget.left() or 0) > brought.OF_KNOWN  # and has an end of its own
        with pytest.raises(brought.Busy), brought.turn(known, by_page=True):
            pytest.fail("there is no thread left")
    with brought.turn(known, by_page=True):
        pass


def test_a_place_is_free_again_whatever_came_of_it(sqlite_db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object, **_limits: object) -> dict[str, Any]:
        raise sandbox.OutOfTime

    monkeypatch.setattr(sandbox, "call", broken)
    for _ in range(brought.READ_AT_ONCE + brought.IN_LINE + 1):
        post("/check/")
    assert len(events("gate.unchecked")) == brought.READ_AT_ONCE + brought.IN_LINE + 1


def test_a_form_with_too_many_fields_or_files_is_too_large(sqlite_db: str, settings: Any) -> None:
    fields = {f"f{number}": "x" for number in range(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1)}
    assert Client().post("/login/", fields).status_code == 413
    files = [SimpleUploadedFile("a.csv", b"x") for _ in range(settings.DATA_UPLOAD_MAX_NUMBER_FILES + 1)]
    assert Client().post("/check/", {"file": files}).status_code == 413
