"""What a letter must state before it exists, its twin for machines, and its verification code."""

import itertools
import json
import secrets
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.terms import DATA_TYPES, PURPOSES
from consents.loa import code, glyphs, words
from consents.loa.letter import (
    AccountLine,
    LetterIncomplete,
    Onward,
    Party,
    new_verification_code,
    through,
)
from consents.loa.record import consent_record
from tests.loa_samples import facts

GOOD = Party("A name", "An address", phone="555-0100")

INCOMPLETE: list[tuple[str, dict[str, Any]]] = [
    ("number", {"number": ""}),
    ("verification_code", {"verification_code": "1234-5678"}),
    ("verification_code", {"verification_code": "1234567Y"}),
    ("made_at", {"made_at": datetime(2026, 11, 24)}),
    ("customer_name", {"customer_name": "  "}),
    ("customer_name", {"customer_name": "JOLENE\nSAMPLE"}),
    ("customer_name", {"customer_name": "JOLENE\u202eELPMAS"}),
    ("customer_name", {"customer_name": "x" * 401}),
    ("accounts", {"accounts": ()}),
    ("accounts", {"accounts": (AccountLine("", "An address"),)}),
    ("accounts", {"accounts": (AccountLine("12 34", "An address"),)}),
    ("accounts", {"accounts": (AccountLine("1234567890", ""),)}),
    ("utility", {"utility": Party("", "An address", phone="555-0100")}),
    ("operator", {"operator": Party("A name", "", phone="555-0100")}),
    ("operator", {"operator": Party("A name", "An address")}),
    ("recipient", {"recipient": Party("A name", "An address")}),
    ("onward", {"onward": (Onward("Nectar", ""),)}),
    ("purpose", {"purpose": ""}),
    ("data_types", {"data_types": ()}),
    ("data_types", {"data_types": ("bill", "everything")}),
    ("data_types", {"data_types": ("usage_daily", "bill")}),
    ("data_types", {"data_types": ("bill", "bill")}),
    ("history_to", {"history_from": date(2026, 11, 24), "history_to": date(2026, 11, 24)}),
    ("ends", {"ends": date(2026, 11, 24), "forward_until": None}),
    ("ends", {"ends": date(2027, 11, 25)}),
    ("ends", {"starts": date(2028, 2, 29), "ends": date(2029, 3, 1), "forward_until": None}),
    ("forward_until", {"forward_until": date(2027, 11, 25)}),
    ("forward_until", {"forward_until": date(2026, 11, 24)}),
    ("stop_url", {"stop_url": ""}),
    ("check_url", {"check_url": "https://broker.example/v/"}),
    ("check_url", {"check_url": "https://broker.example/v/1234-5678"}),
    ("seal_fingerprint", {"seal_fingerprint": "AB:CD"}),
    ("authority", {"signer_title": "Treasurer"}),
    ("language", {"language": "xx"}),
    ("template_version", {"template_version": "loa 0.0.1"}),
]


@pytest.mark.parametrize(("field", "changes"), INCOMPLETE)
def test_incomplete_facts_make_no_letter_and_the_error_names_the_field(field: str, changes: dict[str, Any]) -> None:
    with pytest.raises(LetterIncomplete) as refused:
        facts(**changes)
    assert str(refused.value) == field


@pytest.mark.parametrize(
    "changes",
    [
        {"forward_until": None},
        {"onward": ()},
        {"starts": date(2028, 2, 29), "ends": date(2029, 2, 28), "forward_until": None},
        {"signer_title": "Treasurer", "authority": "an officer of the company"},
        {"operator": GOOD, "recipient": GOOD},
        {"accounts": (AccountLine("12-34-5678", "Here"), AccountLine("87654321", "There", "M-1"))},
        {"customer_name": "Ñandú O’Brien-Łukasiewicz"},
    ],
)
def test_complete_facts_make_a_letter(changes: dict[str, Any]) -> None:
    assert facts(**changes)


