"""Readings, and where each value came from (rules)."""

from broker.terms import CameBy
from requests_app.api.shapes import (
    ACCOUNT_ID,
    CHANNEL,
    DATA_TYPE,
    DAY,
    DECIMAL,
    ENDING,
    MOMENT,
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
from requests_app.differences.rules import RULES
from requests_app.exports import bills
from requests_app.exports.left_out import BEYOND
from requests_app.one_value.merging import DOUBTFUL, ELSEWHERE, NEWER, STANDS

WHEN = {
    "type": "string",
    "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2})?([+-][0-9]{2}:[0-9]{2}|Z)?)?$",
    "description": "A moment with its offset; a date where the file names days, and then the last day belongs to it.",
}
PROVENANCE = named(
    "Provenance",
    thing(
        {
            "file": said(UUID, "The file, where it is shown under the request."),
            "file_sha256": said(SHA256, "Of the bytes as they came to us."),
            "channel": CHANNEL,
            "came_by": said(one_of([each.value for each in CameBy]), "How it reached us."),
            "consent": said(TEXT, "The number of the consent under which it came."),
            "importer": said(or_null(TEXT), "What read it: the layout; null where nothing could be read."),
            "importer_version": said(
                or_null({"type": "integer", "minimum": 1}),
                "Of all importers together; it rises when the same file may give another value.",
            ),
            "cut_from_sha256": said(or_null(SHA256), "Of the file as it came, where we cut this one out of it."),
            "confirmed_at": said(
                or_null(MOMENT),
                "Of a file that your own people brought (`came_by` is `brought`): when the customer said that it is "
                "theirs and that they gave it to you.",
            ),
        },
        description="Where values came from.",
    ),
)
SETTLED = named(
    "Settled",
    thing(
        {
            "outcome": said(
                one_of([STANDS, DOUBTFUL, ELSEWHERE, NEWER]),
                "`stands`: the value is the one that stands. `doubtful`: nobody can tell, and the utility is asked. "
                "`elsewhere`: what stands is said by a source that this request may not have. `newer`: a source that "
                "came after the decision says otherwise again.",
            ),
            "rule": said(one_of(list(RULES)), "By which rule a person decided."),
            "at": said(WHEN, "When."),
        },
        description="What a person decided about a value on which sources do not agree.",
    ),
)
_SAID = {
    "start": WHEN,
    "end": WHEN,
    "value": DECIMAL,
    "quality": said(
        TEXT,
        "As the file says it: `as_stated`, `estimated`, `implied`, `uncertain` (the hour that a day of 25 hours has "
        "twice), or empty; `flagged` where nobody vouches for it, or another file says otherwise and no person settled "
        "which one stands.",
    ),
    "row": said(or_null(WHOLE), "Where it stands in its file: the row or the page."),
    "source": said(WHOLE, "Which of `sources` says it, counted from 0."),
}
READING = named(
    "Reading",
    thing(
        _SAID,
        {
            "also": said(list_of(WHOLE), "Which other sources say the very same."),
            "revisions": said(
                list_of(thing(_SAID)),
                "What other sources say instead. Nothing is overwritten: the first word stands, flagged, until a "
                "person settles which one does.",
            ),
            "settled": said(SETTLED, "Where a person decided which source stands."),
        },
    ),
)
SERIES = named(
    "Series",
    thing(
        {
            "data_type": DATA_TYPE,
            "role": said(
                TEXT,
                "`delivered` to the customer, `received` from her (negative), `net` of both, or `demand`, the highest "
                "power; never added to each other.",
            ),
            "unit": said(TEXT, "`kWh` is energy and `kW` is power."),
            "resolution": said(TEXT, "ISO 8601: `PT15M`, `PT1H`, `P1D`, `P1M`."),
            "zone": said(TEXT, "The zone of the meter's days."),
            "account_id": ACCOUNT_ID,
            "account_ending": ENDING,
            "readings": list_of(READING),
            "gaps": said(
                list_of(thing({"start": WHEN, "end": WHEN})),
                "Stretches of the asked days without a value; the first ones.",
            ),
            "gaps_count": said(WHOLE, "How many there are."),
            "provenance": said(PROVENANCE, "The first of `sources`."),
            "sources": list_of(PROVENANCE, minItems=1),
        },
        description="Values of one account, kind, role and resolution.",
    ),
)
RECONCILED = named(
    "Reconciled",
    thing(
        {
            "account_id": ACCOUNT_ID,
            "account_ending": ENDING,
            "from": DAY,
            "to": DAY,
            "stated_kwh": said(DECIMAL, "What the month or the bill says."),
            "counted_kwh": said(DECIMAL, "What its finer numbers come to."),
            "role": TEXT,
            "resolution": TEXT,
            "missing_days": WHOLE,
            "agrees": YES_NO,
        },
        description="A period, held against the finer numbers of its days.",
    ),
)
LEFT_OUT = named(
    "LeftOut",
    thing(
        {
            "file": said(UUID, "The file, where it is shown under the request."),
            "account_id": ACCOUNT_ID,
            "account_ending": ENDING,
            "reason": said(
                one_of([BEYOND]), "It reaches beyond the days asked for and permitted, and a bill cannot be cut."
            ),
        },
        description="A bill that came and is not given.",
    ),
)
READINGS = named(
    "Readings",
    thing(
        {
            "id": UUID,
            "consent": UUID,
            "channel": CHANNEL,
            "from": DAY,
            "to": DAY,
            "series": list_of(SERIES),
            "reconciliation": list_of(RECONCILED),
        },
        description="The readings that answer a request.",
    ),
)

_BILL = {
    "from": or_null(DAY),
    "to": said(or_null(DAY), "Exclusive."),
    "billed_on": or_null(DAY),
    "total": said(or_null(DECIMAL), "What is due; null where no page says it without a doubt."),
    "usage_kwh": said(or_null(DECIMAL), "What was used in all, where the page says that too."),
    "page": said(or_null(WHOLE), "The page of the file that says so."),
    "source": said(WHOLE, "Which of `sources`, counted from 0."),
}
BILL = named(
    "Bill",
    thing(
        {
            "account_id": ACCOUNT_ID,
            "account_ending": ENDING,
            **_BILL,
            "currency": TEXT,
            "quality": said(
                one_of(bills.QUALITIES),
                "`as_read`: by a program, where one page says period and sum without a doubt; `flagged`: another file "
                "says otherwise, and no person settled which one stands; `unreadable`: no page does, so look at the "
                "file.",
            ),
        },
        {
            "also": said(list_of(WHOLE), "Which other sources say the very same."),
            "revisions": said(
                list_of(thing(_BILL)), "What other sources say instead; the first word stands, or the settled one."
            ),
            "settled": said(SETTLED, "Where a person decided which source stands."),
        },
    ),
)
BILLS = named(
    "Bills",
    thing(
        {
            "id": UUID,
            "consent": UUID,
            "channel": CHANNEL,
            "from": DAY,
            "to": DAY,
            "bills": list_of(BILL),
            "sources": list_of(PROVENANCE),
            "left_out": list_of(LEFT_OUT),
        },
        description="The bills that answer a request.",
    ),
)
