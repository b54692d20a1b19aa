"""Several organisations in one installation: nothing of one is found, named or shown where another asks."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.authz import crossing, houses, refusals
from tests.authz.asking import Asker
from tests.authz.world import shared


@pytest.fixture
def asker(django_db_setup: None, django_db_blocker: Any) -> Iterator[Asker]:
    with django_db_blocker.unblock():
        made = Asker(shared("sqlite"), "sqlite")
        yield made
        made.end()


def wrong(found: Iterator[str], at_least: int) -> list[str]:
    everything = list(found)
    assert len(everything) >= at_least
    return [each for each in everything if each]


def test_another_organisations_ids_in_an_address_are_as_if_nothing_were_there(asker: Asker) -> None:
    assert not wrong(crossing.substituted(asker), 60)


def test_no_answer_shows_a_trace_of_another_organisation(asker: Asker) -> None:
    assert not wrong(crossing.leaks(asker), 100)


def test_another_organisations_numbers_and_ids_in_a_field_are_as_if_nobody_had_them(asker: Asker) -> None:
    assert not wrong(crossing.fields(asker), 45)


def test_what_an_officer_keeps_is_nothing_to_another_officer(asker: Asker) -> None:
    assert not wrong(crossing.officers(asker), 4)


def test_no_name_or_number_of_one_organisation_is_taken_for_anothers(asker: Asker) -> None:
    assert not wrong(houses.mixed_up(asker), 9)


def test_a_link_of_one_program_is_nothing_to_another_and_ends(asker: Asker) -> None:
    assert not wrong(crossing.siblings(asker), 2)


def test_what_has_not_come_yet_is_said_to_be_on_its_way(asker: Asker) -> None:
    assert not wrong(crossing.waiting(asker), 2)


def test_what_is_not_there_is_no_page_and_who_is_suspended_sees_none(asker: Asker) -> None:
    assert not wrong(refusals.passed_over(asker), 12)


def test_nor_on_postgresql(django_db_setup: None, django_db_blocker: Any) -> None:
    """Ids in the API's addresses, and numbers and ids in every field."""
    with django_db_blocker.unblock():
        made = Asker(shared("postgresql"), "postgresql")
        try:
            assert not wrong(crossing.substituted(made, "api"), 15)
            assert not wrong(crossing.fields(made), 45)
        finally:
            made.end()
