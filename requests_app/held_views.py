"""Pages of the holding pen: open a held mail, then say where it belongs; each is an event (interface)."""

import re
import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from broker.reasons import REASONS
from broker.terms import Refusal
from requests_app import choosing
from requests_app.admin_views import actor_of
from requests_app.following import COPY
from requests_app.inbound.holding import HOLDING, WHICH
from requests_app.inbound.models import MailChoice
from requests_app.inbound.quotes import new_words
from requests_app.models import Message

LONGEST_HEAD = 64_000
_BLANK_LINE = re.compile(rb"\r?\n\r?\n|\r\r")
WRONG = {
    "not_found": "There is no open request of this number.",
    "ask.invalid": "One answer can be attached to several requests of one customer, not to those of two.",
    "state.conflict": "Somebody has decided about this mail already, or the request is over.",
}


@require_POST
def held_mail(request: HttpRequest, message_id: uuid.UUID) -> HttpResponse:
    """Show a mail of the holding pen as plain text; its attachments are named, never opened here."""
    message = get_object_or_404(Message, id=message_id, direction="in")
    opened = choosing.open_held(message, actor=actor_of(request), now=timezone.now())
    if opened is None:
        messages.error(request, "This mail is sealed; it cannot be opened by one person.")
        return redirect("admin:index")
    return _page(request, opened)


def _page(request: HttpRequest, opened: choosing.Opened, error: str = "") -> HttpResponse:
    context = {**_context(opened), "error": error}
    return render(request, "requests_app/held.html", context, status=422 if error else 200)


@require_POST
def choose(request: HttpRequest, message_id: uuid.UUID) -> HttpResponse:
    """Attach a held mail to a request, or say that it is none of ours."""
    message = get_object_or_404(Message, id=message_id, direction="in")
    choice, now, actor = request.POST.get("choice", ""), timezone.now(), actor_of(request)
    if choice in (MailChoice.What.NOT_OURS, MailChoice.What.REPORT):
        done = choosing.dismiss(message, MailChoice.What(choice), actor=actor, now=now)
        return _answered(request, done, "The mail stays sealed, and nobody acts on it.")
    if choice == MailChoice.What.RETURNED:
        done = choosing.copy_came_back(message, actor=actor, now=now)
        return _answered(request, done, "The permission rests, and the copy goes by post.")
    number = (request.POST.get("other", "").strip() or request.POST.get("number", "").strip()).upper()[:20]
    if not number and (opened := choosing.open_held(message, actor=actor, now=now)) is not None:
        return _page(request, opened, "Choose a request, or write its number.")
    numbers = [number, *(each.strip().upper()[:20] for each in request.POST.getlist("also")[:10])]
    attached = choosing.attach_all(message, numbers, actor=actor, now=now)
    if isinstance(attached, Refusal) or attached.manual is None:
        return _answered(request, attached, "")
    belongs = ", ".join(dict.fromkeys(numbers))
    messages.success(request, f"The mail belongs to {belongs}; its files wait in quarantine.")
    return redirect("admin:request", attached.manual_id)


def _context(opened: choosing.Opened) -> dict[str, Any]:
    read = opened.read
    return {
        "message_row": opened.message,
        "mail": read,
        "words": [(new_words(each), each) for each in read["texts"]],
        "reasons": [(code, HOLDING[code]) for code in opened.codes if code in HOLDING],
        "candidates": opened.candidates,
        "which": opened.codes == (WHICH,),
        "about_a_copy": COPY in opened.codes,
        "head": _head(opened.raw),
        "checks": [
            f"{each['server'] or 'without a name'}: "
            + (", ".join(f"{one['method']}={one['result']}" for one in each["checks"]) or "nothing")
            for each in read["results"]
        ],
    }


def _head(raw: bytes) -> str:
    """Give a mail's header lines as they came, as far as a person reads them; anything in them is a stranger's text."""
    head = _BLANK_LINE.split(raw[:LONGEST_HEAD], maxsplit=1)[0]
    return head.decode("utf-8", "backslashreplace").replace("\x00", "")


def _answered(request: HttpRequest, done: Any, said: str) -> HttpResponse:
    if isinstance(done, Refusal):
        known = REASONS.get(done.code)
        messages.error(request, WRONG.get(done.code) or (f"{known.title}. {known.text}" if known else done.code))
    else:
        messages.success(request, said)
    return redirect("admin:index")
