"""Brought files where something breaks, comes late or stands still: nothing is lost, and nobody is left without a word."""

import io
import zipfile
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from broker.terms import Actor
from requests_app import share
from tests.brought_world import PAGE, bookkeeper, dropped, states
from tests.requests_world import World, world


@pytest.fixture
def w(committing: str) -> World:
    return world(onward_recipients=[])


@pytest.fixture
def ana(w: World) -> Client:
    return bookkeeper(w)


def zipped(name: str, data: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(name, data)
    return made.getvalue()


def archives() -> dict[str, bytes]:
    """Give archives whose one file is none, a web page, a program, an archive."""
    return {
        "none.zip": zipped("u.csv", b""),
        "page.zip": zipped("u.xml", b"<html><body>use, of a day</body></html>"),
        "program.zip": zipped("u.csv", b"MZ\x90\x00 a, b"),
        "archive.zip": zipped("u.csv", zipped("u.csv", b"a,b\n1,2\n")),
    }


def test_what_an_archive_hides_is_refused_in_words_at_both_doors(w: World, ana: Client) -> None:
    one = dropped(ana, archives())
    assert states(one) == [("refused", code) for code in ("file.unreadable", *["file.type"] * 3)]
    assert ana.get(f"{PAGE}{one.id}/").status_code == 200
    me = Actor("c", w.customer.id)
    for name, data in archives().items():
        answer = share.take(w.consent, name, data, me, timezone.now())
        assert (answer.ok, bool(answer.text)) == (False, True), name
