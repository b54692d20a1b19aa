"""Pages of a message on a thread, each a logged read (interface)."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from broker.reasons import REASONS
from broker.terms import Refusal
from requests_app import worklist_marks
from requests_app.admin_views import actor_of
from requests_app.desk_work.forms import ReadAsForm
from requests_app.desk_work.models import Heard
from requests_app.desk_work.reading import open_message
from requests_app.inbound.quotes import new_words
from requests_app.ladder.open_tasks import unread
from requests_app.models import Message
from requests_app.release import ENDINGS


@require_POST
def message_page(request: HttpRequest, message_id: uuid.UUID) -> HttpResponse:
    """Show one message of a thread as plain text; its files are named, and looked into on pages of their own."""
    message = _message(message_id)
    opened = open_message(message, actor=actor_of(request), now=timezone.now(), why="to read it")
    if isinstance(opened, Refusal):
        return _sealed(request, message, opened)
    assert message.manual is not None
    lines = [each for each in worklist_marks.thread(message.manual) if each.message.id == message.id]
    heard = Heard.objects.filter(message=message).first()
    context = {
        "line": lines[0],
        "manual": message.manual,
        "mail": opened.read,
        "words": [(new_words(each), each) for each in opened.read["texts"]],
        "files": opened.files,
        "received": message.files.order_by("received_at"),
        "heard": heard,
        "read_as": ReadAsForm() if unread(message.manual).filter(id=message.id).exists() else None,
        "may_open": heard is not None and heard.kind != "answer" and heard.scans and not heard.codes,
    }
    return render(request, "requests_app/worklist_message.html", context)


@require_POST
def scan(request: HttpRequest, message_id: uuid.UUID) -> HttpResponse:
    """Hand out the scan of what came by post; its bytes are a stranger's and are never shown inside our site."""
    # An answer's scan is a file in quarantine: it is handed out, or not, on the page of the file alone.
    scans = Message.objects.filter(heard__scans__gt=0, heard__codes=[], files=None).exclude(heard__kind="answer")
    message = get_object_or_404(scans.select_related("manual__request__consent"), id=message_id)
    opened = open_message(message, actor=actor_of(request), now=timezone.now(), why="to read it")
    if isinstance(opened, Refusal):
        return _sealed(request, message, opened)
    kind = next((kind for kind, sign in _SIGNS.items() if opened.scan.startswith(sign)), "")
    response = HttpResponse(opened.scan, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="scan-{str(message.id)[:8]}.{ENDINGS.get(kind, "bin")}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


_SIGNS = {"application/pdf": b"%PDF-", "image/png": b"\x89PNG", "image/jpeg": b"\xff\xd8\xff"}


def _message(message_id: uuid.UUID) -> Message:
    rows = Message.objects.select_related("manual__request__consent").filter(manual__isnull=False)
    return get_object_or_404(rows, id=message_id)


def _sealed(request: HttpRequest, message: Message, refusal: Refusal) -> HttpResponse:
    known = REASONS.get(refusal.code)
    messages.error(request, f"It stays sealed. {known.text if known else ''} ({refusal.code})")
    return redirect("admin:request", message.manual_id)
