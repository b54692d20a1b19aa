"""What leaves: readings and files, each after its consent was checked again and the read was logged (interface)."""

import base64
import uuid

from django.http import HttpResponse
from django.utils import timezone
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from broker.terms import Refusal
from requests_app import release
from requests_app.api import examples
from requests_app.api.base import NO_STORE, ApiView
from requests_app.api.description import ANY_FILE, JSON, Answer, Operation, described
from requests_app.api.formats import format_of
from requests_app.api.reading_shapes import READINGS
from requests_app.api.views.requests import DECIDED
from requests_app.problem_answers import problem, rules_of

AGAIN = " The consent is checked again, as it is at this moment, and the read is logged before anything is opened."
# What a read may be refused for: whatever decides, decides again.
READ = (*DECIDED, "state.conflict", "data.gone")
DATA_TOO = "The kinds of a file: PDF, CSV, XML, PNG or JPEG, as `media_type` says where the request is shown."


class DataFile(ApiView):
    """A file's bytes."""

    renderer_classes = [JSONRenderer, *map(format_of, (*release.ENDINGS, ANY_FILE))]

    @described(
        Operation(
            "readFile",
            "data",
            "Read a file",
            "The bytes as they came to us." + AGAIN + " A file cannot be cut, so all of its days must lie inside what "
            "was asked for and permitted.",
            answers={
                200: Answer(
                    DATA_TOO,
                    {kind: {} for kind in (*release.ENDINGS, ANY_FILE)},
                    headers={
                        "Repr-Digest": "The SHA-256 of the bytes (RFC 9530).",
                        "Content-Disposition": "A name for the file, without anything personal.",
                    },
                )
            },
            codes=READ,
            sensitive=True,
        )
    )
    def get(self, request: Request, request_id: uuid.UUID, file_id: uuid.UUID) -> HttpResponse:
        """Give a file, after its consent was checked again and the read was logged."""
        found = release.release_file(self.application(request), request_id, file_id, now=timezone.now())
        return refused(found) if isinstance(found, Refusal) else given(found)


class Readings(ApiView):
    """Readings with where each came from."""

    @described(
        Operation(
            "readReadings",
            "data",
            "Read the readings of a request",
            "Each moment has one value, with its quality and its source; cut to what was asked for and permitted."
            + AGAIN,
            answers={200: Answer("The readings.", {JSON: READINGS}, {"one day": examples.READINGS})},
            codes=(*READ, "data.not_ready"),
            sensitive=True,
        )
    )
    def get(self, request: Request, request_id: uuid.UUID) -> Response:
        """Give the readings of a request, cut to the ask and the consent."""
        found = release.release_readings(self.application(request), request_id, now=timezone.now())
        return refused(found) if isinstance(found, Refusal) else Response(found, headers=NO_STORE)


def refused(no: Refusal) -> Response:
    """Answer a read that was refused, with every rule that was run."""
    codes = [code for each in sorted(no.findings, key=lambda found: found.rule) for code in each.codes]
    return problem(no.code, codes=list(dict.fromkeys(codes)) or [no.code], rules=rules_of(no.findings))


def given(file: release.FileOut) -> HttpResponse:
    """Answer with a file."""
    return HttpResponse(
        file.data,
        content_type=file.media_type,
        headers={
            **NO_STORE,
            "Content-Disposition": f'attachment; filename="{file.name}"',
            "X-Content-Type-Options": "nosniff",
            "Repr-Digest": f"sha-256=:{base64.b64encode(bytes.fromhex(file.sha256)).decode()}:",
        },
    )
