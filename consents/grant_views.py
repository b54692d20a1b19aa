"""The pages of a grant (interface): each asks one thing, calls one action, and shows the next."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from broker import vault
from broker.audit import log
from broker.notices.templatetags.notices import day
from broker.parties import links
from broker.parties.models import EmailLink, Organisation
from broker.sandbox import Refused as SandboxRefused
from broker.terms import PURPOSES
from consents import actions, drafts, session
from consents.forms import (
    DATA_TYPE_LABELS,
    AccountForm,
    CodeForm,
    DataForm,
    EmailForm,
    HowForm,
    PurposeForm,
    SignForm,
)
from consents.loa.letter import LetterIncomplete
from consents.models import Consent, Draft
from consents.rules import STEPS, Answers, missing_step, through

PAGES = {"account": "share-account", "data": "share-data", "purpose": "share-purpose", "how": "share-how"}
OPENED = "opened_letter"  # SHA-256 of the letter that this browser fetched
NUMBER = {"start": 1, "code": 2, "account": 3, "data": 4, "purpose": 5, "how": 6, "check": 7}
View = Callable[..., HttpResponse]

CODE_REASONS = {
    "wrong": gettext_lazy("That is not the code. Please look again."),
    "locked": gettext_lazy("Five wrong tries: this code no longer works. Ask for a new one below."),
    "old": gettext_lazy("This code is older than 10 minutes. Ask for a new one below."),
    "used": gettext_lazy("This code was used already. Ask for a new one below."),
}


def with_draft(view: View) -> View:
    """Only the browser whose code was right, only while the draft is open."""

    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        draft = session.current_draft(request)
        if draft is None:
            return render(request, "consents/draft_over.html", status=410)
        try:
            return view(request, draft, *args, **kwargs)
        except (drafts.DraftOver, drafts.LetterChanged):
            return render(request, "consents/draft_over.html", status=409)
        except (LetterIncomplete, SandboxRefused):
            return render(request, "consents/unprintable.html", {"organisation": draft.organisation}, status=422)

    return guarded


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """Step 1: who is asking, and where to send the link and the code."""
    organisation = get_object_or_404(Organisation, slug=slug)
    form = EmailForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        link = links.begin(
            form.cleaned_data["email"],
            EmailLink.Purpose.SHARE,
            organisation=organisation,
            language=get_language() or "en",
            now=timezone.now(),
        )
        if link is None:
            form.add_error("email", _("Too many e-mails to this address in one hour. Please try again later."))
        else:
            session.remember_link(request, link)
            return redirect("share-code")
    context = {"organisation": organisation, "form": form, "step": NUMBER["start"], "purposes": PURPOSES.values()}
    return render(request, "consents/start.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    """The mailed link: a GET shows a button and changes nothing; the button's POST opens it in this browser."""
    link = links.find(token, EmailLink.Purpose.SHARE, now=timezone.now())
    if link is None:
        return render(request, "consents/link_over.html", status=410)
    if request.method == "POST":
        links.opened(link)
        session.remember_link(request, link)
        return redirect("share-code")
    return render(request, "consents/open.html", {"organisation": link.organisation, "step": NUMBER["code"]})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """Step 2: the six digits."""
    link = session.current_link(request)
    if link is None or link.purpose != EmailLink.Purpose.SHARE:
        return render(request, "consents/link_over.html", status=410)
    form, now = CodeForm(request.POST or None), timezone.now()
    if request.method == "POST" and form.is_valid():
        answer = links.check_code(link, form.cleaned_data["code"], now=now)
        if answer.ok:
            session.remember_draft(request, drafts.begin(link, now=now))
            return redirect("share-account")
        form.add_error("code", CODE_REASONS[answer.reason])
    return render(request, "consents/code.html", {"form": form, "step": NUMBER["code"], "again": "share-code-again"})


