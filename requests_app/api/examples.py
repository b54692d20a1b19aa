"""Values that the description of the API shows; tests send and check them (rules)."""

from typing import Any

UTILITY = "obec"
ACCOUNT = "40900017"
ACCOUNT_ID = "9c3e51b07a2d4f68"
REQUEST_ID = "7f1f6f2e-2b6e-4c1e-9a57-0d7d2f5a1c11"
CONSENT_ID = "1d0c4f0e-6a0b-4b53-8a0e-3f0f5b7f9a22"
FILE_ID = "c2a5e6d1-54e4-4c0f-9d62-5c7f6f4f8b33"

ASK: dict[str, Any] = {
    "accounts": [ACCOUNT],
    "data_types": ["usage_daily"],
    "from": "2025-10-01",
    "to": "2025-11-01",
    "purpose": "rate_comparison",
}
RULES = [
    {"rule": 1, "name": "utility known", "account": None, "input": {}, "result": "pass", "codes": []},
    {"rule": 10, "name": "account", "account": 1, "input": {"accounts": 1}, "result": "pass", "codes": []},
]
REQUEST: dict[str, Any] = {
    "id": REQUEST_ID,
    "number": "R-101",
    "outcome": "route",
    "channel": "manual_request",
    "state": "queued",
    "waiting_on": "us",
    "consent": CONSENT_ID,
    "data_types": ["usage_daily"],
    "from": "2025-10-01",
    "to": "2025-11-01",
    "purpose": "rate_comparison",
    "not_guaranteed": [],
    "clock": {"expected_to_leave": None, "sent_at": None, "delivered_at": None, "due": None},
    "final": None,
    "expected_window": {
        "business_days": [5, 10],
        "starts": "when it is proven that the letter was delivered",
        "fee": "not published; the customer is asked before any charge",
    },
    "fee": None,
    "superseded_by": None,
    "supersedes": None,
    "completeness": {
        "complete": False,
        "cells": [
            {
                "account_id": ACCOUNT_ID,
                "account_ending": "0017",
                "data_type": "usage_daily",
                "month": "2025-10",
                "state": "missing",
                "days_received": 0,
                "days_asked": 31,
            }
        ],
    },
    "files": [],
    "links": {
        "self": f"/api/v1/data-requests/{REQUEST_ID}",
        "readings": f"/api/v1/data-requests/{REQUEST_ID}/readings",
        "bills": f"/api/v1/data-requests/{REQUEST_ID}/bills",
    },
}
ALTERNATIVES = [{"channel": "customer_upload", "because": "later", "codes": [], "rules": []}]
OUTCOMES = [{"account": ACCOUNT, "outcome": "route", "codes": []}]
RECORDED = {**REQUEST, "codes": [], "rules": RULES, "alternatives": ALTERNATIVES, "accounts": OUTCOMES}
CONSENTS: dict[str, Any] = {
    "consents": [
        {
            "id": CONSENT_ID,
            "number": "OB-2026-000001",
            "customer": "5b1f7c3e-9a51-4d6f-8f0a-1e2d3c4b5a66",
            "utility": UTILITY,
            "accounts": [ACCOUNT],
            "account_ids": [ACCOUNT_ID],
            "data_types": ["bill", "usage_daily"],
            "purpose": "rate_comparison",
            "onward_recipients": [],
            "history_from": "2025-01-01",
            "history_to": "2026-07-01",
            "forward": None,
            "starts": "2026-07-01",
            "ends": "2026-12-28",
            "state": "active",
            "assurance": "L2",
        }
    ],
    "next": None,
}
ATTESTED = {"consent": CONSENT_ID, "deletion": "attested"}
SOURCE = {
    "file": FILE_ID,
    "file_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "channel": "manual_request",
    "came_by": "email",
    "consent": "OB-2026-000001",
    "importer": "smarthub_csv",
    "importer_version": 3,
    "cut_from_sha256": None,
    "confirmed_at": None,
}
READINGS: dict[str, Any] = {
    "id": REQUEST_ID,
    "consent": CONSENT_ID,
    "channel": "manual_request",
    "from": "2025-10-01",
    "to": "2025-11-01",
    "series": [
        {
            "data_type": "usage_daily",
            "role": "delivered",
            "unit": "kWh",
            "resolution": "P1D",
            "zone": "America/Chicago",
            "account_id": ACCOUNT_ID,
            "account_ending": "0017",
            "readings": [
                {
                    "start": "2025-10-19T00:00-05:00",
                    "end": "2025-10-20T00:00-05:00",
                    "value": "49.600",
                    "quality": "",
                    "row": 7,
                    "source": 0,
                }
            ],
            "gaps": [
                {"start": "2025-10-01T00:00-05:00", "end": "2025-10-19T00:00-05:00"},
                {"start": "2025-10-20T00:00-05:00", "end": "2025-11-01T00:00-05:00"},
            ],
            "gaps_count": 2,
            "provenance": SOURCE,
            "sources": [SOURCE],
        }
    ],
    "reconciliation": [],
}
OTHER_ACCOUNT = "40900018"
ASK_OF_TWO = {**ASK, "accounts": [ACCOUNT, OTHER_ACCOUNT], "channel": None}
CHECKED: dict[str, Any] = {
    "outcome": "route",
    "channel": "manual_request",
    "codes": ["scope.account"],
    "accounts": [
        {"account": ACCOUNT, "outcome": "route", "codes": []},
        {"account": OTHER_ACCOUNT, "outcome": "refusal", "codes": ["scope.account"]},
    ],
    "nearest_permitted": [],
    "alternatives": [
        {
            "channel": "nectar",
            "because": "refused",
            "codes": ["scope.onward_recipient"],
            "rules": [
                {
                    "rule": 15,
                    "name": "onward recipient",
                    "input": {"channel": "nectar", "needs": "nectar"},
                    "result": "fail",
                    "codes": ["scope.onward_recipient"],
                }
            ],
        },
        {"channel": "customer_upload", "because": "later", "codes": [], "rules": []},
    ],
    "not_guaranteed": [],
    "consent": CONSENT_ID,
    "rules": RULES,
    "profile": "obec-1",
    "policy": "17-rules/1",
}
CHECKED_NO = {
    **CHECKED,
    "outcome": "refusal",
    "channel": None,
    "codes": ["consent.absent"],
    "accounts": [],
    "alternatives": [],
    "consent": None,
    "permission_page": "https://broker.example/share/with/acme/",
}
BILLS: dict[str, Any] = {
    "id": REQUEST_ID,
    "consent": CONSENT_ID,
    "channel": "manual_request",
    "from": "2025-09-01",
    "to": "2025-12-01",
    "bills": [
        {
            "account_id": ACCOUNT_ID,
            "account_ending": "0017",
            "from": "2025-09-03",
            "to": "2025-10-03",
            "billed_on": "2025-10-06",
            "total": "142.17",
            "usage_kwh": "1204",
            "page": 1,
            "currency": "USD",
            "quality": "as_read",
            "source": 0,
        },
        {
            "account_id": ACCOUNT_ID,
            "account_ending": "0017",
            "from": "2025-10-03",
            "to": "2025-11-02",
            "billed_on": None,
            "total": None,
            "usage_kwh": None,
            "page": None,
            "currency": "USD",
            "quality": "unreadable",
            "source": 0,
        },
    ],
    "sources": [{**SOURCE, "importer": "bill_pdf"}],
    "left_out": [],
}
LINK = {"link": "/api/v1/open/Zm9yIGZpdmUgbWludXRlcyBhbmQgb25lIGtleSBhbG9uZQ", "expires_at": "2026-07-01T15:05:00Z"}
LISTED: dict[str, Any] = {
    "data_requests": [
        {
            "id": REQUEST_ID,
            "number": "R-101",
            "outcome": "route",
            "channel": "manual_request",
            "state": "queued",
            "waiting_on": "us",
            "consent": CONSENT_ID,
            "data_types": ["usage_daily"],
            "from": "2025-10-01",
            "to": "2025-11-01",
            "purpose": "rate_comparison",
            "made_at": "2026-07-01T15:00:00Z",
            "links": {"self": f"/api/v1/data-requests/{REQUEST_ID}"},
        }
    ],
    "next": None,
}
