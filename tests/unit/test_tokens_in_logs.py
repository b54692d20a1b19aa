"""No token of the URLconf reaches a log line: every address that takes free text is walked."""

import re

import pytest
from django.urls import get_resolver

from broker.demo.gunicorn_conf import AccessLog
from broker.inlets.logs import redact
from tests.completeness.routes import every_pattern

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
    """What the access log writes of a path; the rest of the line is gunicorn's own."""
    from gunicorn.glogging import Logger

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Logger, "atoms", lambda *_args: {"m": "GET"})
        return str(log.atoms(None, None, environ, None)["U"])


@pytest.mark.parametrize("path", ["/v/letter/", "/v/letter/released/", "/v/how/", "/v/seal-root.pem", "/holder/code/"])
def test_our_own_words_stay_readable(path: str) -> None:
    assert redact(f"GET {path} 200") == f"GET {path} 200"
