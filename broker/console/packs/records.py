"""What a pack states about consents, requests and decisions, as plain values; nothing sealed is opened (reads)."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from broker import publishing, utilities
from broker.audit import packing
from broker.audit.packing import Held
from broker.console.packs.selection import About
from broker.console.packs.sentences import KINDS, ROLES
from broker.parties.models import Application, Organisation
from broker.publishing.models import PublishedProfile
from broker.terms import PURPOSES
from broker.utilities.profile import UtilityProfile
from consents.models import Consent
from requests_app.models import DataRequest, ManualRequest, Message, ReceivedFile

# Acts by which somebody came to see data, or was kept from it.
ACCESS = frozenset(
    {
        "account.read", "consent.viewed", "data.compared", "data.exported", "data.read", "data.read_refused",
        "data.released",
        "data.viewed", "file.read", "letter.read", "letter.sent", "mail.read", "nectar.uploaded", "parties.read",
        "request.read", "admin.export", "pack.read", "log.read", "log.exported",
    }
)  # fmt: skip


def as_bytes(value: object) -> bytes:
    """Write plain values as JSON that a person can read; the same values give the same bytes."""
    return (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True, default=_plain) + "\n").encode()


class Names:
    """Who stands behind the opaque ids of headers: organisations by name, staff by role, customers as such."""

    def __init__(self) -> None:
        self._named = {each.id: each.legal_name for each in Organisation.objects.all()}
        for app in Application.objects.select_related("organisation"):
            self._named[app.id] = f"{app.organisation.legal_name} ({app.name})"

    def of(self, event: Held) -> str:
        """Put an event's actor in words."""
        head = event.head
        kind = head.actor[0]
        name = self._named.get(packing.actor_id(head.actor)) if kind == "a" else None
        if kind == "s" and head.role:
            return ROLES.get(head.role, f"{KINDS[kind]} ({head.role})")
        return name or KINDS[kind]


def consents(whole: About) -> list[dict[str, Any]]:
    """Give each consent as it was signed, with the states that it entered."""
    return [_consent(each) for each in whole.consents]


def requests(whole: About) -> list[dict[str, Any]]:
    """Give each ask with its decisions, every rule of them, and what went to the co-op for it."""
    manual = {each.request_id: each for each in whole.manual()}
    return [_request(each, manual.get(each.id)) for each in whole.requests]


def documents(whole: About) -> dict[str, list[dict[str, Any]]]:
    """List letters, mails and files with their hashes, whether or not their bytes are in the pack."""
    return {
        "letters": [_letter(consent, each) for consent in whole.consents for each in _letters(consent)],
        "mails": [_mail(each) for each in whole.mails()],
        "files": [_file(each) for each in whole.files()],
    }


def profiles(whole: About) -> dict[str, bytes]:
    """Give calendar and profile of each utility concerned, and which version each decision went by."""
    found = {each.utility for each in whole.consents}
    out: dict[str, bytes] = {}
    for utility in sorted(found):
        profile = publishing.working(utility)
        out[f"calendar/{utility}.json"] = as_bytes(_calendar(profile))
        for path in sorted(utilities.FOLDER.glob(f"{utility}*.toml")):
            if profile.rehearsal or not path.name.endswith(utilities.OVERLAY):
                out[f"profile/{path.name}"] = path.read_bytes()
        for row in PublishedProfile.objects.filter(utility=utility).select_related("proposal"):
            out[f"profile/{utility}-version-{row.number}.toml"] = row.proposal.text.encode()
    return out


def _letters(consent: Consent) -> list[Any]:
    letter = getattr(consent, "letter", None)
    return sorted(letter.files.all(), key=lambda each: each.kind) if letter else []


def _consent(row: Consent) -> dict[str, Any]:
    letter = getattr(row, "letter", None)
    return {
        "id": row.id,
        "number": row.number,
        "recipient": row.recipient.legal_name,
        "onward_recipients": row.onward_recipients,
        "utility": row.utility,
        "accounts_ending": sorted(each.last_four for each in row.accounts.all()),
        "data_types": row.data_types,
        "purpose": row.purpose,
        "purpose_text": PURPOSES.get(row.purpose, row.purpose),
        "history_from": row.history_from,
        "history_to_exclusive": row.history_to,
        "future_until_exclusive": row.forward,
        "starts": row.starts,
        "ends_exclusive": row.ends,
        "assurance": row.assurance,
        "state": row.state,
        "states": [{"state": each.state, "at": each.at} for each in sorted(row.events.all(), key=lambda e: e.at)],
        "signed_at": row.signed_at,
        "ended_at": row.ended_at,
        "text_version": row.text_version,
        "text_sha256": bytes(row.text_sha256).hex(),
        "letter": letter.number if letter else None,
    }


def _request(row: DataRequest, manual: ManualRequest | None) -> dict[str, Any]:
    return {
        "id": row.id,
        "organisation": row.organisation.legal_name,
        "application": row.application.name,
        "consent": row.consent.number if row.consent else None,
        "data_types": row.data_types,
        "from": row.range_from,
        "to_exclusive": row.range_to,
        "purpose": row.purpose if row.purpose in PURPOSES else None,
        "made_at": row.made_at,
        "decisions": [_decision(each) for each in sorted(row.decisions.all(), key=lambda d: d.decided_at)],
        "manual": _manual(manual) if manual else None,
    }


def _decision(row: Any) -> dict[str, Any]:
    fields = (
        "id",
        "step",
        "outcome",
        "channel",
        "codes",
        "rules",
        "nearest",
        "alternatives",
        "profile_version",
        "text_version",
    )
    return {**{name: getattr(row, name) for name in fields}, "decided_at": row.decided_at}


def _manual(row: ManualRequest) -> dict[str, Any]:
    fields = (
        "number", "state", "sent_at", "delivered_at", "day0", "expected_from", "due", "due_at", "first_follow_up",
        "calendar_version", "withdrawal",
    )  # fmt: skip
    return {name: getattr(row, name) for name in fields}


def _letter(consent: Consent, row: Any) -> dict[str, Any]:
    return {
        "letter": consent.letter.number,
        "consent": consent.number,
        "copy": row.kind,
        "bytes": row.bytes,
        "sha256": bytes(row.sha256).hex(),
        "made_at": row.made_at,
    }


def _mail(row: Message) -> dict[str, Any]:
    number = row.manual.number if row.manual else None
    facts = {"id": row.id, "request": number, "direction": row.direction, "kind": row.kind, "at": row.at}
    return {**facts, "sha256": bytes(row.sha256).hex()}


def _file(row: ReceivedFile) -> dict[str, Any]:
    fields = ("id", "channel", "media_type", "bytes", "data_type", "covers_from", "covers_to", "received_at")
    facts = {name: getattr(row, name) for name in fields}
    return {**facts, "consent": row.consent.number, "sha256": bytes(row.sha256).hex()}


def _calendar(profile: UtilityProfile) -> dict[str, Any]:
    clock = profile.clock
    return {
        "version": profile.version,
        "zone": profile.zone,
        "cut_off": clock.cut_off.isoformat(),
        "business_days": [clock.first_days, clock.last_days],
        "closing_days": [{"date": day.date, "name": day.name} for day in profile.closing_days],
    }


def _plain(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    return str(value)
