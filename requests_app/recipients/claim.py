"""What events say of organisations that asked to be enrolled, so that none can vanish, appear or change alone."""

from collections.abc import Iterator

from broker.audit.canonical import Json
from broker.audit.claims import Body, Claim, Row, Told
from broker.audit.entry import Header
from requests_app.recipients.models import SignUp
from requests_app.recipients.said import said_hash

_ANSWERS = {"enrol": SignUp.State.ENROLLED, "refuse": SignUp.State.REFUSED}


def _told(head: Header, body: Body) -> Told:
    if head.act == "recipient.applied":
        facts: dict[str, Json] = {"link": body["link"], "state": SignUp.State.WAITING.value}
        # Entries from before it was written down do not say it.
        return Told(str(body["sign_up"]), facts | ({"what_it_said": body["said"]} if "said" in body else {}))
    facts = {"state": _ANSWERS[str(body["answer"])].value, "approval": body["approval"]}
    return Told(str(body["sign_up"]), facts | {"organisation": body.get("organisation")})


def _rows() -> Iterator[Row]:
    for each in SignUp.objects.defer("contact_name", "contact_email").iterator():
        facts: dict[str, Json] = {
            "link": str(each.link_id),
            "what_it_said": said_hash(
                each.legal_name, each.address, each.about, each.phone, each.purposes, each.about_es
            ),
            "state": each.state,
            "approval": str(each.approval) if each.approval else None,
            "organisation": str(each.organisation_id) if each.organisation_id else None,
        }
        yield Row(str(each.id), each.audit_event_id, facts)


_ACTS = frozenset({"recipient.applied", "recipient.answered"})
CLAIM = Claim("recipients_signup", "sign-up of an organisation", _ACTS, _told, _rows)
