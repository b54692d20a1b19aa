"""Profiles are data: complete, sourced, and refused with file and line where they are not."""

import dataclasses
import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from broker import utilities
from broker.terms import CHANNELS, DATA_TYPES
from broker.utilities import ProfileError, UnknownUtility, for_mode, load, load_overlay, published
from broker.utilities.profile import Evidence

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "utilities"
GUIDE = Path(__file__).resolve().parents[2].parent / "shared" / "reference" / "obec-data-access-guide.txt"
OBEC = utilities.FOLDER / "obec.toml"
OVERLAY = utilities.FOLDER / "obec.rehearsal.toml"


def evidence_in(value):
    if isinstance(value, Evidence):
        yield value
    elif dataclasses.is_dataclass(value):
        for each in dataclasses.fields(value):
            yield from evidence_in(getattr(value, each.name))
    elif isinstance(value, dict):
        for each in value.values():
            yield from evidence_in(each)
    elif isinstance(value, tuple):
        for each in value:
            yield from evidence_in(each)


@pytest.fixture(scope="module")
def obec():
    return published("obec")


# --- what OBEC offers ------------------------------------------------------------------


@pytest.mark.skipif(not GUIDE.exists(), reason="the guide is not ours to ship: read where it lies beside")
def test_every_line_quotes_the_guide_word_for_word(obec):
    guide = GUIDE.read_text(encoding="utf-8")
    quoted = [each.source for each in evidence_in(obec) if each.document == "guide"]
    assert len(quoted) > 40
    assert [source for source in quoted if source not in guide] == []


@pytest.mark.skipif(not GUIDE.exists(), reason="the guide is not ours to ship: read where it lies beside")
def test_every_row_of_the_guides_table_is_there_cell_for_cell(obec):
    rows = re.findall(r"^\| (.+) \|$", GUIDE.read_text(encoding="utf-8"), re.M)
    cells = [row.split(" | ") for row in rows if " | " in row and not row.startswith("Method ")]
    mark = {True: "✓", False: "—"}
    ours = [
        [m.name, mark[m.first_party], mark[m.third_party], m.customer_types, m.data_types, m.latency, m.format]
        for m in obec.methods
    ]
    assert ours == cells


def test_every_line_has_source_certainty_and_date(obec):
    for each in evidence_in(obec):
        assert each.source.strip()
        assert each.certainty in ("stated", "likely", "assumed")
        assert isinstance(each.dated, date)
        assert each.document in obec.documents


def test_contacts_are_the_guides(obec):
    assert obec.contacts.email.value == "info@ozarkborder.org"
    assert obec.contacts.phone.value == "(573) 785-4631"
    assert obec.contacts.portal.value == "https://ozarkborder.smarthub.coop/"
    assert obec.contacts.email.proof


def test_the_clock_is_five_to_ten_days_until_half_past_four_central(obec):
    assert (obec.clock.first_days, obec.clock.last_days) == (5, 10)
    assert obec.clock.cut_off.isoformat() == "16:30:00"
    assert obec.zone == "America/Chicago"
    assert obec.fees.published is False


def test_each_channel_says_something_about_each_data_type(obec):
    answers = {name: [obec.channels[name].carries[each].answer for each in DATA_TYPES] for name in obec.channels}
    assert answers == {
        "manual_request": ["yes"] * 6 + ["not_guaranteed"],
        "customer_upload": ["yes"] * 6 + ["not_available"],
        "nectar": ["yes", "yes", "not_yet", "yes", "yes", "yes", "not_available"],
        "nectar_sync": ["not_yet"] * 6 + ["not_available"],
    }
    assert tuple(obec.channels) == CHANNELS


def test_ways_refused_by_name_have_their_own_codes(obec):
    assert {each.name: each.code for each in obec.refused.values()} == {
        "credentials": "channel.forbidden.credentials",
        "scraping": "channel.forbidden.scraping",
        "smarthub_delegate": "channel.forbidden.smarthub_delegate",
        "mobile_app": "channel.forbidden.mobile_app",
        "green_button": "channel.not_available.green_button",
        "espi": "channel.not_available.espi",
        "edi": "channel.not_available.edi",
        "utility_api": "channel.not_available.utility_api",
        "nectar_loa": "channel.not_available.nectar_loa",
    }


def test_public_facts_need_no_consent(obec):
    assert {"rate_schedules", "prepaid", "outage_reporting"} <= {fact.name for fact in obec.open_facts}


