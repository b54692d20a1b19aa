"""The log's proof inside a letter: taken out in the sandbox, where strangers' files belong."""

import io
from typing import Any

import pikepdf

from broker.sandbox.errors import Refused
from broker.sandbox.wire import unpack

NAME = "log-entry.tlog-proof"  # consents.loa.seal.LOG_PROOF_NAME
LARGEST = 200_000  # bytes


def take_out(payload: dict[str, Any]) -> dict[str, Any]:
    """Give the text of the attached proof; `Refused` where the file is no PDF or carries none."""
    try:
        with pikepdf.open(io.BytesIO(unpack(payload["pdf"]))) as document:
            attached = document.attachments.get(NAME)
            if attached is None:
                raise Refused("check.no_proof")
            data = attached.get_file().read_bytes()
    except (pikepdf.PdfError, ValueError, TypeError, AttributeError):
        raise Refused("check.not_a_pdf") from None
    if len(data) > LARGEST:
        raise Refused("check.no_proof")
    return {"text": data.decode("utf-8", "replace")}
