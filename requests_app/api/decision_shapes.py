"""A decision as a dry run shows it (rules)."""

from requests_app.api.problem_shape import ACCOUNT_OUTCOME
from requests_app.api.shapes import (
    ALTERNATIVE,
    CHANNEL,
    DATA_TYPE,
    NEAREST,
    RULE,
    TEXT,
    UUID,
    list_of,
    named,
    one_of,
    or_null,
    said,
    thing,
)

DECISION = named(
    "CheckedDecision",
    thing(
        {
            "outcome": said(one_of(["route", "refusal"]), "`route` where at least one account passes."),
            "channel": said(or_null(CHANNEL), "The way that the ask would go."),
            "codes": said(list_of(TEXT), "Why it, or a part of it, would be refused."),
            "accounts": said(list_of(ACCOUNT_OUTCOME), "Each account; empty where the ask is refused as a whole."),
            "nearest_permitted": list_of(NEAREST),
            "alternatives": list_of(ALTERNATIVE),
            "not_guaranteed": said(list_of(DATA_TYPE), "The utility may be unable to give it."),
            "consent": said(or_null(UUID), "The consent by which it was decided, where it names your organisation."),
            "rules": list_of(RULE),
            "profile": said(or_null(TEXT), "The version of what is known of the utility."),
            "policy": said(TEXT, "The version of the rules."),
        },
        {
            "permission_page": said(
                {"type": "string", "format": "uri"}, "Where a customer gives your organisation a permission."
            )
        },
        description="What an ask would get at this moment.",
    ),
)