@pytest.mark.parametrize(
    ("number", "fits"),
    [
        ("1234", True),
        ("123456789012", True),
        ("123", False),
        ("1234567890123", False),
        ("12a4", False),
        ("١٢٣٤", False),
    ],
)
def test_an_account_number_is_four_to_twelve_ascii_digits(obec, number, fits):
    assert obec.account_number.fits(number) is fits


def observed(day):
    """Give the weekday on which a federal holiday is kept."""
    return day + timedelta({5: -1, 6: 1}.get(day.weekday(), 0))


def nth(year, month, weekday, number):
    first = date(year, month, 1)
    return first + timedelta((weekday - first.weekday()) % 7 + 7 * (number - 1))


def closing_days_of(year):
    memorial = date(year, 5, 31) - timedelta((date(year, 5, 31).weekday()) % 7)
    thanksgiving = nth(year, 11, 3, 4)
    fixed = [(1, 1), (6, 19), (7, 4), (11, 11), (12, 25)]
    moving = [nth(year, 1, 0, 3), nth(year, 2, 0, 3), memorial, nth(year, 9, 0, 1), nth(year, 10, 0, 2)]
    days = [observed(date(year, *each)) for each in fixed]
    return {*days, *moving, thanksgiving, thanksgiving + timedelta(1)}


def test_closing_days_are_the_federal_ones_and_the_friday_all_assumed(obec):
    expected = set().union(*(closing_days_of(year) for year in range(2025, 2029))) | {date(2029, 1, 1)}
    assert obec.closed == expected
    assert {day.evidence.certainty for day in obec.closing_days} == {"assumed"}


def test_lincolns_and_trumans_birthdays_are_left_out(obec):
    assert not {date(2026, 2, 12), date(2026, 5, 8)} & obec.closed


# --- rehearsal ---------------------------------------------------------------------------


def test_a_rehearsal_writes_to_the_played_desk_and_releases_no_earlier(obec):
    rehearsal = for_mode("obec", "rehearsal")
    assert rehearsal.rehearsal
    assert rehearsal.id == "obec"
    assert rehearsal.contacts.email.value == "billing@coop.example"
    assert rehearsal.contacts.email.proof
    assert rehearsal.assurance == obec.assurance
    assert rehearsal.channels == obec.channels
    assert rehearsal.version != obec.version


def test_live_data_never_sees_the_overrides(obec):
    assert for_mode("obec", "live") == obec
    with pytest.raises(ProfileError, match="rehearsal only"):
        load_overlay(OVERLAY, obec, mode="live")


def test_a_mode_that_nobody_knows_is_a_mistake():
    with pytest.raises(ValueError, match="no such mode"):
        for_mode("obec", "test")


def test_the_overrides_are_no_utility_of_their_own():
    assert utilities.ids() == ("obec",)
    assert [each.id for each in utilities.offers()] == ["craighead", "obec"]
    assert utilities.find("obec.rehearsal") is None


def test_overrides_of_another_utility_are_refused():
    with pytest.raises(ProfileError, match="line 5"):
        load_overlay(OVERLAY, load(FIXTURES / "junegrass.toml"), mode="rehearsal")


@pytest.mark.parametrize("name", ["", "OBEC", "../obec", "ozark", None, 7, ["obec"]])
def test_an_unknown_utility_is_not_found(name):
    assert utilities.find(name) is None


def test_an_unknown_utility_raises_where_a_profile_is_needed():
    with pytest.raises(UnknownUtility):
        published("ozark")


# --- a second utility is a data file ---------------------------------------------------------


def test_s68_a_second_co_op_loads_without_a_change_of_code():
    second = load(FIXTURES / "junegrass.toml")
    assert second.zone == "America/Denver"
    assert second.desk.one_mail_for == "recipient"
    assert (second.clock.first_days, second.clock.last_days) == (3, 7)
    assert "nectar" not in second.channels
    assert second.closed == {date(2026, 1, 1), date(2026, 3, 10), date(2027, 1, 1)}
    assert second.clock.cut_off_evidence.dated == date(2026, 2, 15)
    assert second.clock.evidence.dated == date(2026, 2, 1)


# --- what the loader refuses ------------------------------------------------------------------

