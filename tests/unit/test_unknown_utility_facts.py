"""A co-op of which little is known is a data file: what the guide says is there, all else is unknown and refused."""

import json
import re
from pathlib import Path

import pytest

from broker import utilities
from broker.terms import CHANNELS, FORBIDDEN_WAYS, NAMED_WAYS
from broker.utilities import ProfileError, UnknownUtility, for_mode, load, load_offer, loader
from broker.utilities.profile import UtilityProfile
from requests_app.decision_lines import answer
from tests.unit.test_utilities import GUIDE, evidence_in

ROOT = Path(__file__).resolve().parents[2]
FILE = utilities.FOLDER / "craighead.toml"
TEXT = FILE.read_text(encoding="utf-8")
UPLOAD, LETTER = "customer_upload", "manual_request"
USAGE = ("usage_monthly", "usage_daily", "usage_hourly")
UNSAID = ("account_info", "bill", "payment", "usage_15min")


def decided(
    channel: str | None = None, types: tuple[str, ...] = ("usage_hourly",), **more: object
) -> dict[str, object]:
    """Answer an ask at Craighead Electric under a consent that allows everything."""
    consent = {
        "recipient": "acme",
        "onward_recipients": ["nectar"],
        "accounts": ["40900017"],
        "data_types": ["account_info", "bill", "payment", *USAGE, "usage_15min"],
        "history_from": "2025-01-01",
        "history_to": "2026-01-01",
        "forward": None,
        "purpose": "rate_comparison",
        "starts": "2026-01-01",
        "ends": "2026-12-01",
        "state": "active",
        "assurance": "L3",
    }
    ask = {"recipient": "acme", "accounts": ["40900017"], "data_types": list(types), "purpose": "rate_comparison"}
    ask |= {"from": "2025-03-01", "to": "2025-06-01", "channel": channel}
    line = {"id": 1, "utility": "craighead", "now": "2026-03-02T15:00:00Z", "consent": consent, "ask": ask, **more}
    return answer(json.dumps(line).encode())


@pytest.mark.skipif(not GUIDE.exists(), reason="the guide is not ours to ship: read where it lies beside")
def test_every_line_quotes_the_guide_or_is_a_rule_of_ours() -> None:
    guide, rows = GUIDE.read_text(encoding="utf-8"), list(evidence_in(utilities.offer("craighead")))
    quoted = [each.source for each in rows if each.document == "guide"]
    assert len(quoted) >= 8
    assert [source for source in quoted if source not in guide] == []
    assert {each.document for each in rows} == {"guide", "house_rules"}


def test_nothing_is_invented() -> None:
    found = utilities.offer("craighead")
    assert found is not None
    assert found.unknown == loader.CAN_BE_UNKNOWN
    assert (found.contacts, found.zone, found.clock, found.fees, found.desk, found.place) == (None,) * 6
    assert (found.closing_days, found.methods, found.open_facts) == ((), (), ())
    assert tuple(found.channels) == (UPLOAD,)
    assert not re.search(r"@|\(\d{3}\)|https?://", TEXT)


@pytest.mark.parametrize("data_type", USAGE)
@pytest.mark.parametrize("channel", [None, UPLOAD])
def test_the_green_button_download_is_a_customers_share(data_type: str, channel: str | None) -> None:
    found = decided(channel, (data_type,))
    assert (found["outcome"], found["channel"], found["codes"], found["nearest"]) == ("route", UPLOAD, [], [])


@pytest.mark.parametrize("data_type", UNSAID)
@pytest.mark.parametrize("channel", [None, UPLOAD])
def test_what_the_guide_does_not_say_is_refused_as_unknown(data_type: str, channel: str | None) -> None:
    found = decided(channel, (data_type,))
    assert (found["outcome"], found["codes"]) == ("refusal", ["channel.unknown"])
    assert found["nearest"] == [{"data_type": each, "channel": UPLOAD} | _days() for each in USAGE]


@pytest.mark.parametrize(
    "channel", ["manual_request", "nectar", "nectar_sync", "espi", "edi", "utility_api", "nectar_loa"]
)
def test_a_way_of_which_nobody_told_us_is_unknown_with_and_without_a_consent(channel: str) -> None:
    found = decided(channel)
    assert found["codes"] == ["channel.unknown"]
    assert found["nearest"] == [{"data_type": "usage_hourly", "channel": UPLOAD} | _days()]
    alone = decided(channel, consent=None)
    assert (alone["codes"], alone["nearest"]) == (["channel.unknown"], [])


