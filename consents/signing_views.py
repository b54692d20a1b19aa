"""The pages of a grant that sign (interface): open the frozen letter, check, sign, or say no."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from broker import vault
from broker.audit import log
from broker.notices.templatetags.notices import day
from broker.parties import links
from broker.parties.models import EmailLink, Organisation
from broker.terms import PURPOSES
from consents import actions, drafts, renewal, session, usual
from consents.asking import prefill
from consents.asking.taking import asked_by
from consents.ceremony.pages import open_served
from consents.comparing import warnings
from consents.forms import DATA_TYPE_LABELS, AccountForm, ReadForm, SignForm
from consents.grant_views import PAGES, next_step, page, with_draft
from consents.joint.names import people
from consents.joint.waiting import has_signs
from consents.lifecycle import LIVE
from consents.loa.facts import first_day
from consents.models import Consent, Draft
from consents.rules import Answers, forward_end, name_to_sign, same_word, through, unshared_days
from consents.several import bills, listed, words
from consents.several.listed import Account
from consents.several.looking import begin
from consents.several.signing import not_in
from consents.several.views import keep
from consents.switching import form_of

OPENED = "opened_letter"  # SHA-256 of the letter that this browser fetched


@with_draft("read")
@require_http_methods(["GET", "HEAD", "POST"])
def read(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Open the very letter and show it: by the word that is printed in it, or by saying so after fetching it."""
    answers = drafts.read(draft)
    first = next_step(draft, answers)
    if first not in ("read", "check"):
        return redirect(PAGES[first])
    sha = _frozen(draft, answers)
    form = form_of(request, ReadForm)
    if request.method == "POST" and sha and form.is_valid():
        if form.cleaned_data["letter_sha256"] != sha:
            return page(request, draft, "read", ReadForm(), status=409, sha=sha, stale=True)
        method = _how_opened(request, form, answers, sha)
        if method:
            drafts.note_opened(draft, answers, method, locale=get_language() or "en", now=timezone.now())
            return redirect("share-check")
    return page(request, draft, "read", form, sha=sha)


@with_draft("prepare")
@require_POST
def prepare(request: HttpRequest, draft: Draft) -> HttpResponse:  # noqa: ARG001 - every page takes the request
    """Freeze the letter anew, when it was not frozen or its words have changed since."""
    answers = drafts.read(draft)
    first = next_step(draft, answers)
    if first in ("read", "check"):
        drafts.present(draft, answers, now=timezone.now())
    return redirect(PAGES[first])


@with_draft("letter")
@require_GET
def letter(request: HttpRequest, draft: Draft) -> HttpResponse:
    """The exact letter that will be signed, as a PDF that may be saved and printed."""
    pdf = drafts.presented_letter(draft)
    request.session[OPENED] = bytes(draft.presented_sha256 or b"").hex()
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="letter-to-sign.pdf"'
    return response


