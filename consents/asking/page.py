"""What the customer's page about an ask says (interface)."""

from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _

from broker.duties import bars
from broker.notices.templatetags.notices import day
from broker.terms import PURPOSES
from consents.asking.models import ConsentAsk
from consents.asking.tokens import token_of
from consents.forms import DATA_TYPE_LABELS
from consents.rules import through

TEMPLATE = "consents/asking/asked.html"


def context(ask: ConsentAsk, form: forms.Form) -> dict[str, Any]:
    """Give what the page needs: who asks, for what, and the ways on."""
    return {
        "organisation": ask.organisation,
        "no_path": reverse("asked-no", args=[token_of(ask.id)]),
        "block_path": block_path(ask),
        "asked_for": summary(ask),
        "is_several": bool(ask.accounts),
        "is_suspended": is_suspended(ask),
        "answer_until": ask.expires_at,
        "form": form,
    }


def is_suspended(ask: ConsentAsk) -> bool:
    """Say whether we suspended who asks; a stop of everything is ours, and takes no customer's answer away."""
    return bars.is_asker_suspended(ask.organisation_id, ask.application_id, ask.analyst_id)


def block_path(ask: ConsentAsk) -> str:
    """Give where she says that they are not to ask again; "" where no mailbox is known that they could ask."""
    return reverse("asked-not-again", args=[token_of(ask.id)]) if ask.by_mail else ""


def summary(ask: ConsentAsk) -> list[tuple[str, str]]:
    """Put an ask in words, line by line, in the reader's language."""
    kinds = ", ".join(str(DATA_TYPE_LABELS[code][0]) for code in ask.data_types)
    rows = [(_("What they ask for"), kinds), (_("What for"), _(PURPOSES[ask.purpose]))]
    if ask.accounts:  # how many; which ones she reads after her code, as of a single one
        rows.insert(0, (_("Accounts"), _("%d accounts, in one letter") % len(ask.accounts)))
    if ask.history_from and ask.history_to:
        rows.append((_("From – through"), f"{day(ask.history_from)} – {day(through(ask.history_to))}"))
    new = _("Yes, until %s") % day(through(ask.forward)) if ask.forward else _("No")
    return [
        *rows,
        (_("New data as well"), new),
        (_("Last day of sharing"), day(through(ask.ends))),
        (_("You can answer until"), day(ask.expires_at)),
    ]
