"""Pages of the holding pen: open a held mail, then say where it belongs; each is an event (interface)."""

import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from broker.reasons import REASONS
from broker.terms import Refusal
from consents import copy_returned
from requests_app import choosing, splitting
from requests_app.admin_views import actor_of
from requests_app.desk.mail import last_fours
from requests_app.following import COPY, original_of
from requests_app.inbound.holding import HOLDING, WHICH
from requests_app.inbound.models import MailChoice
from requests_app.inbound.quotes import new_words
from requests_app.models import ManualRequest, Message

both = require_http_methods(["GET", "HEAD", "POST"])
LONGEST_HEAD = 64_000
_BLANK_LINE = re.compile(rb"\r?\n\r?\n|\r\r")
_FILE = re.compile(r"file-\d{1,3}")
NO_CHOICE = "Choose for each file to which request it belongs, or that it belongs to none."
SEVERAL = "These are requests of several members: say below of each file whose it is."
WRONG = {
    "not_found": "There is no open request of this number.",
    "ask.invalid": "Give at least one request a file or words, and each file to one request alone.",
    splitting.NAMES_OTHERS: "What you wrote for one request names another member's request or account.",
    "file.other_account": (
        "A file names an account of another member of this mail. If it holds the data of both, let it belong to none "
        "and ask the co-op for a file of each."
    ),
    "state.conflict": "Somebody has decided about this mail already, or the request is over.",
}


@both
def held_mail(request: HttpRequest, message_id: uuid.UUID) -> HttpResponse:
    """Show a mail of the holding pen as plain text; its attachments are named, never opened here."""
    if request.method != "POST":
        return _to_the_list(request)
    message = get_object_or_404(Message, id=message_id, direction="in")
    opened = choosing.open_held(message, actor=actor_of(request), now=timezone.now())
    if opened is None:
        messages.error(request, "This mail is sealed; it cannot be opened by one person.")
        return redirect("admin:index")
    return _page(request, opened)


def _to_the_list(request: HttpRequest) -> HttpResponse:
    """Lead whoever reloads or comes by a bookmark back: to open a mail is an act of its own, which the log keeps."""
    messages.info(request, "A held mail does not open by its address. Open it from the list below: the log keeps that.")
    return redirect("admin:index")


def _page(request: HttpRequest, opened: choosing.Opened, error: str = "", numbers: Sequence[str] = ()) -> HttpResponse:
    context = {**_context(opened), "error": error}
    if numbers or choosing.is_of_several(opened):
        context |= _division(opened, numbers, request.POST)
    return render(request, "requests_app/held.html", context, status=422 if error else 200)


@both
def choose(request: HttpRequest, message_id: uuid.UUID) -> HttpResponse:
    """Attach a held mail to a request, or say that it is none of ours."""
    if request.method != "POST":
        return _to_the_list(request)
    message = get_object_or_404(Message, id=message_id, direction="in")
    choice, now, actor = request.POST.get("choice", ""), timezone.now(), actor_of(request)
    if choice in (MailChoice.What.NOT_OURS, MailChoice.What.REPORT):
        done = choosing.dismiss(message, MailChoice.What(choice), actor=actor, now=now)
        return _answered(request, done, "The mail stays sealed, and nobody acts on it.")
    if choice == MailChoice.What.RETURNED:
        said = choosing.copy_came_back(message, actor=actor, now=now)
        return _answered(request, said, str(said))
    if choice in ("divide", "add"):
        return _divide(request, message, add=choice == "add")
    number = (request.POST.get("other", "").strip() or request.POST.get("number", "").strip()).upper()[:20]
    if not number and (opened := choosing.open_held(message, actor=actor, now=now)) is not None:
        return _page(request, opened, "Choose a request, or write its number.")
    numbers = [number, *(each.strip().upper()[:20] for each in request.POST.getlist("also")[:10])]
    attached = choosing.attach_all(message, numbers, actor=actor, now=now)
    if isinstance(attached, Refusal) and attached.code == "ask.invalid":
        return _again(request, message, SEVERAL, numbers)
    if isinstance(attached, Refusal) or attached.manual is None:
        return _answered(request, attached, "")
    belongs = ", ".join(dict.fromkeys(numbers))
    messages.success(request, f"The mail belongs to {belongs}; its files wait in quarantine.")
    return redirect("admin:request", attached.manual_id)


