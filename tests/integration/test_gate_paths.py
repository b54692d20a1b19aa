"""What somebody wrote into a path is read, whatever signs it is made of; and our own addresses pass."""

import random
import secrets
from typing import Any

import pytest
from django.test import Client, RequestFactory

from broker import looking
from broker.audit.log import LogUnavailable
from broker.inlets import incidents
from broker.inlets.logs import written_in
from broker.inlets.models import Refused
from broker.inlets.parts import ADDRESS, parts
from broker.looking import look
from tests.completeness.routes import places
from tests.requests_world import events

SECRET = "Zebra77Quokka"
WORDS = f"password-is-{SECRET}"
PLACES = (
    f"/share/with/{WORDS}/",
    f"/nowhere/my-SmartHub-{WORDS}",
    f"/nowhere/my/SmartHub/password/is/{SECRET}/",
    f"/v/my-{WORDS}",
    f"/desk/my_{WORDS}",
    f"/offers/{WORDS}/",
    f"/problems/{WORDS}",
    f"/deleted/my-SmartHub-{WORDS}/",
    f"/share/open/my-SmartHub-{WORDS}/",
    f"/log/tile/0/{WORDS}",
    f"/api/v1/{WORDS}",
    f"/admin/parties/customer/{WORDS}/change/",
    "/share/with/pw-Bluebird77/",
    "/my/pin-448812/",
)


@pytest.mark.parametrize("path", ["/", "/admin/", "/nowhere/"])
def test_the_name_of_a_forms_token_hides_nothing_in_an_address(sqlite_db: str, path: str) -> None:
    answer = Client().get(path, {"csrfmiddlewaretoken": f"my SmartHub password is {SECRET}"})
    assert answer.status_code == 403
    assert SECRET not in answer.content.decode() + str(answer.headers)


@pytest.mark.parametrize("path", PLACES)
def test_words_in_a_path_are_refused_and_not_repeated(sqlite_db: str, path: str) -> None:
    answer = Client().get(path)
    assert answer.status_code == 403
    assert not any(each in answer.content.decode() for each in (SECRET, "Bluebird77", "448812"))
    row = Refused.objects.get()
    assert (row.part, row.inlet) == (ADDRESS, "url_param")
    assert events("gate.refused")


@pytest.mark.parametrize("away", [LogUnavailable, RuntimeError])
def test_nor_where_the_refusal_cannot_be_written_or_the_engine_breaks(
    sqlite_db: str, monkeypatch: pytest.MonkeyPatch, away: type[Exception]
) -> None:
    def gone(*_args: Any, **_more: Any) -> None:
        raise away

    monkeypatch.setattr(*((incidents, "record") if away is LogUnavailable else (looking, "scan")), gone)
    answer = Client().get(PLACES[0])
    assert answer.status_code == 503
    assert SECRET not in answer.content.decode()


@pytest.mark.parametrize("path", ["/share/with/nobody-of-this-name/", "/nowhere/some-words/", "/problems/no-such-code"])
def test_an_address_of_no_page_is_none_to_come_back_to(sqlite_db: str, path: str) -> None:
    answer = Client().get(path)
    assert answer.status_code == 404
    assert path.strip("/").rpartition("/")[2] not in answer.content.decode()
    assert 'name="next" value="/"' in answer.content.decode()


def test_every_address_of_ours_passes() -> None:
    for view, path in places(""):
        found = [part for part in parts(RequestFactory().get(path), view) if look(part.text, part.inlet)]
        assert not found, path


@pytest.mark.parametrize(
    "path",
    [
        "/wp-login.php",
        "/.well-known/change-password",
        "/apple-touch-icon-precomposed.png",
        "/reset-password/",
        "/share/with/acme-solar-2/",
        "/offers/obec/",
        "/problems/channel.forbidden.credentials",
        "/log/tile/0/x001/234",
        "/v/7K3M-9QX2",
        "/desk/R-7K3M9QX2",
        "/favicon.ico",
        "/phpmyadmin/index.php",
    ],
)
def test_what_browsers_and_crawlers_ask_for_passes(sqlite_db: str, path: str) -> None:
    assert Client().get(path).status_code != 403
    assert not events("gate.refused")


def test_our_tokens_and_codes_are_no_words() -> None:
    drawn, alphabet = random.Random(7), "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
    for _ in range(150):
        token = secrets.token_urlsafe(32)
        code = "".join(drawn.choices(alphabet, k=4)) + "-" + "".join(drawn.choices(alphabet, k=4))
        for path, view in ((f"/stop/{token}/letter.pdf", "stop-letter"), (f"/v/{code}", "verify-code")):
            found = [part for part in parts(RequestFactory().get(path), view) if look(part.text, part.inlet)]
            assert not found, path


def test_what_an_address_of_ours_names_is_not_written_by_anybody() -> None:
    assert written_in("/share/with/acme/") == ["acme"]
    assert written_in("/my/00000000-0000-0000-0000-000000000005/stop/") == []
    assert written_in("/nowhere/my/") == ["nowhere"]
