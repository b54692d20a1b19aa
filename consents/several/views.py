"""Which accounts one letter is over (interface): her list with ticks, her bills, and what each of them showed."""

from datetime import date
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from consents import actions, drafts
from consents.asking.taking import asked_by
from consents.grant_views import PAGES, page, save_and_go_on, with_draft
from consents.lifecycle import LIVE
from consents.models import ConsentAccount, Draft
from consents.rules import Answers
from consents.several import bills, listed, words
from consents.several.forms import ListForm, key
from consents.several.listed import Account
from consents.several.looking import Given, Looking, begin
from consents.switching import form_of, switches

GO, LOOK = "go", "look"


@with_draft("accounts")
@require_http_methods(["GET", "HEAD", "POST"])
def accounts(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Tick, drop many bills at once, and go on with the accounts that they prove; a GET changes nothing."""
    answers = drafts.read(draft)
    if not (answers.several and answers.name_as_billed):
        return redirect(PAGES["account"])
    rows = listed.read(answers.several)
    form = form_of(request, ListForm, rows=rows)
    if request.method == "POST" and form.is_valid():
        looking = _looked(draft, answers, form)
        if request.POST.get("do") == GO and not looking.files:
            if any(each.is_in for each in looking.accounts.values()):
                return _go_on(draft, answers, looking)
            form.add_error("want", _("Tick at least one account that a bill has proven, or choose “No, do not share”."))
        keep(draft, answers, looking)
        if form.is_valid():
            return redirect(PAGES["accounts"])
        answers = drafts.read(draft)
    rows = listed.read(answers.several)
    if switches(request):
        kept = form["want"].value()
        rows = listed.ticked(rows, (each.place for each in rows if str(each.place) in kept))
    return page(request, draft, "accounts", form, **_context(draft, answers, rows, form))


def _looked(draft: Draft, answers: Answers, form: ListForm) -> Looking:
    rows = listed.ticked(listed.read(answers.several), form.wanted)
    looking = begin(draft, answers.name_as_billed, rows, now=timezone.now())
    bills.complete(looking, form.typed(rows))
    bills.drop(looking, [Given(each.name or "", each.read()) for each in form.cleaned_data["bills"]])
    return looking


def keep(draft: Draft, answers: Answers, looking: Looking) -> None:
    """Save a list that was looked at; the bills that it holds no more go with it, or the new ones if it is over."""
    try:
        drafts.save(draft, "accounts", answers.with_changes(several=looking.state), now=looking.now, told=looking.told)
    except drafts.DraftOver:
        looking.throw_away()
        raise
    looking.let_go()


def _go_on(draft: Draft, answers: Answers, looking: Looking) -> HttpResponse:
    state = listed.write(looking.accounts.values(), confirmed=True)
    return save_and_go_on(draft, "accounts", answers.with_changes(several=state), told=looking.told)


def _context(draft: Draft, answers: Answers, rows: list[Account], form: ListForm) -> dict[str, Any]:
    covered = _covered(draft, rows)
    ready, files = sum(each.is_in for each in rows), listed.dropped(answers.several)
    return {
        "ask": asked_by(draft.link),
        "several": [_row(each, form, covered.get(each.index, "")) for each in rows],
        "ready": ready,
        "missing": sum(each.wanted and not each.is_proven for each in rows),
        "fitting": sum(not each.code for each in files),
        "told": [(each.name, each.ending, words.of_file(each)) for each in files if each.code],
        "billed_to": answers.name_as_billed,
    }


def _row(row: Account, form: ListForm, covered: str) -> dict[str, Any]:
    typing = [form[key(name, row.place)] for name in row.lacks if key(name, row.place) in form.fields]
    billed = date.fromisoformat(row.billed_on) if row.is_proven else None
    return {"row": row, "says": words.of_account(row), "billed": billed, "typing": typing, "covered": covered}


def _covered(draft: Draft, rows: list[Account]) -> dict[str, str]:
    """Name the permission of this mailbox for the same recipient that is over an account already."""
    found = ConsentAccount.objects.select_related("consent", "account").filter(
        consent__customer__email_index=bytes(draft.link.email_index),
        consent__recipient=draft.organisation,
        consent__utility=settings.HOME_UTILITY,
        consent__state__in=LIVE,
        consent__ends__gt=actions.central_today(timezone.now()),
        account__number_index__in=[bytes.fromhex(each.index) for each in rows],
    )
    rows_by_time = found.order_by("consent__signed_at")
    return {bytes(each.account.number_index).hex(): each.consent.number for each in rows_by_time}
