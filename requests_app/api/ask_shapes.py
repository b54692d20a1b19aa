"""Asks for a consent as the API takes and shows them (rules)."""

from typing import Any

from consents.asking.lifecycle import MAILS, State
from consents.asking.wanted import LANGUAGES, LONGEST_EMAIL, MONTHS, MOST_ACCOUNTS
from requests_app.api import examples
from requests_app.api.paging import NEXT
from requests_app.api.shapes import (
    DATA_TYPE,
    DAY,
    ENDING,
    LINK,
    MOMENT,
    PURPOSE,
    TEXT,
    UUID,
    YES_NO,
    list_of,
    named,
    one_of,
    or_null,
    said,
    thing,
)

ASK_ID = "0b8a5c9e-7d42-4a1f-9d07-2f6c1e8b4d10"
STATE = named(
    "ConsentAskState",
    said(
        one_of(State),
        "`pending` until she signs (`granted`) or says no (`declined`), you take it back (`cancelled`), or 30 days "
        "passed (`expired`). Whether a mail arrived or was read is nobody's to tell.",
    ),
)
_ACCOUNT = {"type": "string", "pattern": "^[0-9]{4,12}$"}
_FORWARD = {"anyOf": [DAY, {"type": "boolean", "const": True}]}
NEW = named(
    "NewConsentAsk",
    thing(
        {
            "purpose": PURPOSE,
            "data_types": list_of(DATA_TYPE, minItems=1),
        },
        {
            "email": said(
                or_null({"type": "string", "format": "email", "maxLength": LONGEST_EMAIL}),
                "Where the invitation goes. Without it nothing is mailed, and you hand over the `link`.",
            ),
            "language": said(or_null(one_of(LANGUAGES)), "Of the invitation; en where it is left out."),
            "utility": said(or_null(TEXT), "The utility of this installation; it may be left out."),
            "history_from": said(or_null(DAY), "First day of past data; with `history_to`."),
            "history_to": said(or_null(DAY), "Exclusive, and no day to come."),
            "forward": said(
                or_null(_FORWARD), "Until when new data is wanted as it comes (exclusive); true: as long as it lasts."
            ),
            "ends": said(or_null(DAY), "When the permission is to end (exclusive), at most 12 months from today."),
            "months": said(
                or_null({"type": "integer", "minimum": MONTHS.start, "maximum": MONTHS.stop - 1}),
                "The same in months from today; either this or `ends`.",
            ),
            "account": said(
                or_null(_ACCOUNT),
                "The account that is meant. Only its last four digits are kept, and shown to her after her code.",
            ),
            "accounts": said(
                or_null(list_of(_ACCOUNT, minItems=1, maxItems=MOST_ACCOUNTS)),
                "Several accounts of one customer, instead of `account`: she signs once, for those that a bill of each "
                "proves. Of each the last four digits and a keyed hash are kept.",
            ),
        },
        description="What is asked of a customer. She may narrow all of it. There is no field for a message.",
    ),
)
_ASK: dict[str, Any] = {
    "id": UUID,
    "state": STATE,
    "utility": TEXT,
    "purpose": PURPOSE,
    "data_types": list_of(DATA_TYPE),
    "history_from": or_null(DAY),
    "history_to": or_null(DAY),
    "forward": or_null(DAY),
    "ends": DAY,
    "account_ending": or_null(ENDING),
    "account_endings": said(list_of(ENDING), "Where several accounts are meant; empty otherwise."),
    "language": one_of(LANGUAGES),
    "by_mail": YES_NO,
    "mails": said(
        {"type": "integer", "minimum": 0, "maximum": MAILS}, "Mails that were ordered, the invitation among them."
    ),
    "resend_from": said(or_null(MOMENT), "From when it may be mailed once more; null where it may not."),
    "asked_at": MOMENT,
    "expires_at": MOMENT,
    "ended_at": or_null(MOMENT),
    "consent": said(or_null(UUID), "The consent that she signed, once she has."),
    "link": said(or_null(LINK), "Her page, where you hand it over yourself and it still waits."),
}
ASK = named("ConsentAsk", thing(_ASK, description="An ask for a consent, without her address and without her steps."))
ASKS = named("ConsentAsks", thing({"asks": list_of(ASK), "next": NEXT}))

NEW_EXAMPLE: dict[str, Any] = {
    "email": "pat@member.example",
    "purpose": "rate_comparison",
    "data_types": ["bill", "usage_daily"],
    "history_from": "2025-01-01",
    "history_to": "2026-01-01",
    "forward": True,
    "months": 6,
    "account": examples.ACCOUNT,
}
HANDED_OVER_EXAMPLE = {"purpose": "billing_review", "data_types": ["bill"], "months": 1}
SEVERAL_EXAMPLE = {
    "purpose": "billing_review",
    "data_types": ["bill"],
    "months": 6,
    "accounts": [examples.ACCOUNT, "51110025", "51110033"],
}
PENDING: dict[str, Any] = {
    "id": ASK_ID,
    "state": "pending",
    "utility": examples.UTILITY,
    "purpose": "rate_comparison",
    "data_types": ["bill", "usage_daily"],
    "history_from": "2025-01-01",
    "history_to": "2026-01-01",
    "forward": "2026-12-01",
    "ends": "2026-12-01",
    "account_ending": "0017",
    "account_endings": [],
    "language": "en",
    "by_mail": True,
    "mails": 1,
    "resend_from": "2026-06-04T15:00:00+00:00",
    "asked_at": "2026-06-01T15:00:00+00:00",
    "expires_at": "2026-07-01T15:00:00+00:00",
    "ended_at": None,
    "consent": None,
    "link": None,
}
GRANTED = {
    **PENDING,
    "state": "granted",
    "resend_from": None,
    "ended_at": "2026-06-02T14:12:09+00:00",
    "consent": examples.CONSENT_ID,
}
CANCELLED = {**PENDING, "state": "cancelled", "resend_from": None, "ended_at": "2026-06-02T14:12:09+00:00"}
REMINDED = {**PENDING, "mails": 2, "resend_from": "2026-06-08T09:00:00+00:00"}
