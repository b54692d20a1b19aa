"""How each consent of a pack was signed: the record, every page as served, the disclosure, and a certificate.

A signature holds by the evidence of how it came about. So a pack that opens the letters opens this with them, under
the same entry of the export (docs/pack-format.md).
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.template.loader import render_to_string

from broker import vault
from broker.console.packs import records
from broker.console.packs.selection import About
from consents.ceremony.evidence import Gathered, in_lines, read_bundle
from consents.ceremony.models import PageSnapshot, SigningRecord
from consents.ceremony.stated import method_words
from consents.models import Consent

if TYPE_CHECKING:
    from broker.console.packs.build import Under

FOLDER = "signing"


@dataclass(frozen=True)
class Signing:
    """What is kept of one signing, still sealed, with the names that its pages have in a pack."""

    consent: Consent
    record: SigningRecord
    pages: tuple[tuple[str, PageSnapshot], ...]

    @property
    def folder(self) -> str:
        """Give the folder of this signing in a pack."""
        return f"{FOLDER}/{self.consent.number}"

    @property
    def size(self) -> int:
        """Give the bytes of what is sealed, which are a little more than those of what is opened."""
        return sum(len(each.data) for each in self._sealed())

    def _sealed(self) -> list[vault.Sealed]:
        return [self.record.bundle, *(row.page for _, row in self.pages)]


def signings(whole: About) -> list[Signing]:
    """Give what is kept of the signing of each consent; one that was signed on paper has nothing here."""
    ids = [each.id for each in whole.consents]
    found = {row.consent_id: row for row in SigningRecord.objects.filter(consent_id__in=ids)}
    pages: dict[uuid.UUID, list[PageSnapshot]] = {}
    for row in PageSnapshot.objects.filter(consent_id__in=ids).order_by("at", "id"):
        pages.setdefault(row.consent_id, []).append(row)
    return [
        Signing(each, found[each.id], tuple(_named(each, pages.get(each.id, ()))))
        for each in whole.consents
        if each.id in found
    ]


def listed(whole: About) -> list[dict[str, Any]]:
    """List what is kept with its hashes, whether or not it is in the pack."""
    return [
        {
            "consent": each.consent.number,
            "commitment": bytes(each.record.commitment).hex(),
            "disclosure": each.record.disclosure,
            "made_at": each.record.made_at,
            "pages": [
                {"file": path, "step": row.step, "language": row.language, "at": row.at, "sha256": row.digest}
                for path, row in each.pages
            ],
        }
        for each in signings(whole)
    ]


def files(found: list[Signing], under: "Under") -> dict[str, bytes]:
    """Open each customer's signings under her own entry of the export, which can do so once."""
    out: dict[str, bytes] = {}
    for customer, event in under.customers.items():
        hers = [each for each in found if each.consent.customer_id == customer]
        sealed = [value for each in hers for value in each._sealed()]
        if sealed:
            texts = iter(vault.open_all(sealed, under=event))
            for each in hers:
                out |= _files(each, next(texts), [next(texts) for _ in each.pages])
    return out


def _named(consent: Consent, rows: Iterable[PageSnapshot]) -> Iterable[tuple[str, PageSnapshot]]:
    for place, row in enumerate(rows, start=1):
        yield f"{FOLDER}/{consent.number}/pages/{place:03}-{row.step}-{row.language}.html", row


def _files(signing: Signing, text: str, pages: list[str]) -> dict[str, bytes]:
    kept = read_bundle(text)
    agreed = kept.bundle["electronic_records"]
    disclosure = {
        name: agreed[name] for name in ("disclosure_version", "locale", "sha256", "text", "scope", "agreed_at")
    }
    record = {"commitment": bytes(signing.record.commitment).hex(), "salt": kept.salt, "bundle": kept.bundle}
    out = {path: page.encode() for (path, _), page in zip(signing.pages, pages, strict=True)}
    return out | {
        f"{signing.folder}/record.json": records.as_bytes(record),
        f"{signing.folder}/disclosure.json": records.as_bytes(disclosure),
        f"{signing.folder}/certificate.html": _certificate(signing, kept).encode(),
    }


def _certificate(signing: Signing, kept: Gathered) -> str:
    """The certificate of signing, for a reader in a court room: what was done, how it is known, what to declare."""
    bundle = kept.bundle
    context = {
        "consent": signing.consent,
        "letter": getattr(signing.consent, "letter", None),
        "bundle": bundle,
        "commitment": bytes(signing.record.commitment).hex(),
        "unchanged": kept.commitment == bytes(signing.record.commitment),
        "pages": [(path.rpartition("/")[2], row) for path, row in signing.pages],
        "groups": [
            (group.replace("_", " "), [(name.replace("_", " "), in_lines(value)) for name, value in fields.items()])
            for group, fields in bundle.items()
            if group != "text_shown"  # its pages have a table of their own
        ],
        "method": method_words(bundle["attribution"]["methods"], bundle["electronic_records"]["pdf_method"]),
        "by_word": bundle["electronic_records"]["pdf_method"] == "word",
        "for_business": bundle["attribution"]["role"] == "entity",
        "operator": settings.OPERATOR_NAME,
    }
    return render_to_string("console/packs/certificate.html", context)