def test_green_button_is_never_pulled_and_the_download_is_named() -> None:
    found = decided("green_button")
    assert found["codes"] == ["channel.not_available.green_button"]
    assert found["nearest"] == [{"data_type": "usage_hourly", "channel": UPLOAD} | _days()]


@pytest.mark.parametrize("channel", FORBIDDEN_WAYS)
def test_what_is_forbidden_is_forbidden_here_too(channel: str) -> None:
    assert decided(channel)["codes"] == [f"channel.forbidden.{channel}"]


@pytest.mark.parametrize("channel", ["fax", "Nectar", "manual_request "])
def test_a_name_that_nobody_knows_stays_not_available(channel: str) -> None:
    assert decided(channel)["codes"] == ["channel.not_available"]


def test_days_are_central_where_no_zone_is_known() -> None:
    assert decided(now="2026-12-01T05:59:59Z")["outcome"] == "route"
    assert decided(now="2026-12-01T06:00:00Z")["codes"] == ["consent.expired"]


@pytest.mark.parametrize("number", ["123", "1234567890123", "12a4"])
def test_an_account_number_is_held_to_the_rule_of_every_utility(number: str) -> None:
    ask = {"recipient": "acme", "accounts": [number], "data_types": ["bill"], "purpose": "rate_comparison"}
    assert decided(ask={**ask, "from": "2025-03-01", "to": "2025-06-01"})["codes"] == ["ask.invalid"]


# --- nothing can be sent to it, and no code knows it ----------------------------------------------------------------


def test_nothing_that_reaches_a_utility_can_get_hold_of_it() -> None:
    assert "craighead" not in utilities.ids()
    assert utilities.find("craighead") is None
    for mode in ("live", "rehearsal"):
        with pytest.raises(UnknownUtility):
            for_mode("craighead", mode)
    with pytest.raises(ProfileError, match="unknown: place, zone, contacts"):
        load(FILE)
    assert not isinstance(load_offer(FILE), UtilityProfile)


def test_a_letter_cannot_be_offered_while_anything_is_unknown() -> None:
    row = TEXT[TEXT.index("[channels.customer_upload]") : TEXT.index("[metered]")]
    letter = TEXT.replace(row, row + row.replace("channels.customer_upload", "channels.manual_request"))
    with pytest.raises(ProfileError, match="a letter needs everything to be known"):
        loader.parse(letter, "x.toml")


def test_a_profile_cannot_open_what_is_forbidden() -> None:
    opened = TEXT.replace('code = "channel.forbidden.scraping"', 'code = "channel.not_yet"')
    with pytest.raises(ProfileError, match="forbidden everywhere"):
        loader.parse(opened, "x.toml")


def test_what_is_left_out_has_to_be_named_unknown_and_the_other_way_round() -> None:
    with pytest.raises(ProfileError, match="“contacts” is missing"):
        loader.parse(TEXT.replace('"contacts", ', ""), "x.toml")
    with pytest.raises(ProfileError, match="unknown key “place”"):
        loader.parse(TEXT.replace('name = "Craighead Electric"\n', 'name = "C"\nplace = "Jonesboro"\n', 1), "x.toml")


def test_no_code_path_depends_on_a_utilitys_id() -> None:
    """No utility's id stands as a word of code: settings name a home, and examples stand in texts alone."""
    known = re.compile(rf"""["']({"|".join(each.id for each in utilities.offers())})["']""")
    places = [*ROOT.glob("broker/**/*.py"), *ROOT.glob("consents/**/*.py"), *ROOT.glob("requests_app/**/*.py")]
    found = {
        (path.relative_to(ROOT).as_posix(), line.strip())
        for path in places
        for line in path.read_text(encoding="utf-8").splitlines()
        if known.search(line)
    }
    assert {path for path, _ in found} <= {
        "broker/settings.py",
        "broker/demo/seeds.py",
        "requests_app/api/examples.py",
        "requests_app/management/commands/decide.py",
    }
    assert not [
        path for path in ROOT.glob("templates/**/*.html") if re.search("craighead|== *.obec", path.read_text().lower())
    ]


def test_every_way_that_people_name_has_an_answer_at_every_utility() -> None:
    assert set(CHANNELS) | set(FORBIDDEN_WAYS) <= set(NAMED_WAYS)
    for each in utilities.offers():
        assert not set(each.channels) & set(each.refused)


def _days() -> dict[str, str]:
    return {"from": "2025-03-01", "to": "2025-06-01"}
