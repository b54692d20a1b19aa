"""Every cell of the matrix is asked for real: who gets what at each address, by each method. Nothing is undeclared."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.authz import matrix, page
from tests.authz.asking import Asker
from tests.authz.paths import Place, places
from tests.authz.world import shared

SAMPLE = 16  # on PostgreSQL every so manieth row
DJANGOS = ("set_language",)  # views of Django's own, like those of the tables: another method is a look, or sends on
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
FOREIGN = {"other": "my", "rival": "recipient", "rival-key": "api"}
_CHANGING = re.compile(
    rb'nonce="[^"]*"|csrfmiddlewaretoken" value="[^"]*"|"trace_id":"[^"]*"|[0-9a-f]{8}-[0-9a-f-]{27}'
)


@pytest.fixture
def asker(django_db_setup: None, django_db_blocker: Any) -> Iterator[Asker]:
    with django_db_blocker.unblock():
        made = Asker(shared("sqlite"), "sqlite")
        yield made
        made.end()


def wrong(asker: Asker, rows: list[tuple[Place, matrix.Row]]) -> tuple[int, list[str]]:
    """Ask every cell of these rows; give how many, and those that were otherwise than declared."""
    asked, found = 0, []
    for place, row in rows:
        for actor, expected in row.cells.items():
            came, asked = asker.ask(place, row.method, actor), asked + 1
            if came != expected:
                found.append(f"{row.method} {place.pattern} ({row.name}) by {actor}: {came}, declared {expected}")
    return asked, found


def bare(body: bytes, path: str) -> bytes:
    """Give an answer without what is drawn anew each time and without the address that was asked for."""
    return _CHANGING.sub(b"", body.replace(path.encode(), b""))


def rows(area: str = "") -> list[tuple[Place, matrix.Row]]:
    """Give every address and method with its row; of one area, or all."""
    known = matrix.declared()
    found = [(place, matrix.row_of(place, method, known)) for place in places() for method in sorted(place.methods)]
    return [(place, row) for place, row in found if row is not None and area in ("", row.area)]


def test_no_address_or_method_is_undeclared_and_no_row_outlives_its_address() -> None:
    known = matrix.declared()
    there = {(place.name, method) for place in places() for method in place.methods}
    missing = [f"{method} {name}" for name, method in sorted(there - known.keys())]
    assert not missing, f"say in tests/authz/matrix.txt who may what: {missing}"
    assert not {(name.partition("/")[0], method) for name, method in known} - there


def test_the_matrix_has_as_many_cells_as_were_promised() -> None:
    assert sum(len(row.cells) for _place, row in rows()) >= 9_000


@pytest.mark.parametrize("area", [each.name for each in matrix.areas()])
def test_everybody_gets_what_is_declared(asker: Asker, area: str) -> None:
    asked, found = wrong(asker, rows(area))
    assert asked >= 26
    assert not found, "\n".join(found)


def test_a_sample_on_postgresql_too(django_db_setup: None, django_db_blocker: Any) -> None:
    with django_db_blocker.unblock():
        made = Asker(shared("postgresql"), "postgresql")
        try:
            asked, found = wrong(made, rows()[::SAMPLE])
        finally:
            made.end()
    assert asked > 500
    assert not found, "\n".join(found)


@pytest.mark.parametrize("actor", FOREIGN)
def test_what_is_anothers_answers_like_what_is_not_there(asker: Asker, actor: str) -> None:
    compared = 0
    for place, row in rows(FOREIGN[actor]):
        for parameter in place.objects() if row.cells[actor] == "404" else ():
            assert asker.ask(place, row.method, actor) == "404"
            foreign = bare(asker.body, place.path(asker.objects(actor)))
            path = place.path(asker.objects(actor), absent=parameter)
            assert asker.ask(place, row.method, actor, path=path) == "404", path
            assert bare(asker.body, path) == foreign, path
            compared += 1
    assert compared >= 10


def test_a_method_that_is_not_declared_does_nothing_for_whoever_may_most(asker: Asker) -> None:
    tried = 0
    for place, row in rows():
        if row.method != min(place.methods) or row.area == "tables" or row.name in DJANGOS:
            continue
        actor = next((actor for actor, word in row.cells.items() if word in ("ok", "state")), "anon")
        for method in METHODS:
            if method not in place.methods:
                assert asker.ask(place, method, actor) in ("405", "404", "none", "start", "state", "login"), (
                    method,
                    place,
                )
                tried += 1
    assert tried > 600


def test_the_page_for_people_says_what_the_matrix_says() -> None:
    assert page.FILE.read_text() == page.text(), "write it anew: .venv/bin/python -m tests.authz.page"
