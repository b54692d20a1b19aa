"""What an ask would get, without asking (interface)."""

from typing import Any

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from broker.parties.models import Application
from broker.terms import Refusal
from requests_app import pull
from requests_app.api import calls, examples
from requests_app.api.base import NO_STORE, ApiView
from requests_app.api.decision_shapes import DECISION
from requests_app.api.description import JSON, Answer, Body, Operation, described
from requests_app.api.request_shapes import ASK
from requests_app.problem_answers import problem, refused, ways_on

# An ask that cannot be read is no ask; everything else is decided, and a decision of no is a good answer.
NO_ASK = frozenset({"utility.unknown", "ask.incomplete", "ask.invalid"})


class Check(ApiView):
    """A dry run of the decision."""

    limits = (calls.calls, calls.checks)

    @described(
        Operation(
            "checkDecision",
            "requests",
            "Check what an ask would get",
            "Decides the ask as if it were made at this moment, by the same rules, and does nothing else: no request "
            "is made and nothing is sent. The check is an entry of the log that the customer sees. A decision of no "
            "is a good answer (`200`); each account is decided by itself, and `alternatives` says why other ways "
            "would not do.",
            answers={
                200: Answer(
                    "The decision.",
                    {JSON: DECISION},
                    {"one of two accounts": examples.CHECKED, "none": examples.CHECKED_NO},
                )
            },
            codes=(*sorted(NO_ASK), "purpose.not_approved"),
            body=Body(ASK, {"a month of days": examples.ASK, "two accounts": examples.ASK_OF_TWO}),
        )
    )
    def post(self, request: Request) -> Response:
        """Answer with the decision that the ask would get."""
        application = self.application(request)
        self.count_accounts(request)
        found = pull.check(application, request.data, now=timezone.now())
        if isinstance(found, Refusal):
            return refused(found)
        decided = found.decision
        if NO_ASK & set(decided.codes):
            rules = decided.rules()
            more = ways_on(decided.codes, rules, application.organisation)
            return problem(decided.codes[0], codes=decided.codes, rules=rules, more=more)
        return Response(_shown(found, application), headers=NO_STORE)


def _shown(found: pull.Checked, application: Application) -> dict[str, Any]:
    decided = found.decision
    rules = decided.rules()
    further = ways_on(decided.codes, rules, application.organisation)
    return {
        "outcome": decided.outcome,
        "channel": decided.channel,
        "codes": list(decided.codes),
        "accounts": [
            {"account": each.account, "outcome": each.outcome, "codes": list(each.codes)} for each in decided.accounts
        ],
        "nearest_permitted": [each.as_json() for each in decided.nearest],
        "alternatives": [each.as_json() for each in decided.alternatives],
        "not_guaranteed": list(decided.not_guaranteed),
        "consent": str(found.consent.id) if found.consent else None,
        "rules": rules,
        "profile": decided.profile_version,
        "policy": decided.policy,
        **{name: value for name, value in further.items() if name == "permission_page"},
    }