def test_people_read_the_last_day_that_belongs_to_a_range() -> None:
    assert through(date(2028, 3, 1)) == date(2028, 2, 29)


def test_the_record_is_canonical_and_says_what_the_letter_says() -> None:
    record = consent_record(facts())
    read = json.loads(record)
    assert record == json.dumps(read, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    letter = read["letter"]
    assert letter["accounts"] == [
        {"number": "1234567890", "service_address": "482 County Road 411, Example, MO 00000", "meter": None}
    ]
    assert letter["history"] == {"from": "2024-11-01", "to_exclusive": "2026-11-24"}
    assert letter["future_data"] == {"until_exclusive": "2027-11-24"}
    assert letter["term"] == {"from": "2026-11-24", "to_exclusive": "2027-11-24"}
    assert letter["acts_on_behalf"] == "none"
    assert letter["verification_url"] == facts().check_url


def test_the_record_has_the_four_parts_of_the_standard_with_each_of_their_names() -> None:
    read = json.loads(consent_record(facts()))
    assert set(read["header"]) == {"schema_version", "record_id", "pii_principal_id", "supersedes"}
    assert set(read["processing"]) == {"privacy_notice", "language", "purposes"}
    (purpose,) = read["processing"]["purposes"]
    assert set(purpose) == {
        "purpose", "lawful_basis", "pii_information", "pii_controllers", "recipient_third_parties",
        "collection_method", "processing_method", "storage_locations", "retention_period", "withdrawal_method",
        "privacy_rights", "jurisdictions", "authority_party",
    }  # fmt: skip
    assert [each["pii_type"] for each in purpose["pii_information"]] == ["bill", "usage_monthly", "usage_daily"]
    assert {party["party_id"]: party["party_role"] for party in read["parties"]} == {
        "utility": "discloser", "operator": "controller", "recipient": "recipient", "onward-1": "processor",
    }  # fmt: skip
    known = {party["party_id"] for party in read["parties"]}
    assert known >= {*purpose["pii_controllers"], *purpose["recipient_third_parties"], purpose["authority_party"]}
    assert read["events"] == [
        {
            "event_time": "2026-11-24T18:00:05+00:00", "event_type": "presented", "event_state": "requested",
            "entity_id": "operator", "valid_until": "2027-11-24",
        }
    ]  # fmt: skip
    assert read["processing"]["privacy_notice"]["version"] == facts().template_version
    assert read["processing"]["privacy_notice"]["sha256"] == facts().template_sha256


def test_the_names_of_the_kantara_receipt_stand_beside_it_and_say_the_same() -> None:
    read = json.loads(consent_record(facts()))
    assert read["consentReceiptID"] == read["header"]["record_id"] == facts().number
    assert read["piiPrincipalId"] == read["header"]["pii_principal_id"] == facts().customer_name
    assert read["piiControllers"][0]["piiController"] == facts().operator.name
    assert read["jurisdiction"] == "US-MO"
    assert read["policyUrl"] == facts().stop_url
    assert read["sensitive"] is False
    assert read["consentTimestamp"] is None, "a letter that was only shown says no time of signing"
    (service,) = read["services"]
    (purpose,) = service["purposes"]
    assert purpose["termination"] == "2027-11-24"
    assert purpose["piiCategory"] == list(facts().data_types)
    assert purpose["thirdPartyName"] == facts().recipient.name


def test_a_renewal_names_the_letter_that_it_replaces() -> None:
    assert json.loads(consent_record(facts(supersedes="LOA-2025-00000007")))["header"]["supersedes"] == (
        "LOA-2025-00000007"
    )


def test_two_letters_have_two_records() -> None:
    assert consent_record(facts()) != consent_record(facts(history_from=date(2024, 11, 2)))


@pytest.mark.parametrize("kind", DATA_TYPES)
def test_each_data_type_has_its_words_in_both_languages(kind: str) -> None:
    assert all(words.DATA_TYPES[kind])
    assert all(words.DATA_TYPES_ES[kind])


def test_each_purpose_has_its_words_in_both_languages() -> None:
    assert set(words.PURPOSES_ES) == set(PURPOSES)
    assert words.purpose(PURPOSES["research"], "es") == words.PURPOSES_ES["research"]
    assert words.purpose(PURPOSES["research"], "en") == PURPOSES["research"]
    assert words.purpose("A purpose of its own", "es") == "A purpose of its own"


@pytest.mark.parametrize(("language", "written"), [("en", "December 1, 2026"), ("es", "1 de diciembre de 2026")])
def test_a_date_is_written_as_readers_say_it(language: str, written: str) -> None:
    assert words.in_words(date(2026, 12, 1), language) == written


# --- the code ------------------------------------------------------------------------------------

VALUES = st.lists(st.integers(0, 31), min_size=7, max_size=7)


@given(VALUES)
def test_a_code_is_read_back_in_any_spelling_a_person_may_use(values: list[int]) -> None:
    written = code.verification_code(values)
    spoken = written.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert code.read_code(written) == code.read_code(spoken) == written


@given(VALUES, st.integers(0, 7), st.sampled_from(code.ALPHABET))
def test_one_wrong_character_is_noticed(values: list[int], place: int, wrong: str) -> None:
    plain = list(code.verification_code(values).replace("-", ""))
    if plain[place] != wrong:
        plain[place] = wrong
        assert code.read_code("".join(plain)) is None


@given(VALUES)
def test_any_two_swapped_characters_are_noticed(values: list[int]) -> None:
    plain = code.verification_code(values).replace("-", "")
    for first, second in itertools.combinations(range(8), 2):
        swapped = list(plain)
        swapped[first], swapped[second] = swapped[second], swapped[first]
        if plain[first] != plain[second]:
            assert code.read_code("".join(swapped)) is None


@pytest.mark.parametrize("text", ["", "1234-567", "1234-567YY", "UUUU-UUUU", "1234-567é", "1234_567Y", "\u0661234567Y"])
def test_what_cannot_be_a_code_is_none(text: str) -> None:
    assert code.read_code(text) is None


def test_new_codes_are_codes_and_differ() -> None:
    drawn = {new_verification_code() for _ in range(200)}
    assert len(drawn) == 200
    assert all(code.read_code(each) == each for each in drawn)


@pytest.mark.parametrize("refused", ["DEMM-2FA8", "SMSR-6T5D", "2FAY-V0YA", "NGTH-MFA4"])
def test_no_code_is_drawn_that_the_gate_would_refuse(refused: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert code.read_code(refused) == refused
    assert not code.can_be_entered(refused)
    wanted = iter([*(code.ALPHABET.index(sign) for sign in refused.replace("-", "")[:7]), *range(7)])
    monkeypatch.setattr(secrets, "randbelow", lambda _below: next(wanted))
    assert new_verification_code() == code.verification_code(range(7))


@pytest.mark.parametrize("values", [[], [1] * 6, [1] * 8, [32] * 7, [-1] * 7])
def test_only_seven_numbers_make_a_code(values: list[int]) -> None:
    with pytest.raises(ValueError, match="seven"):
        code.verification_code(values)


# --- what can be printed ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["JOLENE E SAMPLE", "Ñandú O’Brien-Łukasiewicz", "Жук", "Ωμέγα", "<script>{{ x }}", "™"]
)
def test_names_of_many_alphabets_can_be_printed(text: str) -> None:
    assert glyphs.unprintable(text) == ""


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("李小龍", "李小龍"),
        ("Ann 🔌 Lee 🔌", "🔌"),
        ("A\u202eB", "\u202e"),
        ("A\u200bB", "\u200b"),
        ("A\tB", "\t"),
        ("שלום", "שלום"),
    ],
)
def test_what_the_typefaces_lack_is_named(text: str, missing: str) -> None:
    assert glyphs.unprintable(text) == missing
