"""The letter's machine-readable twin, attached to it as `consent-record.json` (rules).

Shaped after ISO/IEC TS 27560:2023, section 6: header, processing, parties, events. The names of the Kantara consent
receipt 1.1 stand beside it, for tools that read those. Canonical JSON (sorted keys, no spaces, UTF-8), so that the
same facts give the same bytes.
"""

import json
from datetime import UTC, date, datetime
from typing import Any

from consents.loa.letter import LetterFacts, Party

SCHEMA = "ISO/IEC TS 27560:2023"
METHOD = "web form, signed electronically"
RIGHTS = ("withdraw", "access", "complaint")
NOT_COVERED = ("signing in at the utility", "change of service, rate, bill, payment or password")


def consent_record(facts: LetterFacts) -> bytes:
    """Write the twin; it says nothing that the letter's face does not say, and leaves out nothing of the scope."""
    return json.dumps(_record(facts), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")


def _record(facts: LetterFacts) -> dict[str, Any]:
    return {
        "header": {
            "schema_version": SCHEMA,
            "record_id": facts.number,
            "pii_principal_id": facts.customer_name,
            "supersedes": facts.supersedes or None,
        },
        "processing": _processing(facts),
        "parties": _parties(facts),
        "events": [
            {
                "event_time": _moment(facts.made_at),
                "event_type": "presented",
                "event_state": "requested",
                "entity_id": "operator",
                "valid_until": _day(facts.ends),
            }
        ],
        "letter": _letter(facts),
        **_kantara(facts),
    }


def _processing(facts: LetterFacts) -> dict[str, Any]:
    return {
        "privacy_notice": {
            "id": "letter",
            "version": facts.template_version,
            "sha256": facts.template_sha256 or None,
            "url": facts.check_url,
        },
        "language": facts.language,
        "purposes": [
            {
                "purpose": facts.purpose,
                "lawful_basis": "consent",
                "pii_information": [
                    {"pii_type": kind, "pii_optional": True, "sensitive_pii_category": False}
                    for kind in facts.data_types
                ],
                "pii_controllers": ["operator", "recipient"],
                "recipient_third_parties": [f"onward-{place}" for place in range(1, len(facts.onward) + 1)],
                "collection_method": METHOD,
                "processing_method": "read, compare and report; nobody acts on the customer's behalf",
                "storage_locations": ["US"],
                "retention_period": {"data": _day(facts.ends), "record": "while the law asks for proof of the consent"},
                "withdrawal_method": {"url": facts.stop_url, "contact": facts.operator.contact, "fee": False},
                "privacy_rights": list(RIGHTS),
                "jurisdictions": ["US-MO"],
                "authority_party": "utility",
            }
        ],
    }


def _parties(facts: LetterFacts) -> list[dict[str, Any]]:
    named = [
        ("utility", "discloser", facts.utility),
        ("operator", "controller", facts.operator),
        ("recipient", "recipient", facts.recipient),
    ]
    return [_party(key, role, party) for key, role, party in named] + [
        {"party_id": f"onward-{place}", "party_role": "processor", "party_name": each.name, "activity": each.role}
        for place, each in enumerate(facts.onward, start=1)
    ]


def _party(key: str, role: str, party: Party) -> dict[str, Any]:
    return {
        "party_id": key,
        "party_role": role,
        "party_type": "organization",
        "party_name": party.name,
        "party_address": party.address,
        "party_email": party.email or None,
        "party_phone": party.phone or None,
    }


def _letter(facts: LetterFacts) -> dict[str, Any]:
    """What the standard has no place for, and the utility works with."""
    return {
        "accounts": [
            {"number": each.number, "service_address": each.service_address, "meter": each.meter or None}
            for each in facts.accounts
        ],
        "history": {"from": _day(facts.history_from), "to_exclusive": _day(facts.history_to)},
        "future_data": {"until_exclusive": _day(facts.forward_until)},
        "term": {"from": _day(facts.starts), "to_exclusive": _day(facts.ends)},
        "signer": {"title": facts.signer_title or None, "authority": facts.authority or None},
        "acts_on_behalf": "none",
        "not_covered": list(NOT_COVERED),
        "verification_code": facts.verification_code,
        "verification_url": facts.check_url,
        "seal_root_sha256": facts.seal_fingerprint or None,
    }


def _kantara(facts: LetterFacts) -> dict[str, Any]:
    """The names of the Kantara consent receipt 1.1 for what is said above."""
    operator = facts.operator
    return {
        "version": "KI-CR-v1.1.0",
        "jurisdiction": "US-MO",
        "consentReceiptID": facts.number,
        "consentTimestamp": None,  # known only when signed: see signature-evidence.json
        "collectionMethod": METHOD,
        "language": facts.language,
        "piiPrincipalId": facts.customer_name,
        "piiControllers": [
            {
                "piiController": operator.name,
                "contact": operator.contact,
                "address": operator.address,
                "email": operator.email or None,
                "phone": operator.phone or None,
            }
        ],
        "policyUrl": facts.stop_url,
        "services": [
            {
                "service": "utility data access",
                "purposes": [
                    {
                        "purpose": facts.purpose,
                        "consentType": "explicit",
                        "piiCategory": list(facts.data_types),
                        "primaryPurpose": True,
                        "termination": _day(facts.ends),
                        "thirdPartyDisclosure": True,
                        "thirdPartyName": facts.recipient.name,
                    }
                ],
            }
        ],
        "sensitive": False,
        "spiCat": [],
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
