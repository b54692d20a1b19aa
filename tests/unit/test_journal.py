"""Lines of JSON: one object a line whatever is said, nothing that may not be read, and the id of the request."""

import json
import logging
import re
import sys
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError
from django.http import HttpResponse
from django.test import RequestFactory
from gunicorn.config import Config

from broker.demo import gunicorn_conf
from broker.inlets.journal import JsonLines, RequestIdMiddleware
from broker.inlets.logs import RedactTokens
from broker.operating.watching import exposition

TOKEN = "Qm8s7d6f5g4h3j2k1l-_Qm8s7d6f5g4h3j2k1l-_xyz"
GIVEN = "0123456789abcdef" * 2


def line(message: str, *arguments: object, error: BaseException | None = None) -> dict[str, str]:
    record = logging.LogRecord("tests", logging.WARNING, "", 1, message, arguments, None)
    if error is not None:
        try:
            raise error
        except type(error):
            record.exc_info = sys.exc_info()
    assert RedactTokens().filter(record)
    text = JsonLines().format(record)
    assert "\n" not in text
    found: dict[str, str] = json.loads(text)
    return found


def test_a_record_is_one_object_on_one_line() -> None:
    said = line('two\nlines and a "quote" for %s', "ñ")
    assert said["says"] == 'two\\nlines and a "quote" for ñ'
    assert (said["level"], said["who"]) == ("warning", "tests")
    assert said["at"].endswith("+00:00")
    assert set(said) == {"at", "level", "who", "says"}


def test_neither_a_message_nor_a_trace_shows_a_token() -> None:
    said = line(f"Not Found: /share/open/{TOKEN}/", error=ValueError(f"/stop/{TOKEN}/"))
    assert TOKEN[4:] not in json.dumps(said)
    assert (said["says"], said["error"]) == ("Not Found: /share/open/[token]/", "ValueError")
    assert "test_journal.py" in said["trace"]


def failing() -> None:
    """Fail as a database does that quotes the row."""
    try:
        raise KeyError("Failing row contains (Jane Vance)")
    except KeyError as error:
        raise IntegrityError("Key (username)=(jane.vance) already exists.") from error


def test_a_trace_names_places_and_kinds_of_errors_and_quotes_none() -> None:
    try:
        failing()
    except IntegrityError as error:
        said = line("It failed", error=error)
    assert "vance" not in json.dumps(said).lower()
    assert said["error"] == "IntegrityError"
    assert "failing" in re.findall(r"test_journal\.py:\d+ in (\w+)", said["trace"])
    assert [each for each in ("KeyError", "IntegrityError") if each in said["trace"]] == ["KeyError", "IntegrityError"]


@pytest.mark.parametrize(
    ("behind", "given", "taken"),
    [
        (True, GIVEN, True),
        (False, GIVEN, False),
        (True, "mine", False),
        (True, GIVEN.upper(), False),
        (True, "", False),
    ],
)
def test_only_our_own_proxy_names_a_request(settings: Any, behind: bool, given: str, taken: bool) -> None:
    settings.BEHIND_PROXY = behind
    inside: list[dict[str, str]] = []

    def view(_request: Any) -> HttpResponse:
        inside.append(line("inside"))
        return HttpResponse()

    answer = RequestIdMiddleware(view)(RequestFactory().get("/", headers={"X-Request-ID": given}))
    assert (answer.headers["X-Request-ID"] == given) is taken
    assert len(answer.headers["X-Request-ID"]) == 32
    assert inside[0]["request"] == answer.headers["X-Request-ID"]
    assert "request" not in line("afterwards")


def test_the_access_log_is_an_object_a_line_without_query_and_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gunicorn_conf, "AS_JSON", True)
    log = gunicorn_conf.AccessLog(Config())
    environ = {
        "PATH_INFO": f"/share/open/{TOKEN}/", "QUERY_STRING": "name=Vance", "REQUEST_METHOD": "GET",
        "RAW_URI": f"/share/open/{TOKEN}/?name=Vance", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1",
        "HTTP_USER_AGENT": 'an agent with a "quote"', "HTTP_REFERER": "https://elsewhere.example/?name=Vance",
    }  # fmt: skip
    answer = SimpleNamespace(status="200 OK", sent=12, headers=[("X-Request-ID", GIVEN)], response_length=12)
    request = SimpleNamespace(headers=[])
    atoms = log.atoms(answer, request, environ, timedelta(milliseconds=5))
    text = gunicorn_conf.JSON_LINE % log.atoms_wrapper_class(atoms)
    said = json.loads(text)
    assert (said["path"], said["status"], said["request"]) == ("/share/open/[token]/", 200, GIVEN)
    assert not [word for word in ("Vance", TOKEN[4:], "agent", "elsewhere") if word in text]
    assert [type(each.formatter) for each in log.error_log.handlers] == [JsonLines]


@pytest.mark.parametrize("word", ['a"b', "a b", "a\nb", "", "jane@example.org", "x" * 81])
def test_no_figure_bears_what_is_no_word(word: str) -> None:
    with pytest.raises(ValueError, match="is no word"):
        exposition.written([exposition.by("broker_things", "Things.", "state", {word: 1})])


def test_figures_are_written_as_the_format_has_it() -> None:
    written = exposition.written(
        [
            exposition.by("broker_things", "Things by state.", "state", {"b": 2, "a": 0.5}),
            exposition.of("broker_x", "X.", None),
            exposition.of("broker_y", "Y.", 123456789),
            exposition.of("broker_z", "Z.", 1764223456.25),
        ]
    )
    assert written == (
        "# HELP broker_things Things by state.\n# TYPE broker_things gauge\n"
        'broker_things{state="a"} 0.5\nbroker_things{state="b"} 2\n# HELP broker_x X.\n# TYPE broker_x gauge\n'
        "# HELP broker_y Y.\n# TYPE broker_y gauge\nbroker_y 123456789\n"
        "# HELP broker_z Z.\n# TYPE broker_z gauge\nbroker_z 1764223456.25\n"
    )