def _divide(request: HttpRequest, message: Message, *, add: bool) -> HttpResponse:
    """Give each request its part of a mail, as it was chosen; show the page again where a choice is missing or odd.

    `add`: with a further request to choose from, and nothing is given yet.
    """
    offered = [each.upper()[:20] for each in request.POST.getlist("offered")[:20]]
    if add:
        offered.append(_number(request, "more"))
        known = ManualRequest.objects.filter(number=offered[-1]).exists()
        return _again(request, message, "" if known else WRONG["not_found"], offered)
    files = {key[5:]: _number(request, key) for key in request.POST if _FILE.fullmatch(key)}
    if not all(files.values()):
        return _again(request, message, NO_CHOICE, offered)
    words = {key[6:]: request.POST.get(key, "").strip() for key in request.POST if key.startswith("words-")}
    chosen = sorted(
        {each for each in files.values() if each != "NONE"} | {each for each, said in words.items() if said}
    )
    shares = [
        splitting.Share(each, tuple(int(place) for place, given in files.items() if given == each), words.get(each, ""))
        for each in chosen[:20]
    ]
    done = splitting.divide(message, shares, actor=actor_of(request), now=timezone.now())
    if isinstance(done, Refusal):
        if choosing.held(message, timezone.now()):
            return _again(request, message, _said(done), offered)
        return _answered(request, done, "")
    messages.success(request, "Each request has its part. The mail itself stays sealed in the holding pen.")
    assert done[0].manual_id is not None
    return redirect("admin:request", done[0].manual_id)


def _number(request: HttpRequest, key: str) -> str:
    return request.POST.get(key, "").strip().upper()[:20]


def _again(request: HttpRequest, message: Message, error: str, numbers: Sequence[str]) -> HttpResponse:
    opened = choosing.open_held(message, actor=actor_of(request), now=timezone.now())
    if opened is None:
        return _answered(request, Refusal("state.conflict"), "")
    return _page(request, opened, error, numbers)


def _division(opened: choosing.Opened, numbers: Sequence[str], chosen: Mapping[str, str]) -> dict[str, Any]:
    reasons = {each.number: each.reasons for each in opened.candidates if opened.codes != (WHICH,)}
    return {
        "numbers": numbers,
        "divided": [
            {**each, "place": place, "chosen": chosen.get(f"file-{place}", "")}
            for place, each in enumerate(opened.read["files"])
        ],
        "parts": [
            {
                "number": each.number,
                "endings": ", ".join(last_fours(each)),
                "who": consent.recipient.legal_name,
                "reasons": reasons.get(each.number, ()),
                "words": chosen.get(f"words-{each.number}", ""),
            }
            for each in splitting.offered(opened, numbers)
            if (consent := each.request.consent) is not None
        ],
    }


def _said(refusal: Refusal) -> str:
    known = REASONS.get(refusal.code)
    return WRONG.get(refusal.code) or (f"{known.title}. {known.text}" if known else refusal.code)


def _context(opened: choosing.Opened) -> dict[str, Any]:
    read = opened.read
    return {
        "message_row": opened.message,
        "mail": read,
        "words": [(new_words(each), each) for each in read["texts"]],
        "reasons": [(code, HOLDING[code]) for code in opened.codes if code in HOLDING],
        "candidates": opened.candidates,
        "which": opened.codes == (WHICH,),
        "returned": copy_returned.words_of(original_of(read)) if COPY in opened.codes else None,
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
        messages.error(request, _said(done))
    else:
        messages.success(request, said)
    return redirect("admin:index")
