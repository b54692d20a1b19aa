"""What a problem document is made of (rules)."""

from requests_app.api.shapes import (
    ALTERNATIVE,
    LINK,
    NEAREST,
    RULE,
    TEXT,
    UUID,
    YES_NO,
    list_of,
    named,
    one_of,
    said,
    thing,
)

ACCOUNT_OUTCOME = named(
    "AccountOutcome",
    thing(
        {
            "account": said(TEXT, "The account number, as you asked for it."),
            "outcome": one_of(["route", "refusal"]),
            "codes": list_of(TEXT),
        },
        description="What was decided for one of several accounts.",
    ),
)
PROBLEM = named(
    "Problem",
    thing(
        {
            "type": said(LINK, "Leads to a page that explains this code."),
            "title": TEXT,
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": TEXT,
            "code": said(TEXT, "Stable: codes are added and never renamed."),
            "codes": said(list_of(TEXT, minItems=1), "Every code of the refusal; the first is `code`."),
            "instead": said(TEXT, "What would work instead."),
            "rules": said(list_of(RULE), "Every rule of the decision, where there was one."),
            "nearest_permitted": list_of(NEAREST),
            "retryable": said(YES_NO, "The very same call may succeed later."),
            "trace_id": said(TEXT, "Tells this answer from any other; name it when you write to us."),
        },
        {
            "id": said(UUID, "Of the request that was recorded and refused."),
            "alternatives": said(list_of(ALTERNATIVE), "Every other way of a refused request, with why not."),
            "accounts": list_of(ACCOUNT_OUTCOME),
            "incident": said(
                TEXT, "Of a refused portal login: the number to tell us within seven days if it was a false alarm."
            ),
            "fields": said(list_of(TEXT), "The parts of what you sent that are wrong."),
            "needs": said(list_of(TEXT), "What your key would have to open: an operation, or kinds of data."),
            "permission_page": said(
                {"type": "string", "format": "uri"}, "Where a customer gives your organisation a permission."
            ),
        },
        description="Why something was refused or failed (RFC 9457).",
    ),
)
