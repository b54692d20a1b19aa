"""What events say of versions of a profile, so that none can vanish, appear or change alone."""

import hashlib
from collections.abc import Iterator

from broker.audit.canonical import Json
from broker.audit.claims import Body, Claim, Row, Told
from broker.audit.encoding import b64url
from broker.audit.entry import Header
from broker.publishing.changing import NAME
from broker.publishing.models import ProposedProfile, PublishedProfile


def _told_of_proposal(_head: Header, body: Body) -> Told | None:
    if body["of"] != NAME:
        return None
    asked = body["params"]
    if not isinstance(asked, dict):
        raise TypeError("params")
    names = ("utility", "version", "against", "contacts")
    return Told(str(body["approval"]), {name: asked[name] for name in names} | {"text": asked["version"]})


def _proposals() -> Iterator[Row]:
    for each in ProposedProfile.objects.iterator():
        facts: dict[str, Json] = {
            "utility": each.utility,
            "version": each.version,
            "against": each.against,
            "contacts": each.contacts_change,
            # The version is the text's hash, so the text cannot change alone either.
            "text": hashlib.sha256(each.text.encode()).hexdigest()[:12],
        }
        yield Row(str(each.approval), each.audit_event_id, facts)


def _told_of_version(head: Header, body: Body) -> Told | None:
    if "number" not in body:
        return None
    facts = {name: body[name] for name in ("utility", "number", "approval", "version")}
    return Told(str(body["proposal"]), {**facts, "who_decided": head.actor.partition(":")[2]})


def _versions() -> Iterator[Row]:
    for each in PublishedProfile.objects.select_related("proposal").iterator():
        facts: dict[str, Json] = {
            "utility": each.utility,
            "number": each.number,
            "approval": str(each.proposal.approval),
            "version": each.proposal.version,
            "who_decided": b64url(each.approver.bytes),
        }
        yield Row(str(each.proposal_id), each.audit_event_id, facts)


CLAIMS = (
    Claim(
        "publishing_proposedprofile",
        "proposed profile of a utility",
        frozenset({"approval.requested"}),
        _told_of_proposal,
        _proposals,
    ),
    Claim(
        "publishing_publishedprofile",
        "published profile of a utility",
        frozenset({"profile.changed"}),
        _told_of_version,
        _versions,
    ),
)
