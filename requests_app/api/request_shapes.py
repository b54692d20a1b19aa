"""A request for data, as it is asked for and as it is shown (rules)."""

from typing import Any

from broker.terms import CameBy
from requests_app.api.paging import NEXT
from requests_app.api.problem_shape import ACCOUNT_OUTCOME
from requests_app.api.shapes import (
    ACCOUNT_ID,
    ALTERNATIVE,
    CHANNEL,
    DATA_TYPE,
    DAY,
    DECIMAL,
    ENDING,
    LINK,
    MOMENT,
    PURPOSE,
    RULE,
    SHA256,
    TEXT,
    UUID,
    WHOLE,
    YES_NO,
    list_of,
    named,
    one_of,
    or_null,
    said,
    thing,
)
from requests_app.completeness.matrix import Cell
from requests_app.ladder.words import Step
from requests_app.lifecycle import ManualState, NectarState, Waits

# What a request is for whoever asked, whichever way it goes.
OTHER_STATES = ("refused", "ready", "in_progress", "not_read", "waiting_on_customer")
STATES = (*OTHER_STATES, *(each.value for each in ManualState if each.value not in OTHER_STATES))

ASK = named(
    "Ask",
    thing(
        {
            "accounts": said(
                list_of({"type": "string", "pattern": "^[0-9]{1,20}$"}, minItems=1, maxItems=100),
                "Account numbers, each of which is decided by itself.",
            ),
            "data_types": list_of(DATA_TYPE, minItems=1),
            "from": said(DAY, "The first day."),
            "to": said(DAY, "The day after the last one."),
            "purpose": PURPOSE,
        },
        {
            "channel": said(
                or_null({"type": "string", "minLength": 1}), "Names a way; it is never silently replaced by another."
            ),
            "consent": said(or_null(UUID), "The consent that is meant; without it the one that serves best is taken."),
            "utility": said(TEXT, "The utility, where it is not the one of this site."),
        },
        description="What is asked for, exactly: a gap is never read as everything.",
    ),
)
STATE = named(
    "RequestState",
    said(
        one_of(STATES),
        "`refused`; `ready`: data is there; `in_progress`; `not_read`: Nectar could not read the document, and its "
        "file says why; `waiting_on_customer`; the others are of a request at the utility, up to `delivered`.",
    ),
)
CLOCK = named(
    "Clock",
    thing(
        {},
        {
            "expected_to_leave": said(or_null(DAY), "Where it waits for its turn at the billing desk."),
            "sent_at": or_null(MOMENT),
            "delivered_at": said(
                or_null(MOMENT), "When it was proven to have arrived; the clock starts by nothing else."
            ),
            "day0": or_null(DAY),
            "expected_from": or_null(DAY),
            "due": or_null(DAY),
            "due_at": or_null(MOMENT),
            "first_follow_up": or_null(DAY),
            "paused_on": or_null(DAY),
            "business_days_left": or_null(WHOLE),
            "promised_for": said(or_null(DAY), "The day that the utility itself named."),
            "calendar": said(or_null(TEXT), "The version of the utility's calendar by which this was counted."),
        },
        description="Empty for a request that does not go to the utility.",
    ),
)
FILE = named(
    "File",
    thing(
        {
            "id": UUID,
            "data_type": DATA_TYPE,
            "media_type": TEXT,
            "bytes": WHOLE,
            "sha256": SHA256,
            "from": or_null(DAY),
            "to": or_null(DAY),
            "days_said_by": said(
                or_null(one_of(["file", "person"])),
                "Who says that it is of these days: `file`, they were read in it; `person`, whoever opened it found no "
                "program could read them and says that they stand on it. null: nobody does.",
            ),
            "received_at": MOMENT,
            "came_by": said(one_of([each.value for each in CameBy]), "How it reached us."),
            "cut": or_null(
                thing(
                    {
                        "by": TEXT,
                        "of_sha256": SHA256,
                        "pages": list_of(WHOLE),
                        "left_out": said(WHOLE, "How many pages or values of it are not in this one."),
                    },
                    description="Out of which file we cut this one; null for a file as it came.",
                )
            ),
            "nectar": or_null(
                thing(
                    {
                        "state": one_of([each.value for each in NectarState]),
                        "code": said(or_null(TEXT), "Why it ended without numbers; its page is `/problems/{code}`."),
                        "says": said(or_null(TEXT), "The same in words."),
                    },
                    description="How far Nectar is with this document; null for a file of another way.",
                )
            ),
            "link": said(LINK, "The file itself, with the same key."),
        },
        description="A file that answers the request. Only accepted ones are shown.",
    ),
)
FILE_LINK = named(
    "FileLink",
    thing(
        {"link": said(LINK, "Fetch it with the same key."), "expires_at": MOMENT},
        description="A link to one file, for five minutes.",
    ),
)
MATRIX = named(
    "Completeness",
    thing(
        {
            "complete": YES_NO,
            "cells": list_of(
                thing(
                    {
                        "account_id": ACCOUNT_ID,
                        "account_ending": ENDING,
                        "data_type": DATA_TYPE,
                        "month": said(
                            or_null({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$"}), "Null: not of months."
                        ),
                        "state": one_of([each.value for each in Cell]),
                        "days_received": WHOLE,
                        "days_asked": WHOLE,
                    }
                )
            ),
        },
        description="What came and what is missing, by account, kind of data and month.",
    ),
)
FEE = thing(
    {"amount": DECIMAL, "currency": TEXT, "state": TEXT, "payer": or_null(TEXT)},
    description="The newest fee that the utility asks for.",
)
FINAL = thing(
    {
        "code": TEXT,
        "title": TEXT,
        "at": or_null(MOMENT),
        "follow_ups": WHOLE,
        "instead": TEXT,
        "customer_asked": YES_NO,
    },
    description="How a request ended that nobody answered.",
)
WINDOW = thing(
    {},
    {"business_days": list_of(WHOLE, minItems=2, maxItems=2), "starts": TEXT, "fee": TEXT},
    description="How long the utility takes by its own word.",
)
_REQUEST: dict[str, Any] = {
    "id": UUID,
    "number": said(or_null(TEXT), "The number in the letter, where one goes to the utility."),
    "outcome": one_of(["route", "refusal"]),
    "channel": said(or_null(CHANNEL), "The way it goes; null where it was refused."),
    "state": STATE,
    "waiting_on": said(or_null(one_of([each.value for each in Waits])), "Null where it was refused."),
    "consent": or_null(UUID),
    "data_types": list_of(DATA_TYPE),
    "from": or_null(DAY),
    "to": or_null(DAY),
    "purpose": said(TEXT, "As it was asked; empty where it was no purpose of the list."),
    "not_guaranteed": said(list_of(DATA_TYPE), "Asked for, but the utility may be unable to give it."),
    "clock": CLOCK,
    "final": or_null(FINAL),
    "expected_window": or_null(WINDOW),
    "completeness": said(or_null(MATRIX), "Null where it was refused."),
    "files": list_of(FILE),
    "links": thing({"self": LINK, "readings": LINK, "bills": LINK}),
}
LISTED_NAMES = (
    "id", "number", "outcome", "channel", "state", "waiting_on", "consent", "data_types", "from", "to", "purpose",
)  # fmt: skip
_OF_A_LETTER: dict[str, Any] = {
    "fee": or_null(FEE),
    "superseded_by": said(or_null(UUID), "The request that took the place of this one."),
    "supersedes": or_null(UUID),
}
LISTED = named(
    "ListedRequest",
    thing(
        {
            **{name: shape for name, shape in _REQUEST.items() if name in LISTED_NAMES},
            "made_at": MOMENT,
            "links": thing({"self": LINK}),
        }
    ),
)
REQUESTS = named("RequestPage", thing({"data_requests": list_of(LISTED), "next": NEXT}))
REQUEST = named(
    "DataRequest", thing(_REQUEST, _OF_A_LETTER, description="How far a request is, without anything personal.")
)
RECORDED = named(
    "RecordedRequest",
    thing(
        {
            **_REQUEST,
            "codes": said(list_of(TEXT), "What was refused of a part: empty where every account passed."),
            "rules": list_of(RULE),
            "alternatives": said(list_of(ALTERNATIVE), "Every other way, and why it was not taken."),
            "accounts": said(list_of(ACCOUNT_OUTCOME), "Each account that was asked for: read every outcome."),
        },
        _OF_A_LETTER,
        description="A request that was recorded just now, or earlier under the same Idempotency-Key.",
    ),
)
MOVED = named(
    "MovedRequest",
    thing(
        {**_REQUEST, "steps": said(list_of(one_of([each.value for each in Step])), "What was due, and happened.")},
        _OF_A_LETTER,
        description="A request of a rehearsal whose clock was moved.",
    ),
)
MOVED_BY = named(
    "MovedBy",
    thing(
        {
            "business_days": said(
                {"type": "integer", "minimum": 1, "maximum": 60}, "How many of the co-op's business days have passed."
            )
        }
    ),
)
