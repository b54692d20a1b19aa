"""Consents as their recipient sees them (rules)."""

from consents.stopping.attest import LONGEST_NAME
from requests_app.api.paging import NEXT
from requests_app.api.shapes import (
    ACCOUNT_ID,
    ASSURANCE,
    DATA_TYPE,
    DAY,
    PURPOSE,
    TEXT,
    UUID,
    list_of,
    named,
    one_of,
    or_null,
    said,
    thing,
)
from requests_app.decision import PASSING_STATES

CONSENT = named(
    "Consent",
    thing(
        {
            "id": UUID,
            "number": TEXT,
            "customer": said(UUID, "The same for all consents of one customer, and nothing else of hers."),
            "utility": TEXT,
            "accounts": said(list_of(TEXT), "Account numbers."),
            "account_ids": said(list_of(ACCOUNT_ID), "By what the data names them, in the same order."),
            "data_types": list_of(DATA_TYPE),
            "purpose": PURPOSE,
            "onward_recipients": said(list_of(TEXT), "Who else may handle the data on its way."),
            "history_from": or_null(DAY),
            "history_to": said(or_null(DAY), "Exclusive."),
            "forward": said(or_null(DAY), "Until when data of days to come may be asked for; exclusive."),
            "starts": DAY,
            "ends": said(DAY, "Exclusive."),
            "state": one_of(PASSING_STATES),
            "assurance": ASSURANCE,
        },
        description="A customer's permission for your organisation, as it is now.",
    ),
)
CONSENTS = named("ConsentPage", thing({"consents": list_of(CONSENT), "next": NEXT}))
WORD = named(
    "DeletionWord",
    thing(
        {"name": {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME, "pattern": r"\S"}},
        description="Who says that every copy is deleted.",
    ),
)
ATTESTED = named("DeletionNoted", thing({"consent": UUID, "deletion": one_of(["attested"])}))
