"""Every scenario that the product promises has a test that carries its number (field guide, section 6)."""

import re
from pathlib import Path

from tests.unit.test_letter_acceptance import defined_in

TESTS = Path(__file__).resolve().parents[1]
NAMED = re.compile(r"^def test_(s\d\d)_", re.MULTILINE)
GRANT = [f"s{n:02}" for n in range(1, 22)]
PROMISED = {
    *GRANT,
    *(f"s{n}" for n in range(22, 26)),
    "s30",
    "s31",
    "s32",
    *(f"s{n}" for n in range(33, 52)),
    "s61",
    *(f"s{n}" for n in range(65, 69)),
    "s54",
    "s55",
    "s56",
    "s57",
    "s59",
    "s69",
    "s70",
    "s71",
    "s72",
}


def test_each_scenario_has_a_test_of_its_number() -> None:
    found = {number for path in TESTS.rglob("test_*.py") for number in NAMED.findall(path.read_text())}
    assert PROMISED - found == set()


# These were written under names of their own, which other pages quote; each half of the scenario has its test.
UNDER_ANOTHER_NAME = {
    "s58": ["integration/test_console_keeping.py::test_an_alert_arrives_once_and_opening_it_is_logged"],
    "s60": [
        "integration/test_incidents.py::test_the_affected_are_read_out_of_the_log_and_do_not_change_silently",
        "integration/test_incidents.py::test_the_co_op_is_told_at_the_address_of_its_profile_and_by_no_name",
        "integration/test_incidents.py::test_more_than_a_thousand_means_the_attorney_general_and_the_agencies",
        "integration/test_incidents.py::test_no_notice_is_decided_by_two_and_kept_five_years",
    ],
    "s62": [
        "integration/test_rights.py::test_what_nobody_looked_at_is_suspended_and_its_holder_hears_of_it",
        "integration/test_suspension_paths.py::test_nobody_lifts_what_is_about_them_or_their_house",
    ],
    "s63": ["integration/test_separation.py::test_nobody_decides_alone_or_by_a_second_account"],
    "s64": [
        "integration/test_break_glass.py::test_an_officer_opens_what_is_sealed_and_she_hears_of_it_and_sees_each_look",
        "integration/test_break_glass.py::test_another_person_reviews_it_by_the_next_business_day_or_it_is_late",
    ],
}


def test_what_goes_by_another_name_is_there() -> None:
    assert not PROMISED & UNDER_ANOTHER_NAME.keys()
    named = [each.partition("::") for some in UNDER_ANOTHER_NAME.values() for each in some]
    assert not [test for path, _, test in named if test not in defined_in(path)]
