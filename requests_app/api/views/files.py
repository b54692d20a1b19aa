"""Files on their way out, each after its consent was checked again and the read was logged (interface)."""

import base64
import uuid

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from broker.terms import Refusal
from requests_app import release
from requests_app.api import examples, links
from requests_app.api.base import NO_STORE, ApiView
from requests_app.api.description import ANY_FILE, JSON, Answer, Operation, described
from requests_app.api.formats import format_of
from requests_app.api.request_shapes import FILE_LINK
from requests_app.api.views.requests import DECIDED
from requests_app.problem_answers import problem, rules_of

AGAIN = " The consent is checked again, as it is at this moment, and the read is logged before anything is opened."
# What a read may be refused for: whatever decides, decides again.
READ = (*DECIDED, "state.conflict", "data.gone")
A_FILE = Answer(
    "The file: PDF, CSV, XML, PNG or JPEG, as `media_type` says where the request is shown.",
    {kind: {} for kind in (*release.ENDINGS, ANY_FILE)},
    headers={
        "Repr-Digest": "The SHA-256 of the bytes (RFC 9530).",
        "Content-Disposition": "A name for the file, without anything personal.",
    },
)
FILES: list[type[BaseRenderer]] = [JSONRenderer, *map(format_of, (*release.ENDINGS, ANY_FILE))]


class DataFile(ApiView):
    """A file's bytes."""

    renderer_classes = FILES

    @described(
        Operation(
            "readFile",
            "data",
            "Read a file",
            "The bytes as they came to us." + AGAIN + " A file cannot be cut, so all of its days must lie inside what "
            "was asked for and permitted.",
            answers={200: A_FILE},
            codes=READ,
            sensitive=True,
        )
    )
    def get(self, request: Request, request_id: uuid.UUID, file_id: uuid.UUID) -> HttpResponse:
        """Give a file, after its consent was checked again and the read was logged."""
        found = release.release_file(self.application(request), request_id, file_id, now=timezone.now())
        return refused(found) if isinstance(found, Refusal) else given(found)


class Link(ApiView):
    """A link to a file."""

    @described(
        Operation(
            "makeLink",
            "data",
            "Make a link to a file",
            "A link that is good for five minutes and with this very key alone: to hand the fetching to another "
            "program of yours. The consent is checked now, and again when the link is opened.",
            answers={201: Answer("The link; it is shown once.", {JSON: FILE_LINK}, {"a link": examples.LINK})},
            codes=READ,
        )
    )
    def post(self, request: Request, request_id: uuid.UUID, file_id: uuid.UUID) -> Response:
        """Make a link, if the file may be read at this moment."""
        made = links.make(self.application(request), request_id, file_id, now=timezone.now())
        if isinstance(made, Refusal):
            return refused(made)
        token, expires_at = made
        found = {"link": reverse("api-link", args=[token]), "expires_at": expires_at}
        return Response(found, status=201, headers=NO_STORE)


class OpenLink(ApiView):
    """The file behind a link."""

    renderer_classes = FILES

    @described(
        Operation(
            "openLink",
            "data",
            "Read a file by its link",
            "Only with the key for which the link was made." + AGAIN,
            answers={200: A_FILE},
            codes=(*READ, "link.expired"),
            sensitive=True,
        )
    )
    def get(self, request: Request, token: str) -> HttpResponse:
        """Give the file, after its consent was checked again and the read was logged."""
        found = links.fetch(self.application(request), token, now=timezone.now())
        return refused(found) if isinstance(found, Refusal) else given(found)


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
