"""The record of a signing (actions): every field of the evidence, each a value or the reason why there is none.

A signature holds by the evidence of how it came about (Fabian v. Renovate America, Cal. App. 2019): so no field is
blank. The bundle is sealed; what may stand elsewhere is a commitment to it, SHA-256 over a salt and the canonical JSON.
"""

import hashlib
import json
import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Any

from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from broker import vault
from broker.terms import EventRef
from consents.ceremony.disclosure import disclosure
from consents.ceremony.models import SigningRecord
from consents.ceremony.pages import Page
from consents.ceremony.stated import BILLS, CODE, KNOWLEDGE, LINK, NUMBER
from consents.loa.letter import TEMPLATE_VERSION
from consents.loa.render import TEMPLATES
from consents.loa.template import template_sha256
from consents.loa.words import MEANINGS
from consents.models import Consent, Draft
from consents.rules import TAKEN_OVER, Answers, name_to_sign

FIELDS: dict[str, tuple[str, ...]] = {
    "identity": ("public_id", "letter_number", "consent_id", "supersedes", "state"),
    "intent": ("button", "attestations", "adoption", "meaning"),
    "electronic_records": (
        "disclosure_version", "locale", "sha256", "text", "scope", "agreed_at", "pdf_method", "pdf_result", "pdf_at",
    ),
    "attribution": (
        "name_typed", "name_shown", "name_as_billed", "role", "title", "authority", "email", "methods", "code_tries",
        "code_failures", "code_accepted_at", "delivery_receipt", "assurance",
    ),
    "environment": (
        "ip", "trusted_proxies", "port", "user_agent", "accept_language", "time_zone_offset", "viewport", "javascript",
        "help",
    ),
    "text_shown": ("presented_sha256", "presented_bytes", "pages"),
    "template": ("id", "version", "sha256", "renderer", "locale"),
    "integrity": ("presented", "sealed", "delivered", "archived", "seal_certificate", "timestamp", "log_head"),
    "audit_trail": ("draft", "link", "events"),
    "time": ("server", "ntp_offset", "timestamp", "difference"),
    "delivery": ("to_signer", "to_utility"),
    "retention": ("class", "keep_until", "legal_hold"),
    "afterlife": ("views", "revocation", "expiry", "supersession", "disputes"),
}  # fmt: skip
_MAILBOX = "mailbox shown by a mailed link and code; "
ASSURANCE = _MAILBOX + "account number and name as billed typed by the signer"
RENEWAL = _MAILBOX + "account number typed by the signer; name and address shown, as in the permission that it renews"
SEVERAL = _MAILBOX + "name as billed typed by the signer; each account of the schedule proven by a bill of its own"
# What she said yes to, as the pages word it; a test finds each sentence on the pages that were kept.
BUTTON = _("I sign and authorize this release")
AGREES = _("I agree to sign electronically and to get my copy by e-mail")
OPENED = {
    "word": _("The word with 4 characters from the letter"),
    "declared": _("I cannot find the word, but I opened the letter and can read it"),
}
CUSTOMER = _("the customer whom the bill names")
SIGNS = _("By pressing the button you sign the letter with this meaning: I authorize this release.")
_NOT = "not collected: "
_LATER = _NOT + "comes after the signature, see "


@dataclass(frozen=True)
class Surroundings:
    """What the browser and its connection told; an empty value means that they did not."""

    ip: str = ""
    port: str = ""
    trusted_proxies: int = 0
    user_agent: str = ""
    accept_language: str = ""


@dataclass(frozen=True)
class Signing:
    """What happens at the moment of signing, for the record."""

    consent_id: uuid.UUID
    number: str
    draft: Draft
    answers: Answers
    email: str
    letter: bytes
    typed_name: str
    surroundings: Surroundings
    pages: Sequence[Page]


@dataclass(frozen=True)
class Gathered:
    """A bundle with its salt, before it is kept."""

    bundle: Mapping[str, Any]
    salt: str  # hexadecimal

    @property
    def commitment(self) -> bytes:
        """Give what binds us to this bundle and tells nothing of it."""
        return hashlib.sha256(bytes.fromhex(self.salt) + canonical(self.bundle)).digest()