@require_POST
def code_again(request: HttpRequest) -> HttpResponse:
    """Send a new link and code to the same mailbox."""
    link = session.current_link(request)
    if link is None:
        return render(request, "consents/link_over.html", status=410)
    fresh = links.renew(link, now=timezone.now())
    if fresh:
        session.remember_link(request, fresh)
    page = "share-code" if link.purpose == EmailLink.Purpose.SHARE else "my-code"
    return redirect(page) if fresh else render(request, "consents/link_over.html", status=429)


@with_draft
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Step 3: which account."""
    answers = drafts.read(draft)
    initial = {
        "number": answers.account_number,
        "name": answers.name_as_billed,
        "address": answers.service_address,
        "holder": answers.holder,
    }
    form = AccountForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        changed = answers.with_changes(
            account_number=data["number"], name_as_billed=data["name"], service_address=data["address"], holder=True
        )
        drafts.save(draft, "account", changed, now=timezone.now())
        return redirect("share-data")
    return _page(request, draft, "account", form)


@with_draft
@require_http_methods(["GET", "HEAD", "POST"])
def data(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Step 4: what is shared."""
    answers = drafts.read(draft)
    initial = {
        "data_types": answers.data_types,
        "history_from": answers.history_from,
        "history_through": through(answers.history_to) if answers.history_to else None,
    }
    form = DataForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        changed = answers.with_changes(
            data_types=tuple(chosen["data_types"]),
            history_from=chosen["history_from"],
            history_to=chosen["history_through"] + timedelta(days=1),
        )
        drafts.save(draft, "data", changed, now=timezone.now())
        return redirect("share-purpose")
    ticked = set(form["data_types"].value() or ())
    choices = [(code, *DATA_TYPE_LABELS[code], code in ticked) for code in DATA_TYPE_LABELS]
    return _page(request, draft, "data", form, choices=choices)