@with_draft("check")
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Check the answers beside the letter, go back and correct, or sign."""
    answers = drafts.read(draft)
    first = next_step(draft, answers)
    form = form_of(request, SignForm)
    if request.method == "POST" and form.is_valid():
        signed = _sign(request, draft, answers, form)
        if isinstance(signed, Consent):
            session.remember_customer(request, signed.customer)
            request.session["signed"] = str(signed.id)
            return redirect("share-done")
        if signed.code == "accounts_changed" and _taken_out(draft, answers):
            return redirect(PAGES["accounts"])
        _explain(form, signed.code)
        if first != "check":
            return render(request, "consents/stale.html", {"form": form, "go": PAGES[first]}, status=422)
    if first != "check":
        return redirect(PAGES[first])
    sha = _frozen(draft, answers)
    if "letter_sha256" in form.errors:
        form = SignForm()
    asked = renewal.renewed_by(draft.link)
    old = renewal.takes_the_place_of(draft.link, answers.account_number)
    lines = renewal.lines(old, answers) if old is not None else []
    context: dict[str, Any] = {"rows": _summary(answers), "sha": sha, "sign_as": name_to_sign(answers)}
    context |= {"old": old, "lines": lines, **warnings(lines), "goes_on": asked if old is None else None}
    context |= {"people": people(answers.name_as_billed) if answers.role == "customer" else ()}
    context |= {"unshared": unshared_days(answers, first_day(answers))}
    ask = asked_by(draft.link)
    context |= {"ask": ask, "wider": prefill.wider(ask, answers) if ask is not None else ()}
    context |= {"chosen": listed.chosen(answers.several), "left_out": _left_out(answers)}
    context["mailbox"] = drafts.mailbox(draft)
    return page(request, draft, "check", form, **context)


@never_cache
@require_GET
def done(request: HttpRequest) -> HttpResponse:
    """What was signed, what happens next, and how to stop."""
    customer, key = session.current_customer(request), request.session.get("signed")
    consent = Consent.objects.select_related("recipient").filter(id=key, customer=customer).first() if key else None
    if consent is None:
        return redirect("my")
    context = {"consent": consent, "last_day": through(consent.ends), "usual": usual.of(consent.utility)}
    context |= {"not_in": not_in(consent), "looked_at": has_signs(consent)}
    return render(request, "consents/done.html", context)


@require_POST
def decline(request: HttpRequest, slug: str) -> HttpResponse:
    """ "No, do not share": an outcome of its own, with a number; what goes on beside it is named."""
    organisation = get_object_or_404(Organisation, slug=slug)
    draft, link = session.current_draft(request), session.current_link(request)
    if link is not None and link.organisation_id != organisation.id:
        draft = link = None
    number = actions.decline(organisation, link, draft, now=timezone.now())
    for key in (session.LINK, session.DRAFT):
        request.session.pop(key, None)
    context = {"organisation": organisation, "number": number, "going": _going_on(link, organisation)}
    return render(request, "consents/declined.html", context)


def _going_on(link: EmailLink | None, organisation: Organisation) -> QuerySet[Consent]:
    """Give what the owner of a mailbox still shares with this recipient; nothing before the mailed code was right."""
    if link is None or link.code_used_at is None:
        return Consent.objects.none()
    today = actions.central_today(timezone.now())
    rows = Consent.objects.filter(customer__email_index=bytes(link.email_index), recipient=organisation)
    return rows.filter(state__in=LIVE, ends__gt=today).order_by("-signed_at")


def _frozen(draft: Draft, answers: Answers) -> str:
    """Give the SHA-256 (hex) of the frozen letter; empty when there is none, or its words have changed since."""
    return bytes(draft.presented_sha256 or b"").hex() if drafts.is_current(answers) else ""


def _how_opened(request: HttpRequest, form: ReadForm, answers: Answers, sha: str) -> str | None:
    given = form.cleaned_data
    if given["word"]:
        if same_word(given["word"], answers.extra["word"]):
            return "word"
        form.add_error("word", _("That is not the word in your letter. Please look again."))
        return None
    if request.session.get(OPENED) == sha:
        return "declared"
    form.add_error("declared", _("Open the letter first: you can only sign what you have opened."))
    return None


def _sign(request: HttpRequest, draft: Draft, answers: Answers, form: SignForm) -> Consent | actions.NotSigned:
    if draft.presented_sha256 is None:
        return actions.NotSigned("letter_changed")
    given = form.cleaned_data
    refused = actions.refused_before(draft, answers, given["typed_name"], given["letter_sha256"], now=timezone.now())
    if refused:
        return refused  # before letter, pages and up to 60 bills are opened
    pdf = drafts.presented_letter(draft)
    pages = open_served(draft)
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
    signature = actions.Signature(
        typed_name=given["typed_name"],
        letter_sha256=given["letter_sha256"],
        surroundings=session.surroundings(request),
        pages=tuple(pages),
        bills=bills.opened(draft, listed.chosen(answers.several)) if answers.several else {},
    )
    return actions.sign(draft, answers, email, pdf, signature, now=timezone.now())


def _taken_out(draft: Draft, answers: Answers) -> bool:
    """Take out of her list what can no longer be signed for here, so that the list says which it is."""
    looking = begin(draft, answers.name_as_billed, listed.read(answers.several), now=timezone.now())
    found = bills.take_out(looking)
    if found:
        keep(draft, answers, looking)
    return found


def _explain(form: SignForm, code: str) -> None:
    texts = {
        "letter_changed": _("The letter changed since you opened it. Please open it again and sign the new one."),
        "name_differs": _("Please type your name as it stands in the letter."),
        "two_names": _("Each of you signs for herself or himself: please type your own name alone."),
        "not_opened": _("Open the letter first: you can only sign what you have opened."),
        "incomplete": _("An answer is missing. Please go back and complete it."),
        "accounts_changed": _("An account of your list can no longer be signed for here. Please look at the list."),
        "over": _("This was signed already."),
    }
    form.add_error("typed_name" if code in ("name_differs", "two_names") else None, texts[code])


def _summary(answers: Answers) -> list[tuple[str, str, str]]:
    assert answers.history_from
    assert answers.history_to
    assert answers.ends
    kinds = ", ".join(str(DATA_TYPE_LABELS[code][0]) for code in answers.data_types)
    until = forward_end(answers)
    if answers.several:
        account = [(_("Accounts"), str(len(listed.chosen(answers.several))), "share-accounts")]
        address = []
    else:
        account = [(_("Account"), f"{_('ending')} {answers.account_number[-4:]}", "share-account")]
        address = [(_("Service address"), answers.service_address, "share-account")]
    return [
        *account,
        (_("Name as on the bill"), answers.name_as_billed, "share-account"),
        *address,
        (_("You sign as"), capacity(answers), "share-account"),
        (_("Is somebody helping you with this form?"), _help(answers), "share-account"),
        (_("What you share"), kinds, "share-data"),
        (_("From – through"), f"{day(answers.history_from)} – {day(through(answers.history_to))}", "share-data"),
        (_("New data as well"), _("Yes, until %s") % day(through(until)) if until else _("No"), "share-purpose"),
        (_("What for"), _(PURPOSES[answers.purpose]), "share-purpose"),
        (_("Last day of sharing"), day(through(answers.ends)), "share-purpose"),
        (_("On the way it may reach"), "Nectar" if answers.nectar else _("nobody else"), "share-purpose"),
    ]


def _left_out(answers: Answers) -> list[tuple[Account, Any]]:
    """Give what is not in the letter, each with its reason."""
    rows = listed.left_out(answers.several)
    return [(each, words.of_account(each) if each.wanted else _("You took its tick away.")) for each in rows]


def _help(answers: Answers) -> str:
    if not answers.helped:
        return _("No, I do it myself")
    how = dict(AccountForm.base_fields["help_kind"].choices)[answers.help_kind]  # type: ignore[attr-defined]
    return f"{answers.helper}: {how}"


def capacity(answers: Answers) -> str:
    """Say in which capacity the person signs."""
    if answers.role == "entity":
        return f"{answers.signer_name}, {answers.signer_title}"
    return _("the customer whom the bill names")