def canonical(bundle: Mapping[str, Any]) -> bytes:
    """Write a bundle so that the same facts give the same bytes."""
    return json.dumps(bundle, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def blank_fields(bundle: Mapping[str, Any]) -> set[str]:
    """Name the fields that are missing or empty: there must be none."""
    return {
        f"{group}.{name}"
        for group, names in FIELDS.items()
        for name in names
        if bundle.get(group, {}).get(name) in (None, "", [], {})
    }


def gather(signing: Signing, *, now: datetime) -> Gathered:
    """Put the bundle together; raises ValueError naming a field that is blank."""
    bundle = {
        "identity": _identity(signing),
        "intent": _intent(signing, now),
        "electronic_records": _electronic_records(signing.answers),
        "attribution": _attribution(signing),
        "environment": _environment(signing),
        "text_shown": _text_shown(signing),
        "template": _template(signing.answers.language),
        **_afterwards(signing, now),
    }
    if blank := blank_fields(bundle):
        raise ValueError(f"fields of the evidence are blank: {sorted(blank)}")
    return Gathered(bundle, secrets.token_hex(32))


def keep(consent: Consent, gathered: Gathered, *, ref: EventRef, now: datetime) -> None:
    """Keep the record with its consent, under the caller's event."""
    record_id = uuid.uuid4()
    place = vault.Place("ceremony_signingrecord", "bundle", record_id)
    text = json.dumps({"salt": gathered.salt, "bundle": gathered.bundle}, ensure_ascii=False, sort_keys=True)
    SigningRecord.objects.create(
        id=record_id,
        consent=consent,
        bundle=vault.seal(text, subject=consent.customer_id, place=place),
        commitment=gathered.commitment,
        disclosure=gathered.bundle["electronic_records"]["disclosure_version"],
        made_at=now,
        audit_event_id=ref.id,
    )


def read_bundle(text: str) -> Gathered:
    """Read an opened record."""
    values = json.loads(text)
    return Gathered(values["bundle"], values["salt"])


def in_lines(value: Any) -> list[str]:
    """Write a value of the record for a reader: a line for each of several, their parts apart."""
    several = value if isinstance(value, list) else [value]
    return [
        " · ".join(str(part) for part in each.values()) if isinstance(each, dict) else str(each) for each in several
    ]


def _identity(signing: Signing) -> dict[str, Any]:
    return {
        "public_id": signing.number,
        "letter_number": signing.answers.extra["letter"],
        "consent_id": str(signing.consent_id),
        "supersedes": signing.answers.extra.get("supersedes") or _NOT + "this permission takes the place of none",
        "state": "signed",
    }


def _intent(signing: Signing, now: datetime) -> dict[str, Any]:
    answers = signing.answers
    return {
        "button": gettext(BUTTON),  # in the language of the page
        "attestations": _attestations(answers, now.isoformat()),
        "adoption": "typed name",
        "meaning": MEANINGS[answers.language if answers.language in MEANINGS else "en"],
    }


def _attestations(answers: Answers, at: str) -> list[dict[str, str]]:
    """Give what she said, each with its sentence in the language in which it stood before her, and its time."""
    opened, agreed = answers.opened, answers.terms
    capacity = gettext(CUSTOMER) if answers.role == "customer" else f"{answers.signer_name}, {answers.signer_title}"
    said = [
        ("agreed to electronic records", _in(agreed["locale"], AGREES), agreed["at"]),
        (
            f"opened the letter ({opened['method']})",
            _in(opened.get("locale", agreed["locale"]), OPENED[opened["method"]]),
            opened["at"],
        ),
        (f"signs as {answers.role}", f"{gettext('You sign as')} {capacity}", at),
        ("signed and authorized this release", gettext(SIGNS), at),
    ]
    return [{"what": what, "sentence": sentence, "at": when} for what, sentence, when in said]


def _in(locale: str, sentence: str) -> str:
    with translation.override(locale):
        return gettext(sentence)


def _electronic_records(answers: Answers) -> dict[str, Any]:
    shown = disclosure(answers.terms["locale"])
    same = shown.sha256 == answers.terms["sha256"]
    return {
        "disclosure_version": answers.terms["version"],
        "locale": answers.terms["locale"],
        "sha256": answers.terms["sha256"],
        "text": [item.text for item in shown.items] if same else _NOT + "changed since; it is in the page as served",
        "scope": "this letter, its receipt, and the mails about it",
        "agreed_at": answers.terms["at"],
        "pdf_method": answers.opened["method"],
        "pdf_result": "opened",
        "pdf_at": answers.opened["at"],
    }


def _attribution(signing: Signing) -> dict[str, Any]:
    answers, link, customer = signing.answers, signing.draft.link, signing.answers.role == "customer"
    used = link.code_used_at
    shown = bool(answers.extra.get(TAKEN_OVER))  # a renewal shows the name and address of the old permission
    known, sure = (BILLS, SEVERAL) if answers.several else (NUMBER, RENEWAL) if shown else (KNOWLEDGE, ASSURANCE)
    return {
        "name_typed": signing.typed_name,
        "name_shown": name_to_sign(answers),
        "name_as_billed": answers.name_as_billed,
        "role": answers.role,
        "title": _NOT + "signs for herself" if customer else answers.signer_title,
        "authority": _NOT + "signs for herself" if customer else answers.basis,
        "email": signing.email,
        "methods": [LINK, *([CODE] if used else []), known],
        "code_tries": link.code_tries,
        "code_failures": link.code_tries - 1 if used else link.code_tries,
        "code_accepted_at": used.isoformat() if used else _NOT + "no code was used",
        "delivery_receipt": _NOT + "kept with the mail itself (notices)",
        "assurance": sure,
    }


def _environment(signing: Signing) -> dict[str, Any]:
    found, answers = signing.surroundings, signing.answers
    unsent = _NOT + "the browser did not send it"
    scriptless = _NOT + "the pages ask for no script"
    return {
        "ip": found.ip or _NOT + "the connection has no address (local socket)",
        "trusted_proxies": found.trusted_proxies,
        "port": found.port or _NOT + "not known behind the proxy",
        "user_agent": found.user_agent or unsent,
        "accept_language": found.accept_language or unsent,
        "time_zone_offset": scriptless,
        "viewport": scriptless,
        "javascript": scriptless,
        "help": f"{answers.help_kind}: {answers.helper}" if answers.helped else "no",
    }


def _text_shown(signing: Signing) -> dict[str, Any]:
    pages = [
        {"step": p.step, "language": p.language, "at": p.at.isoformat(), "sha256": p.sha256.hex()}
        for p in signing.pages
    ]
    return {
        "presented_sha256": hashlib.sha256(signing.letter).hexdigest(),
        "presented_bytes": len(signing.letter),
        "pages": pages or _NOT + "no page was served",
    }


def _template(language: str) -> dict[str, Any]:
    locale = language if language in TEMPLATES else "en"
    return {
        "id": TEMPLATES[locale],
        "version": TEMPLATE_VERSION,
        "sha256": template_sha256(),
        "renderer": f"WeasyPrint {version('weasyprint')}, pydyf {version('pydyf')}",
        "locale": locale,
    }


def _afterwards(signing: Signing, now: datetime) -> dict[str, dict[str, Any]]:
    """What is known only after the signature is not blank either: it says where it will stand."""
    files = _LATER + "the letter's files"
    return {
        "integrity": {
            "presented": hashlib.sha256(signing.letter).hexdigest(),
            **dict.fromkeys(("sealed", "delivered", "archived", "seal_certificate", "timestamp", "log_head"), files),
        },
        "audit_trail": {
            "draft": str(signing.draft.id),
            "link": str(signing.draft.link_id),
            "events": _NOT + "they are entries of the log about this draft, this link and this customer",
        },
        "time": {
            "server": now.isoformat(),
            "ntp_offset": _NOT + "the seal's timestamp authority gives a second clock",
            "timestamp": files,
            "difference": files,
        },
        "delivery": {"to_signer": _LATER + "the receipt's mail", "to_utility": _LATER + "the request to the utility"},
        "retention": {
            "class": vault.EVIDENCE,
            "keep_until": _NOT + "counted from the end of the permission",
            "legal_hold": _LATER + "the register of holds",
        },
        "afterlife": {
            "views": _LATER + "the log",
            "revocation": _LATER + "the permission's states",
            "expiry": _LATER + "the permission's states",
            "supersession": _LATER + "the permission's states",
            "disputes": _LATER + "the log",
        },
    }