BAD = {
    "unknown key in a table": ('place = "Poplar', 'plaze = 1\nplace = "Poplar', "unknown key “plaze”"),
    "unknown key at the top": ("[fees]", "[fee]", "unknown key|“fees” is missing"),
    "missing source": ('source = "OBEC verifies identity and authorization"\n', "", "“source” is missing"),
    "empty source": ('"OBEC verifies identity and authorization"', '" "', "“source” is empty"),
    "unknown certainty": ('certainty = "stated"', 'certainty = "sure"', "“certainty” is “sure”"),
    "missing certainty": ('certainty = "stated"\n', "", "“certainty” is missing"),
    "unknown document": ('document = "guide"', 'document = "rumour"', "“document” is “rumour”"),
    "a date that does not exist": ("dated = 2026-11-24", "dated = 2026-02-30", "line 8"),
    "a date as text": ("dated = 2026-11-24", 'dated = "2026-11-24"', "must be a date"),
    "a date with a time": ("dated = 2026-11-24", "dated = 2026-11-24T10:00:00", "without a time"),
    "a closing day on a weekend": ("2026-07-03", "2026-07-04", "is a weekend"),
    "a closing day twice": ("2026-11-26", "2026-11-27", "is also"),
    "the same date twice in a row": ("2026-07-03", "2025-07-04", "twice"),
    "a number as text": ("first_days = 5", 'first_days = "5"', "must be a whole number"),
    "true as a number": ("first_days = 5", "first_days = true", "whole number"),
    "days the wrong way round": ("first_days = 5", "first_days = 11", "is after"),
    "an unknown zone": ("America/Chicago", "America/Poplar_Bluff", "is no time zone"),
    "an unknown data type": ('["payment"]', '["payments"]', "is unknown"),
    "an unknown answer": ('answer = "yes"', 'answer = "perhaps"', "“answer” is “perhaps”"),
    "a data type answered twice": ('data_types = ["payment"]', 'data_types = ["bill"]', "answered twice"),
    "a data type forgotten": (
        '["usage_monthly", "usage_daily", "usage_hourly"]',
        '["usage_daily", "usage_hourly"]',
        "usage_monthly",
    ),
    "an unknown reason code": ('"channel.forbidden.scraping"', '"channel.forbidden.looking"', "“code” is"),
    "an unknown channel": ("[channels.nectar_sync]", "[channels.nectar_fax]", "no channel"),
    "a flag as text": ("first_party = true", 'first_party = "yes"', "true or false"),
    "a portal without encryption": (
        '"https://ozarkborder.smarthub.coop/"',
        '"http://ozarkborder.smarthub.coop/"',
        "https",
    ),
    "an address that is none": ('"info@ozarkborder.org"', '"info"', "no e-mail address"),
    "no way when nobody names one": ('open = ["manual_request", "customer_upload"]', "open = []", "“open” is empty"),
    "a level that is none": ('level = "L3"', 'level = "L4"', "“level” is “L4”"),
    "a mail for nobody known": ('one_mail_for = "customer"', 'one_mail_for = "everybody"', "“one_mail_for” is"),
    "nobody says for whom": ('one_mail_for = "customer"', "", "“one_mail_for” is missing"),
    "broken syntax": ("[fees]", "[fees", "line"),
    "a key twice": ('place = "Poplar', 'zone = "UTC"\nplace = "Poplar', "line"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_profile_is_refused_with_file_and_line(what, tmp_path):
    old, new, message = BAD[what]
    text = OBEC.read_text(encoding="utf-8")
    assert old in text
    if what == "an unknown channel":
        text = text.replace("channels.nectar_sync", "channels.nectar_fax")
    path = tmp_path / "obec.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ProfileError, match=message) as refused:
        load(path)
    assert refused.value.file == "obec.toml"
    assert str(refused.value).startswith(f"obec.toml, line {refused.value.line}: ")


def test_the_line_is_the_line_of_the_mistake(tmp_path):
    lines = OBEC.read_text(encoding="utf-8").splitlines()
    for number in [n for n, line in enumerate(lines, 1) if line.startswith("certainty = ")]:
        path = tmp_path / "obec.toml"
        changed = [*lines]
        changed[number - 1] = 'certainty = "sure"'
        path.write_text("\n".join(changed), encoding="utf-8")
        with pytest.raises(ProfileError) as refused:
            load(path)
        assert refused.value.line == number


def test_a_value_over_several_lines_keeps_the_lines_after_it_right(tmp_path):
    text = OBEC.read_text(encoding="utf-8").replace('["payment"]', '[\n  "payment",\n]', 1)
    wrong = text.replace('certainty = "assumed"\n\n[[channels', 'certainty = "sure"\n\n[[channels', 1)
    path = tmp_path / "obec.toml"
    path.write_text(wrong, encoding="utf-8")
    with pytest.raises(ProfileError) as refused:
        load(path)
    assert wrong.splitlines()[refused.value.line - 1] == 'certainty = "sure"'
