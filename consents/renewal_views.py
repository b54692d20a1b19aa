"""The one page of a renewal that asks (interface): every old answer with a link to change it, and what changes."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from consents import drafts, renewal
from consents.comparing import warnings
from consents.forms import AccountForm
from consents.grant_views import PAGES, next_step, page, save_and_go_on, with_draft
from consents.models import Consent, Draft
from consents.rules import Answers
from consents.signing_views import capacity
from consents.switching import form_of

# Where each part of the comparison is changed; who may receive it is changed by a permission for somebody else.
CHANGED_AT = {
    "account": "share-account",
    "purpose": "share-purpose",
    "data_types": "share-data",
    "history_from": "share-data",
    "history_to": "share-data",
    "forward": "share-purpose",
    "ends": "share-purpose",
    "onward_recipients": "share-purpose",
}


class RenewalForm(AccountForm):
    """What she says again: the number from her bill, and whether somebody helps her."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kept in set(self.fields) - {"number", "helped", "helper", "help_kind"}:
            del self.fields[kept]


@with_draft("renewal")
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Look through the old answers, change what should change, and go on to the letter."""
    answers, old = drafts.read(draft), renewal.renewed_by(draft.link)
    if old is None or not (answers.name_as_billed and answers.data_types):
        return redirect(PAGES[next_step(draft, answers)])
    form = form_of(request, RenewalForm, initial={"number": answers.account_number})
    if request.method == "POST" and form.is_valid():
        given, helped = form.cleaned_data, form.cleaned_data["helped"] == "yes"
        if renewal.is_over(old, given["number"]):
            changed = answers.with_changes(
                account_number=given["number"],
                helped=helped,
                helper=given["helper"] if helped else "",
                help_kind=given["help_kind"] if helped else "",
            )
            return save_and_go_on(draft, "renewal", changed)
        form.add_error("number", _("This is not the account number of that permission. Look at your bill once more."))
    return page(request, draft, "renewal", form, **_shown(old, answers))


def _shown(old: Consent, answers: Answers) -> dict[str, Any]:
    said = renewal.lines(old, answers)
    lines = [(line, CHANGED_AT.get(line.field)) for line in said]
    hers = [
        (_("Name as on the bill"), answers.name_as_billed),
        (_("Service address"), answers.service_address),
        (_("You sign as"), capacity(answers)),
    ]
    return {"old": old, "lines": lines, "hers": hers, **warnings(said)}
