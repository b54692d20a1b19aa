"""Acts of the desk on a request: take it, give it, lay it down, the next one, notes, phone and post (interface)."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST

from broker.inlets import said
from broker.inlets.refusing import LoginRefusal
from broker.notices.templatetags.notices import moment
from broker.parties.models import User
from broker.reasons import REASONS
from broker.terms import Refusal
from requests_app import worklist
from requests_app.admin_views import actor_of, manual_of, request_shown
from requests_app.desk_work import assigning, heard, notes
from requests_app.desk_work.forms import GiveForm, HeardForm, NoteForm
from requests_app.models import ManualRequest
from requests_app.page_reads import page_shown

TAKEN = "Somebody else has it already, or it moved meanwhile."
HEARD = {
    "ask.invalid": "Something is missing, or does not fit together.",
    "state.conflict": "No letter of this request can be with the co-op: they cannot have spoken of it.",
}


def person(request: HttpRequest) -> User:
    """Give the member of staff."""
    assert isinstance(request.user, User)
    return request.user


@require_POST
def take(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Take a request that nobody has."""
    manual = manual_of(request_id)
    done = assigning.take(manual, person(request), actor=actor_of(request), now=timezone.now())
    _say(request, done, f"{manual.number} is yours.")
    return _back(request, manual)


@require_POST
def give(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Give a request to a colleague."""
    manual, form = manual_of(request_id), GiveForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose a colleague.")
        return redirect("admin:request", manual.id)
    to = form.cleaned_data["person"]
    done = assigning.give(manual, to, actor=actor_of(request), now=timezone.now())
    _say(request, done, f"{manual.number} is with {to.full_name}.")
    return redirect("admin:request", manual.id)


@require_POST
def release(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Lay a request down."""
    manual = manual_of(request_id)
    done = assigning.release(manual, actor=actor_of(request), now=timezone.now())
    _say(request, done, f"Anybody may take {manual.number} now.")
    return redirect("admin:request", manual.id)


@require_POST
def next_item(request: HttpRequest) -> HttpResponse:
    """Go to the most urgent request that is this person's, else take the most urgent one that nobody has."""
    now, after = timezone.now(), _id(request.POST.get("after", ""))
    theirs, free = worklist.next_for(person(request), now, after)
    taken = theirs[0] if theirs else assigning.take_first(free, person(request), actor=actor_of(request), now=now)
    if taken is None:
        messages.success(request, "Nothing more asks for a hand today.")
        return redirect("admin:index")
    return redirect("admin:request", taken.id)


@require_POST
def read_notes(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Open the notes of a request."""
    manual = manual_of(request_id)
    return request_shown(request, manual, {"notes": notes.read(manual, actor=actor_of(request))})


@require_POST
def write_note(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Write a note on a request."""
    manual, form = manual_of(request_id), NoteForm(request.POST)
    if not form.is_valid():
        page_shown(actor_of(request), "request", {"request": manual.number}, subject=manual.request.customer_id)
        return request_shown(request, manual, {"note_form": form}, 422)
    done = notes.write(manual, form.cleaned_data["text"], person(request), actor=actor_of(request), now=timezone.now())
    _say(request, done, "The note is kept.")
    return redirect("admin:request", manual.id)


@require_http_methods(["GET", "POST"])
def write_down(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Write down what the co-op said by phone or post."""
    manual = manual_of(request_id)
    form = HeardForm(request.POST, request.FILES) if request.method == "POST" else HeardForm()
    if form.is_bound and form.is_valid() and form.happened_at(manual.created_at) < manual.created_at:
        form.add_error("on", f"This lies before the request, which was made on {moment(manual.created_at)}.")
    if form.is_bound and form.is_valid():
        done = heard.write_down(
            manual, form.said(manual.created_at), person(request), actor=actor_of(request), now=timezone.now()
        )
        if not isinstance(done, Refusal):
            messages.success(request, "It is written down on the thread.")
            return redirect("admin:request", manual.id)
        known = REASONS.get(done.code)
        form.add_error(None, HEARD.get(done.code) or (f"{known.title}. {known.text}" if known else done.code))
    page_shown(actor_of(request), "heard", {"request": manual.number}, subject=manual.request.customer_id)
    context = {"manual": manual, "form": form}
    return render(request, "requests_app/worklist_heard.html", context, status=422 if form.is_bound else 200)


def _say(request: HttpRequest, done: object, news: str) -> None:
    if isinstance(done, LoginRefusal):
        where = f"Where: {said.place(done.part)}."
        messages.error(request, " ".join((REASONS[done.code].text, where, said.instead(done.detail))))
    elif isinstance(done, Refusal):
        messages.error(request, TAKEN if done.code == assigning.TAKEN else REASONS[done.code].text)
    else:
        messages.success(request, news)


def _back(request: HttpRequest, manual: ManualRequest) -> HttpResponse:
    """Lead back to the group in which the button stood, else to the request."""
    tab = request.POST.get("tab", "")
    if tab and tab.isascii() and tab.isalpha():
        return redirect(f"{_index()}?{urlencode({'tab': tab})}")
    return redirect("admin:request", manual.id)


def _index() -> str:
    from django.urls import reverse

    return reverse("admin:index")


def _id(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
