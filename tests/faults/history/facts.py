"""What the database and the log say after a history, printed as JSON; run as a program under the integrator's login."""

import json
import sys
from collections import Counter, defaultdict

import django


def main() -> None:
    """Print it."""
    django.setup()
    from broker.audit.models import AuditEvent
    from consents.actions import stop_token
    from consents.asking.models import ConsentAsk
    from consents.lifecycle import ENDED
    from consents.models import Consent, ConsentEvent
    from requests_app.models import DataRequest, Release

    asked = set(ConsentAsk.objects.exclude(consent=None).values_list("consent_id", flat=True))
    there = list(Consent.objects.all())
    stop = {row.id: f"/stop/{stop_token(row.id)}/" for row in there}
    requests: dict[str, list[str]] = defaultdict(list)
    for key, row in DataRequest.objects.values_list("idempotency_key", "id"):
        requests[key].append(str(row))
    ends = Counter(
        stop[consent] for consent in ConsentEvent.objects.filter(state="revoked").values_list("consent_id", flat=True)
    )
    print(
        json.dumps(
            {
                "consents": [stop[row.id] for row in there if row.id not in asked],  # that no ask led to
                "stops": ends,
                "ended": [stop[row.id] for row in there if row.state in ENDED],
                "releases": Counter(stop[each] for each in Release.objects.values_list("consent_id", flat=True)),
                "requests": requests,
                "grants": {
                    str(ask): [str(consent)]
                    for ask, consent in ConsentAsk.objects.exclude(consent=None).values_list("id", "consent_id")
                },
                "wrong": _log(),
                "events": AuditEvent.objects.count(),
            }
        )
    )


def _log() -> list[str]:
    from broker.audit import auditing, store
    from tests.integration.audit_support import lanes_have_no_gap

    wrong = [] if lanes_have_no_gap() else ["a lane has a gap"]
    (events,) = store.rows("SELECT count(*) FROM audit_event")[0]
    if (size := store.tree_size(store.origins()[-1].id)) != events:
        wrong.append(f"{events} events, {size} in the tree")
    if sys.argv[1:] == ["verified"]:
        result = auditing.verify_database()
        wrong += [] if result.ok else [f"it does not verify: {result.kind} at {result.first_bad}"]
    return wrong


if __name__ == "__main__":
    main()
