"""The log's proof inside a PDF, and the seal around it: both looked at in the sandbox, as strangers' files are."""

import io
from typing import Any

import pikepdf

from broker.sandbox.errors import Refused
from broker.sandbox.wire import unpack
from consents.loa.judgement import NotValid
from consents.loa.judging import unpacked
from consents.loa.validation import validate_sealed

NAME = "log-entry.tlog-proof"  # consents.loa.words.LOG_PROOF_NAME
LARGEST = 200_000  # bytes
# The report of a year is PDF/UA-1 with the proof alone attached; a letter is also PDF/A.
UA, ARCHIVAL = "{http://www.aiim.org/pdfua/ns/id/}part", "{http://www.aiim.org/pdfa/ns/id/}part"


def take_out(payload: dict[str, Any]) -> dict[str, Any]:
    """Give the attached proof's text, whether our seal covers the whole file, and whether it may be a report.

    `pdf` is packed bytes, the rest is what `consents.loa.verify.packed` gives. `Refused` where the file is no PDF or
    carries no proof.
    """
    data = unpack(payload["pdf"])
    text, report = _proof(data)
    try:
        validate_sealed(data, unpacked(payload))
        sealed = True
    except NotValid:
        sealed = False
    return {"text": text, "sealed": sealed, "report": report}


def _proof(data: bytes) -> tuple[str, bool]:
    try:
        with pikepdf.open(io.BytesIO(data)) as document:
            attached = document.attachments.get(NAME)
            if attached is None:
                raise Refused("check.no_proof")
            proof = attached.get_file().read_bytes()
            says = document.open_metadata()
            report = UA in says and ARCHIVAL not in says and len(document.attachments) == 1
    except (pikepdf.PdfError, ValueError, TypeError, AttributeError):
        raise Refused("check.not_a_pdf") from None
    if len(proof) > LARGEST:
        raise Refused("check.no_proof")
    return proof.decode("utf-8", "replace"), report
