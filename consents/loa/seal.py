"""Sealing: one increment over the bytes that the customer saw, nothing else touched."""

import hashlib
import io
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import render_to_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import AxisAlignment, InnerScaling, Margins, SimpleBoxLayoutRule
from pyhanko.sign import signers
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter, append_signature_field
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.stamp import StaticStampStyle

from broker import sandbox
from broker.audit import checkpoint, tlogproof
from consents.loa.increment import BlockPage, Box, NotOurLetter, attach, put_in_structure, signature_place
from consents.loa.reading import LetterReader
from consents.loa.render import CPU, WALL
from consents.loa.seal_key import SealKey, read_seal_key
from consents.loa.stamping import our_stamper
from consents.loa.trusting import trust
from consents.loa.validation import FIELD, validate_sealed
from consents.loa.words import EVIDENCE_NAME, LANGUAGES, LOG_PROOF_NAME, MEANINGS, in_words

METHOD = "e-mail verified (a link and a 6-digit code sent to one mailbox; one factor)"
JSON, PLAIN = "application/json", "text/plain"
# Room for the signature with its timestamp, as hexadecimal digits: a token with a long chain takes about 8 kB.
RESERVED = 2 * 15_000
SIZES = ((17, 8), (13, 8), (10, 7.5), (8, 7), (7, 5.5))  # points: of the name, of the text
TOO_LONG = "letter.name_too_long"
# The block is drawn at its own size: pyHanko would leave margins and shrink it.
EDGE_TO_EDGE = SimpleBoxLayoutRule(
    x_align=AxisAlignment.ALIGN_MIN,
    y_align=AxisAlignment.ALIGN_MIN,
    margins=Margins(),
    inner_content_scaling=InnerScaling.NO_SCALING,
)


def seal_letter(
    presented: bytes,
    *,
    signer_name: str,
    signed_at: datetime,
    meaning: str,
    evidence: dict[str, Any],
    log_proof: str,
    signer: SealKey,
    timestamper: TimeStamper,
) -> bytes:
    """Add the visible block, the evidence, the log's proof and the certification seal; what was shown stays first.

    `log_proof` is the C2SP tlog-proof that the event of this signature is in the log (`checkpoint.BadNote` and
    `tlogproof.BadTlogProof` for anything else).
    """
    if signed_at.tzinfo is None:
        raise ValueError("signed_at must say its zone")
    writer = IncrementalPdfFileWriter.from_reader(LetterReader(io.BytesIO(presented)))
    page, box = signature_place(writer)
    method = evidence.get("method", METHOD)
    block = _block(signer_name, signed_at, meaning, method, signer.name, box, _place_in_log(log_proof))
    facts = _evidence(presented, signer_name, signed_at, meaning, {"method": method, **evidence})
    attach(writer, LOG_PROOF_NAME, log_proof.encode(), PLAIN, description="Proof of the log's entry", at=signed_at)
    attach(writer, EVIDENCE_NAME, facts, JSON, description="How this letter was signed", at=signed_at)
    label = f"Signed electronically by {signer_name} on {_utc(signed_at)}; sealed by {signer.name}"
    append_signature_field(writer, SigFieldSpec(FIELD, on_page=page, box=box, readable_field_name=label))
    put_in_structure(writer, writer.root["/AcroForm"]["/Fields"].raw_get(-1), page, label)
    sealer = signers.PdfSigner(
        signers.PdfSignatureMetadata(
            field_name=FIELD,
            md_algorithm="sha256",
            certify=True,
            docmdp_permissions=MDPPerm.NO_CHANGES,
            subfilter=SigSeedSubFilter.PADES,
            reason="Seal over the customer's electronic signature",
            name=signer.name,
        ),
        signer=signer.signer,
        timestamper=timestamper,
        # A new style each time: a used one carries its old resources into the next file.
        stamp_style=StaticStampStyle(background=BlockPage(block), border_width=0, background_layout=EDGE_TO_EDGE),
    )
    sealed = sealer.sign_pdf(writer, existing_fields_only=True, bytes_reserved=RESERVED).getvalue()
    if not sealed.startswith(presented):
        raise AssertionError("the seal changed what was shown")
    return bytes(sealed)


def seal_and_check(
    presented: bytes,
    *,
    signer_name: str,
    signed_at: datetime,
    letter_number: str,
    log_proof: str,
    stated: Mapping[str, Any] | None = None,
) -> bytes:
    """Seal with this installation's key and timestamp authority, and check our own output like a stranger would.

    `stated` is what the record of the signing says in the letter (`ceremony.stated`): the methods that were used, and
    the commitment to the record itself.
    """
    key, believed = read_seal_key(settings.SEAL_KEY_FILE, settings.SEAL_CERT_FILE, settings.SEAL_ROOT_FILE), trust()
    sealed = seal_letter(
        presented,
        signer_name=signer_name,
        signed_at=signed_at,
        meaning=MEANINGS[letter_language(presented)],
        evidence={**(stated or {}), "letter": letter_number},
        log_proof=log_proof,
        signer=key,
        timestamper=our_stamper(believed),
    )
    validate_sealed(sealed, believed)
    return sealed


def letter_language(presented: bytes) -> str:
    """Give the language in which a letter was shown, as the letter itself says it."""
    language = str(LetterReader(io.BytesIO(presented)).root["/Lang"])
    if language not in LANGUAGES:
        raise NotOurLetter("language")
    return language


def _place_in_log(log_proof: str) -> dict[str, Any]:
    """What a reader of the page is told about the entry: which log, which entry, of how many."""
    proof = tlogproof.parse(log_proof)
    signed = checkpoint.parse(checkpoint.text_of(proof.note))
    return {"log": signed.origin, "entry": proof.index, "size": signed.size}


def _block(
    name: str, signed_at: datetime, meaning: str, method: str, sealed_by: str, box: Box, place: dict[str, Any]
) -> bytes:
    """Make the visible block; a long name gets smaller letters: a signed letter must not fail for its length."""
    local = signed_at.astimezone(ZoneInfo(settings.DISPLAY_ZONE))
    context = {
        "name": name,
        "local_time": f"{in_words(local.date())} at {local:%H:%M:%S} {local.tzname()}",
        "utc_time": _utc(signed_at),
        "meaning": meaning,
        "method": method,
        "sealed_by": sealed_by,
        "width": box[2] - box[0],
        "height": box[3] - box[1],
        "made_at": _utc(signed_at).replace(" UTC", "Z").replace(" ", "T"),
        **place,
    }
    texts = " ".join((name, meaning, method, sealed_by, place["log"]))
    for name_size, text_size in SIZES:
        html = render_to_string(
            "consents/loa/signature_block.html", {**context, "name_size": name_size, "text_size": text_size}
        )
        try:
            answer = sandbox.call("consents.loa.pdf:signature_block", {"html": html, "text": texts}, wall=WALL, cpu=CPU)
        except sandbox.Refused as refusal:
            if refusal.code != TOO_LONG:
                raise
        else:
            return sandbox.unpack(answer["pdf"])
    raise sandbox.Refused(TOO_LONG)


def _evidence(presented: bytes, name: str, signed_at: datetime, meaning: str, more: dict[str, Any]) -> bytes:
    facts = {
        "schema": "signature-evidence/1",
        "presented_sha256": hashlib.sha256(presented).hexdigest(),
        "presented_bytes": len(presented),
        "signer_name": name,
        "signed_at": signed_at.astimezone(UTC).isoformat(timespec="milliseconds"),
        "meaning": meaning,
        **more,
    }
    return json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
