"""No token of the URLconf reaches a log line: every address that takes free text is walked."""

import logging
import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.test import RequestFactory
from django.urls import get_resolver
from gunicorn.http.errors import InvalidHeader, InvalidRequestLine, InvalidRequestMethod
from gunicorn.workers.gthread import ThreadWorker

from broker.demo.gunicorn_conf import AccessLog, Worker
from broker.inlets import logs
from broker.inlets.logs import RedactTokens, redact, shown
from tests.completeness.routes import every_pattern
from tests.install.guide import ROOT

TOKEN = "Qm8s7d6f5g4h3j2k1l-_Qm8s7d6f5g4h3j2k1l-_xyz"
_TEXT = re.compile(r"<(?:(?:str|path):)?(\w+)>")
_OTHER = re.compile(r"<(\w+):\w+>")
# Free text in an address that is no secret, and what it is.
PUBLIC = {
    "problems/<str:code>": "the code of a reason, which the documentation lists",
    "log/tile/<str:level>/<path:index>": "a tile of the public log",
}


def filled(place: str, value: str) -> str:
    other = {"int": "5", "uuid": "00000000-0000-0000-0000-000000000005", "slug": "some-name"}
    return "/" + _OTHER.sub(lambda found: other[found[1]], _TEXT.sub(value, place))


def secret_places() -> list[str]:
    found = {place for place, _pattern in every_pattern(get_resolver().url_patterns, "")}
    return sorted(
        place for place in found if _TEXT.search(place) and place not in PUBLIC and not place.startswith("admin/")
    )


def test_nginx_masks_behind_the_words_that_we_mask_behind() -> None:
    words = re.compile(r"\(\?:(open\|[a-z|]+)\)")
    (theirs,) = words.findall((ROOT / "deploy" / "nginx" / "broker.conf").read_text("utf-8"))
    (ours,) = words.findall(logs._TOKEN_PATH.pattern)
    assert "decide" in theirs.split("|")
    assert sorted(theirs.split("|")) == sorted(ours.split("|"))


def test_the_walk_meets_the_addresses_that_are_mailed_and_printed() -> None:
    wanted = {"share/open/<str:token>/", "holder/<str:token>/", "deleted/<str:token>/", "v/<str:code>"}
    assert wanted <= set(secret_places())


@pytest.mark.parametrize("place", secret_places())
def test_no_address_with_free_text_is_logged_with_it(place: str) -> None:
    value = "7K3M-9QX2" if "code" in place else TOKEN
    for line in (f"GET {filled(place, value)} 200", f"Not Found: {filled(place, value)}", f'"{filled(place, value)}"'):
        assert value not in redact(line)
        assert value[4:] not in redact(line)


@pytest.mark.parametrize("typed", ["7K3M-9QX2", "7k3m9qx2", "7K3M 9QX2", "7 K3 M9 QX2", "7K3M%209QX2"])
def test_a_code_is_masked_however_it_was_typed(typed: str) -> None:
    log = AccessLog.__new__(AccessLog)
    environ = {"PATH_INFO": f"/v/{typed}", "REQUEST_METHOD": "GET"}
    assert log_path(log, environ) == "/v/[code]"


def log_path(log: AccessLog, environ: dict[str, str]) -> str:
    """What the access log writes of a path."""
    answer = SimpleNamespace(status="200 OK", sent=0, headers=[])
    return str(log.atoms(answer, None, environ, timedelta(seconds=1))["U"])


@pytest.mark.parametrize("path", ["/v/letter/", "/v/letter/released/", "/v/how/", "/v/seal-root.pem", "/holder/code/"])
def test_our_own_words_stay_readable(path: str) -> None:
    assert redact(f"GET {path} 200") == f"GET {path} 200"


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ("/share/pw: Canary!1", "/share/[not shown]"),
        ("/share/pw%3A%20Canary%211/more", "/share/[not shown]"),
        ("/share/open/Qm8s7d6f5g4h3j2k1l/", "/share/open/[token]/"),
        ("/v/7K3M 9QX2", "/v/[code]"),
        ("/log/tile/0/x001/234", "/log/tile/0/x001/234"),
        ("/admin/parties/customer/", "/admin/parties/customer/"),
        ("/api/v1/consent-asks/my-portal-password-is-Canary1", "/api/v1/consent-asks/[not shown]"),
        ("/my-portal-password-is-Canary1", "/[not shown]"),
        ("/share/with/my-portal-password-is-Canary1", "/share/with/[not shown]"),
        ("/problems/pin-4711/", "/problems/[not shown]"),
        ("/log/tile/my-pin-is-4711/x001", "/log/tile/[not shown]"),
        ("/admin/password/Canary1/", "/admin/[not shown]"),
        ("/v/4711/", "/v/[not shown]"),
        ("/console/events/12884901942/", "/console/events/12884901942/"),
        ("/language/setlang/", "/language/setlang/"),
        ("", ""),
    ],
)
def test_a_part_of_a_path_that_somebody_wrote_is_not_shown(path: str, written: str) -> None:
    assert shown(path) == written


def filtered(name: str, message: str, *arguments: str, path: str = "/share/") -> logging.LogRecord:
    record = logging.LogRecord(
        name, logging.ERROR, "x", 1, message, arguments, (ValueError, ValueError("Canary!1"), None)
    )
    record.request = RequestFactory().get("/")
    record.request.path = path
    assert RedactTokens().filter(record)
    return record


def test_what_django_says_of_a_broken_request_does_not_repeat_it() -> None:
    said = filtered("django.request", "Not Found: %s", "/share/pw: Canary!1", path="/share/pw: Canary!1")
    assert said.getMessage() == "Not Found: /share/[not shown]"
    referer = "Referer checking failed - https://x/?pw=Canary!1 does not match any trusted origins."
    said = filtered("django.security.csrf", "Forbidden (%s): %s", referer, "/share/")
    assert (
        said.getMessage()
        == "Forbidden (Referer checking failed [not shown] does not match any trusted origins.): /share/"
    )
    said = filtered("django.security.DisallowedHost", "Invalid HTTP_HOST header: 'Canary!1'.\nYou may need to add it.")
    assert (said.getMessage(), said.exc_info) == ("Invalid HTTP_HOST header: [not shown]", None)


@pytest.mark.parametrize(
    "broken", [InvalidRequestMethod("Canary!1"), InvalidHeader("Canary!1"), InvalidRequestLine("Canary!1")]
)
def test_the_web_server_does_not_repeat_a_request_that_it_cannot_read(broken: Exception) -> None:
    said: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ThreadWorker, "handle_error", lambda _self, _req, _client, _addr, exc: said.append(str(exc)))
        Worker.__new__(Worker).handle_error(None, None, None, broken)
    assert "[not shown]" in said[0]
    assert "Canary" not in said[0]
