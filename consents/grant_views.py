"""The pages of a grant that ask (interface): each asks one thing, calls one action, and shows what is missing next."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import wraps
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from broker.parties.models import EmailLink, Organisation
from broker.parties.purposes import approved
from broker.sandbox import Refused as SandboxRefused
from consents import actions, drafts, entry, renewal, session
from consents.asking import page as asked_page
from consents.asking import prefill
from consents.asking.models import ConsentAsk
from consents.asking.taking import asked_by
from consents.ceremony.disclosure import disclosure
from consents.ceremony.pages import keep_served
from consents.forms import DATA_TYPE_LABELS, AccountForm, CodeForm, DataForm, EmailForm, PurposeForm, TermsForm
from consents.loa.letter import LetterIncomplete
from consents.models import Draft
from consents.renewal_answers import only_hers_is_missing
from consents.rules import STEPS, Answers, missing_step, through, was_opened
from consents.several import listed
from consents.several.forms import HolderForm
from consents.switching import form_of, in_language

PAGES = {name: f"share-{name}" for name in ("renewal", "accounts", *STEPS)}
NUMBER = {"start": 1, "code": 2, **{name: place for place, name in enumerate(STEPS, 3)}}
NUMBER["renewal"] = NUMBER["purpose"]  # one page in the place of three
NUMBER["holder"] = NUMBER["accounts"] = NUMBER["account"]  # of many accounts: whose they are, and which
View = Callable[..., HttpResponse]


def with_draft(step: str) -> Callable[[View], View]:
    """Only the browser whose code was right, only while the draft is open; each page is kept as it was served."""

    def guard(view: View) -> View:
        @never_cache
        @in_language
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            draft = session.current_draft(request)
            if draft is None:
                return render(request, "consents/draft_over.html", status=410)
            try:
                answer = view(request, draft, *args, **kwargs)
            except (drafts.DraftOver, drafts.LetterChanged):
                return render(request, "consents/draft_over.html", status=409)
            except (LetterIncomplete, SandboxRefused):
                answer = render(request, "consents/unprintable.html", {"organisation": draft.organisation}, status=422)
            if answer.get("Content-Type", "").startswith("text/html") and answer.status_code in (200, 409, 422):
                keep_served(draft, step, get_language() or "en", answer.text, now=timezone.now())
            return answer

        return guarded

    return guard


@never_cache
@in_language
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """Who is asking, and where to send the link and the code."""
    organisation = get_object_or_404(Organisation, slug=slug)
    form = form_of(request, EmailForm)
    if (
        request.method == "POST"
        and form.is_valid()
        and entry.ask_for_link(request, form, EmailLink.Purpose.SHARE, organisation)
    ):
        return redirect("share-code")
    return render(request, "consents/start.html", _start(organisation, form))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    """The mailed link: a GET changes nothing; the POST with the code opens it in this browser."""
    return entry.open_page(request, token, EmailLink.Purpose.SHARE, _begin)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """The six digits."""
    return entry.code_page(request, EmailLink.Purpose.SHARE, _begin)


@require_POST
def code_again(request: HttpRequest) -> HttpResponse:
    """Send a new link and code to the same mailbox."""
    return entry.code_again(request)


@with_draft("account")
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Which account, in which capacity the person signs, and whether somebody helps her."""
    answers, ask = drafts.read(draft), asked_by(draft.link)
    if answers.several or (ask is not None and ask.accounts):
        return _holder(request, draft, answers, ask)
    initial = {"number": answers.account_number, "address": answers.service_address, **_who(answers)}
    form = form_of(request, AccountForm, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        changed = answers.with_changes(
            account_number=given["number"], service_address=given["address"], **_said_of_herself(given)
        )
        return save_and_go_on(draft, "account", changed)
    return page(request, draft, "account", form, ask=ask)


@with_draft("data")
@require_http_methods(["GET", "HEAD", "POST"])
def data(request: HttpRequest, draft: Draft) -> HttpResponse:
    """What is shared."""
    answers = drafts.read(draft)
    initial = {
        "data_types": answers.data_types,
        "history_from": answers.history_from,
        "history_through": through(answers.history_to) if answers.history_to else None,
    }
    ask = asked_by(draft.link)
    if ask is not None:
        initial |= prefill.data(ask, answers)
    form = form_of(request, DataForm, initial=initial, today=actions.central_today(timezone.now()))
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        changed = answers.with_changes(
            data_types=tuple(chosen["data_types"]),
            history_from=chosen["history_from"],
            history_to=chosen["history_through"] + timedelta(days=1),
        )
        return save_and_go_on(draft, "data", changed)
    ticked = set(form["data_types"].value() or ())
    choices = [(kind, *DATA_TYPE_LABELS[kind], kind in ticked) for kind in DATA_TYPE_LABELS]
    back = PAGES["accounts" if answers.several else "account"]
    return page(request, draft, "data", form, choices=choices, ask=ask, back=back)


@with_draft("purpose")
@require_http_methods(["GET", "HEAD", "POST"])
def purpose(request: HttpRequest, draft: Draft) -> HttpResponse:
    """What for, until when, and who else sees it on the way."""
    answers = drafts.read(draft)
    initial = {
        "purpose": answers.purpose,
        "last_day": through(answers.ends) if answers.ends else None,
        "forward": answers.forward,
        "forward_through": through(answers.forward_to) if answers.forward_to else None,
        "nectar": bool(answers.nectar),
    }
    ask, today = asked_by(draft.link), actions.central_today(timezone.now())
    if ask is not None:
        initial |= prefill.purpose(ask, answers, today=today)
    assert draft.organisation
    purposes = approved(draft.organisation)
    form = form_of(request, PurposeForm, initial=initial, today=today, purposes=purposes)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        until = chosen["forward_through"]
        changed = answers.with_changes(
            purpose=chosen["purpose"],
            ends=chosen["last_day"] + timedelta(days=1),
            forward=chosen["forward"],
            forward_to=until + timedelta(days=1) if until else None,
            nectar=chosen["nectar"],
        )
        return save_and_go_on(draft, "purpose", changed)
    return page(request, draft, "purpose", form, ask=ask)


@with_draft("terms")
@require_http_methods(["GET", "HEAD", "POST"])
def terms(request: HttpRequest, draft: Draft) -> HttpResponse:
    """The disclosure about electronic records; the agreement is to the very text that was shown."""
    answers, shown = drafts.read(draft), disclosure(get_language() or "en")
    form = TermsForm(request.POST or None)  # no `form_of`: a tick is under the text of one language
    stale = False
    if request.method == "POST" and form.is_valid():
        if form.cleaned_data["disclosure"] == shown.sha256:
            agreed = {"version": shown.version, "locale": shown.locale, "sha256": shown.sha256}
            at = timezone.now().isoformat()
            # The letter is written in the language in which she agreed.
            changed = answers.with_changes(terms={**agreed, "at": at}, language=shown.locale)
            return save_and_go_on(draft, "terms", changed)
        form, stale = TermsForm(), True
    agreed_already = answers.terms.get("sha256") == shown.sha256
    more = {"shown": shown, "stale": stale, "agreed_already": agreed_already}
    return page(request, draft, "terms", form, status=409 if stale else None, **more)


def save_and_go_on(draft: Draft, step: str, answers: Answers, *, told: Mapping[str, Any] | None = None) -> HttpResponse:
    """Keep the answers of a step and go to the first one that is missing; with all given, freeze the letter.

    The letter is frozen here, by a POST: looking at a page or fetching the letter freezes nothing.
    """
    now = timezone.now()
    drafts.save(draft, step, answers, now=now, told=told)
    missing = _missing(draft, answers)
    if missing is None:
        drafts.present(draft, answers, now=now)
    return redirect(PAGES[missing or "read"])


def next_step(draft: Draft, answers: Answers) -> str:
    """Name the first step that this person has not taken yet."""
    missing = _missing(draft, answers)
    if missing is not None:
        return missing
    frozen = bytes(draft.presented_sha256 or b"").hex()
    return "check" if drafts.is_current(answers) and was_opened(answers, frozen) else "read"


def page(
    request: HttpRequest, draft: Draft, name: str, form: forms.Form, *, status: int | None = None, **more: Any
) -> HttpResponse:
    """Show the page of a step."""
    at = STEPS.index(name) if name in STEPS else 0
    back = PAGES[STEPS[at - 1]] if at else None
    context = {"form": form, "step": NUMBER[name], "organisation": draft.organisation, "back": back, **more}
    wrong = 422 if form.is_bound and form.errors else 200
    return render(request, f"consents/{name}.html", context, status=status or wrong)


def _holder(request: HttpRequest, draft: Draft, answers: Answers, ask: ConsentAsk | None) -> HttpResponse:
    """Whose the many accounts are that somebody asks for; which they are comes on the next page."""
    form = form_of(request, HolderForm, initial=_who(answers))
    if request.method == "POST" and form.is_valid():
        said = _said_of_herself(form.cleaned_data)
        state = answers.several or (listed.begin(ask.accounts) if ask is not None and ask.accounts else {})
        if said["name_as_billed"] != answers.name_as_billed:
            state = listed.write(listed.unproven(listed.read(state)))  # bills proved it under another name
        return save_and_go_on(draft, "account", answers.with_changes(several=state, **said))
    count = len(listed.read(answers.several)) or len((ask.accounts if ask else None) or ())
    return page(request, draft, "holder", form, ask=ask, count=count)


def _who(answers: Answers) -> dict[str, Any]:
    return {
        "name": answers.name_as_billed,
        "role": answers.role,
        "signer_name": answers.signer_name,
        "signer_title": answers.signer_title,
        "basis": answers.basis,
        "helped": {None: "", False: "no", True: "yes"}[answers.helped],
        "helper": answers.helper,
        "help_kind": answers.help_kind,
    }


def _said_of_herself(given: Mapping[str, Any]) -> dict[str, Any]:
    helped, entity = given["helped"] == "yes", given["role"] == "entity"
    return {
        "name_as_billed": given["name"],
        "role": given["role"],
        "signer_name": given["signer_name"] if entity else "",
        "signer_title": given["signer_title"] if entity else "",
        "basis": given["basis"] if entity else "",
        "helped": helped,
        "helper": given["helper"] if helped else "",
        "help_kind": given["help_kind"] if helped else "",
    }


def _start(organisation: Organisation, form: EmailForm) -> dict[str, Any]:
    return {"organisation": organisation, "form": form, "step": NUMBER["start"]}


def _begin(request: HttpRequest, link: EmailLink) -> HttpResponse:
    """Begin or resume the draft of a link whose code was right, and go to its first unanswered step."""
    draft = drafts.begin(link, now=timezone.now())
    session.remember_draft(request, draft)
    _keep_first_pages(request, draft)
    if draft.version:
        return redirect(PAGES[next_step(draft, drafts.read(draft))])
    return redirect(PAGES["renewal" if renewal.renewed_by(link) else "account"])


def _missing(draft: Draft, answers: Answers) -> str | None:
    """Name the first step with a missing answer; a renewal begins with the page that shows all of them."""
    assert draft.organisation
    today, purposes = actions.central_today(timezone.now()), approved(draft.organisation)
    missing = missing_step(answers, today=today, purposes=purposes)
    if missing == "account" and only_hers_is_missing(answers) and renewal.renewed_by(draft.link):
        return "renewal"
    return missing


def _keep_first_pages(request: HttpRequest, draft: Draft) -> None:
    """Keep the pages that came before there was a draft, made again word for word from what they were made of.

    Only those that were served: a renewal does not begin with who is asking, what was asked for begins with the page
    of that ask, and the page behind the mailed link is seen by whoever opens that.
    """
    assert draft.organisation
    language, now = draft.link.language, timezone.now()
    typing = {"form": CodeForm(), "step": NUMBER["code"], "organisation": draft.organisation}
    first = {"code": ("consents/code.html", typing)}
    ask = asked_by(draft.link)
    if ask is not None:
        first = {"start": (asked_page.TEMPLATE, asked_page.context(ask, EmailForm())), **first}
    elif not renewal.was_asked_for(draft.link):
        first = {"start": ("consents/start.html", _start(draft.organisation, EmailForm())), **first}
    if session.opened_here(request, draft.link):
        first["open"] = ("consents/open.html", typing)
    with translation.override(language):
        for place, (step, (template, context)) in enumerate(first.items()):
            at = now + timedelta(microseconds=place)  # in this order they were seen
            keep_served(draft, step, language, render_to_string(template, context, request), now=at)
