"""A refusal says what a program needs to go on: the parts of its ask that are wrong, and where permission is given."""

from typing import Any

import pytest
from django.test import Client

from tests.integration.test_release import revoke
from tests.requests_world import world


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"purpose": ...}, ["purpose"]),
        ({"accounts": [], "from": None}, ["accounts", "from"]),
        ({"data_types": ["everything"], "to": "2026-02-29"}, ["data_types", "to"]),
        ({"from": "2025-11-01", "to": "2025-10-01"}, ["from before to"]),
        ({"my secret colour": "blue"}, ["unknown key"]),  # what the caller wrote is not repeated
        ({"purpose": "research"}, None),
    ],
)
def test_the_wrong_parts_are_named(sqlite_db: str, changes: dict[str, Any], fields: list[str] | None) -> None:
    w = world()
    answer = w.post(w.ask(**changes))
    assert answer.json().get("fields") == fields
    assert "secret colour" not in answer.content.decode()


def test_where_there_is_no_permission_the_page_where_a_customer_gives_it_is_named(sqlite_db: str) -> None:
    w = world()
    page = w.post(w.ask(accounts=["99999999"])).json()["permission_page"]
    assert page.endswith(f"/share/with/{w.organisation.slug}/")
    assert Client().get(f"/share/with/{w.organisation.slug}/").status_code == 200


def test_after_a_stop_no_page_is_named(sqlite_db: str) -> None:
    """Whether she gives a new permission is hers to begin."""
    w = world()
    revoke(w)
    answer = w.post(w.ask()).json()
    assert (answer["code"], answer.get("permission_page")) == ("consent.revoked", None)


def test_the_type_of_a_problem_is_a_page_that_explains_it(sqlite_db: str) -> None:
    w = world()
    answer = w.post(w.ask(accounts=["99999999"])).json()
    page = Client().get(answer["type"])
    assert page.status_code == 200
    assert answer["title"] in page.content.decode()


@pytest.mark.parametrize(
    "changes",
    [{"purpose": "research"}, {"data_types": ["payment"]}, {"from": "2023-01-01", "to": "2023-02-01"}],
)
def test_where_a_wider_permission_would_help_the_page_is_named_too(sqlite_db: str, changes: dict[str, Any]) -> None:
    w = world()
    answer = w.post(w.ask(**changes)).json()
    assert answer["code"] in {"purpose.mismatch", "scope.data_type", "scope.range"}
    assert "/share/with/" in answer["permission_page"]