@with_draft
@require_http_methods(["GET", "HEAD", "POST"])
def purpose(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Step 5: what for, and until when."""
    answers = drafts.read(draft)
    initial = {
        "purpose": answers.purpose,
        "last_day": through(answers.ends) if answers.ends else None,
        "forward": answers.forward,
    }
    form = PurposeForm(request.POST or None, initial=initial, today=actions.central_today(timezone.now()))
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        changed = answers.with_changes(
            purpose=chosen["purpose"], ends=chosen["last_day"] + timedelta(days=1), forward=chosen["forward"]
        )
        drafts.save(draft, "purpose", changed, now=timezone.now())
        return redirect("share-how")
    return _page(request, draft, "purpose", form)


@with_draft
@require_http_methods(["GET", "HEAD", "POST"])
def how(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Step 6: how we will get it, and who else sees it on the way."""
    answers = drafts.read(draft)
    form = HowForm(request.POST if request.method == "POST" else None, initial={"nectar": bool(answers.nectar)})
    if request.method == "POST" and form.is_valid():
        drafts.save(draft, "how", answers.with_changes(nectar=form.cleaned_data["nectar"]), now=timezone.now())
        return redirect("share-check")
    return _page(request, draft, "how", form)


@with_draft
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Step 7: check the answers, open the exact letter, sign."""
    now, answers = timezone.now(), drafts.read(draft)
    missing = missing_step(answers, today=actions.central_today(now))
    if missing:
        return redirect(PAGES[missing])
    form = SignForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        opened = request.session.get(OPENED) == form.cleaned_data["letter_sha256"]
        signed = _sign(draft, answers, form) if opened else actions.NotSigned("not_opened")
        if isinstance(signed, Consent):
            session.remember_customer(request, signed.customer)
            request.session["signed"] = str(signed.id)
            return redirect("share-done")
        _explain(form, signed.code)
        draft.refresh_from_db()
    sha, answers = drafts.present(draft, answers, now=now)
    if "letter_sha256" in form.errors or not form.is_bound:
        form = SignForm(initial={"letter_sha256": sha})
    return _page(request, draft, "check", form, rows=_summary(answers), sha=sha)


@with_draft
@require_GET
def letter(request: HttpRequest, draft: Draft) -> HttpResponse:
    """The exact letter that will be signed, as a PDF that may be saved and printed."""
    pdf = drafts.presented_letter(draft)
    request.session[OPENED] = bytes(draft.presented_sha256 or b"").hex()
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="letter-to-sign.pdf"'
    return response


@never_cache
@require_GET
def done(request: HttpRequest) -> HttpResponse:
    """What was signed, what happens next, and how to stop."""
    customer, key = session.current_customer(request), request.session.get("signed")
    consent = Consent.objects.select_related("recipient").filter(id=key, customer=customer).first() if key else None
    if consent is None:
        return redirect("my")
    return render(request, "consents/done.html", {"consent": consent, "last_day": through(consent.ends)})


@require_POST
def decline(request: HttpRequest, slug: str) -> HttpResponse:
    """ "No, do not share": an outcome of its own, with a number."""
    organisation = get_object_or_404(Organisation, slug=slug)
    draft, link = session.current_draft(request), session.current_link(request)
    if link is not None and link.organisation_id != organisation.id:
        draft = link = None
    number = actions.decline(organisation, link, draft, now=timezone.now())
    for key in (session.LINK, session.DRAFT):
        request.session.pop(key, None)
    return render(request, "consents/declined.html", {"organisation": organisation, "number": number})


def _sign(draft: Draft, answers: Answers, form: SignForm) -> Consent | actions.NotSigned:
    if draft.presented_sha256 is None:
        return actions.NotSigned("letter_changed")
    pdf = drafts.presented_letter(draft)
    event = log.append_read(
        "draft.read",
        actor=links.person(draft.link),
        subject=draft.link_id,
        purpose="own_data",
        obj="link",
        body={"why": "signing"},
        cnt=1,
    )
    email = vault.open(draft.link.email, under=event)
    chosen = form.cleaned_data
    signature = actions.Signature(
        typed_name=chosen["typed_name"],
        letter_sha256=chosen["letter_sha256"],
        agrees_electronic=chosen["agrees_electronic"],
        could_open=chosen["could_open"],
    )
    return actions.sign(draft, answers, email, pdf, signature, now=timezone.now())


def _explain(form: SignForm, code: str) -> None:
    texts = {
        "letter_changed": _("The letter changed since you opened it. Please open it again and sign the new one."),
        "name_differs": _("Please type your name as it stands in the letter."),
        "not_opened": _("Open the letter first: you can only sign what you have opened."),
        "not_agreed": _("Please tick both boxes."),
        "incomplete": _("An answer is missing. Please go back and complete it."),
        "over": _("This was signed already."),
    }
    form.add_error("typed_name" if code == "name_differs" else None, texts[code])


def _page(request: HttpRequest, draft: Draft, name: str, form: forms.Form, **more: Any) -> HttpResponse:
    at = STEPS.index(name)
    back = PAGES[STEPS[at - 1]] if at else None
    context = {"form": form, "step": NUMBER[name], "organisation": draft.organisation, "back": back, **more}
    status = 422 if form.is_bound and form.errors else 200
    return render(request, f"consents/{name}.html", context, status=status)


def _summary(answers: Answers) -> list[tuple[str, str, str]]:
    assert answers.history_from
    assert answers.history_to
    assert answers.ends
    kinds = ", ".join(str(DATA_TYPE_LABELS[code][0]) for code in answers.data_types)
    return [
        (_("Account"), f"{_('ending')} {answers.account_number[-4:]}", "share-account"),
        (_("Name as on the bill"), answers.name_as_billed, "share-account"),
        (_("Service address"), answers.service_address, "share-account"),
        (_("What you share"), kinds, "share-data"),
        (_("From – through"), f"{day(answers.history_from)} – {day(through(answers.history_to))}", "share-data"),
        (_("New data as well"), _("Yes, until the last day") if answers.forward else _("No"), "share-purpose"),
        (_("What for"), str(PURPOSES[answers.purpose]), "share-purpose"),
        (_("Last day of sharing"), day(through(answers.ends)), "share-purpose"),
        (_("On the way it may reach"), "Nectar" if answers.nectar else _("nobody else"), "share-how"),
    ]
