"""Files that a customer shares: a permission over two accounts, and all that the pages ask for."""

import uuid
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

from django.db import transaction
from django.utils import timezone

from broker.audit import log
from broker.parties.directory import AccountFacts, ensure_account, ensure_customer
from broker.terms import Actor
from requests_app.upload import drafts, guide, outcome, preview, words
from requests_app.upload.facts import Facts
from requests_app.upload.models import ShareDraft
from requests_app.upload.months import Month
from tests.requests_world import ACCOUNT, World, grant, organisation

SECOND = "40900025"


def with_two_accounts() -> tuple[World, str]:
    """Give a world whose permission covers two accounts, and the number of the second."""
    now = timezone.now()
    recipient, application, key = organisation("acme", now)
    customer_id = uuid.uuid4()
    with transaction.atomic():
        ref = log.append("consent.granted", actor=Actor("c", customer_id), subject=customer_id, body={})
        customer = ensure_customer(customer_id, "pat@member.example", language="en", ref=ref, now=now)
        accounts = [
            ensure_account(customer, "obec", AccountFacts(each, "Pat Member", "2 Example Road"), ref=ref, now=now)
            for each in (ACCOUNT, SECOND)
        ]
        row = grant(customer, recipient, accounts, ref=ref, now=now, onward_recipients=[])
    return World(recipient, application, key, customer, accounts[0], row), SECOND


def page_context() -> dict[str, Any]:
    """Give what the pages of shared files ask for."""
    bill = {"page": 1, "first": "2026-01-03", "last": "2026-02-02", "amount": "81.20", "kwh": "640"}
    facts = Facts("enero.pdf", "a", "bill", days=[["2026-01-03", "2026-02-03"]], bills=[bill], known=True)
    use = Facts("uso.csv", "a", "usage_daily", days=[["2025-01-01", "2025-02-01"], ["2025-05-01", "2025-06-01"]])
    lines = [
        preview.Line(n, each.name, words.of_file(each, code), not code, n == 2, "0042")
        for n, (each, code) in enumerate(
            [
                (facts, ""),
                (Facts("otro.pdf", unread="file.no_words"), ""),
                (Facts("otro.csv", unread="file.layout_unknown"), ""),
                (use, ""),
                (Facts("x.csv"), "file.twice"),
                (Facts("x.csv"), "file.too_many"),
                (Facts("x.csv"), "scope.range"),
            ],
            1,
        )
    ]
    billed = {"start": "2026-01-03", "end": "2026-02-02", "value": "81.20"}
    chart = preview._drawn([("billed", "USD", "P1M", [billed])], "America/Chicago", ident="x")
    kind = preview.Kind(
        "bill",
        words.covered(use.stretches),
        [Month(date(2026, 1, 1), 31, 31), Month(date(2026, 2, 1), 0, 28), Month(date(2026, 3, 1), 3, 31)],
        chart,
        [preview.Bill(date(2026, 1, 3), date(2026, 2, 2), None, None, 1, 1)],
        had=3,
    )
    saved = [{"code": ""}, {"code": "", "unread": "x"}, {"code": "scope.range"}]
    overs = [ShareDraft(how=how, outcome=saved) for how in ("saved", "thrown", "stopped", "expired")]
    overs.append(ShareDraft(how="saved", outcome=[{"code": drafts.UNFINISHED}]))
    ends = [line for each in overs for line in (outcome.of(each).heading, *outcome.of(each).lines)]
    return {
        "kinds": list(guide.GUIDES),
        "kind": "usage",
        "steps": [step for kind in guide.GUIDES for step in guide.steps(kind, "OBEC")],
        "draft": SimpleNamespace(expires_at=datetime(2026, 3, 3, 16, 12, tzinfo=UTC)),
        "found": preview.Preview(lines, [preview.Part("0042", [kind]), preview.Part("0043", [])]),
        "over": outcome.Over(1, ends[0], ends[1:]),
        "wanted": ["bill"],
    }
