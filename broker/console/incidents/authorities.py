"""The letters to the attorney general and the consumer reporting agencies, which an officer reads and sends (rules)."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils import translation

from broker.console.incidents import duties, telling
from broker.console.incidents.duties import Facts, Kind
from broker.console.incidents.models import Incident, Step
from broker.console.incidents.recording import decided
from broker.notices import compose
from broker.notices import context as site_context

TITLES = {
    Kind.ATTORNEY_GENERAL: "Letter to the attorney general of Missouri",
    Kind.AGENCIES: "Letter to the consumer reporting agencies",
}


@dataclass(frozen=True)
class Letter:
    """A letter that leaves outside of this program: its duty, its title and its words, without a customer in them."""

    kind: Kind
    title: str
    text: str


def letters(incident: Incident, facts: Facts) -> Sequence[Letter]:
    """Give both letters where the count asks for them (RSMo 407.1500 2.(8)), and none where it does not.

    They say what the law names: when the notice goes out, how, and its words. Until two people decided that customers
    are told, its words are not settled, and the letters say so.
    """
    asked = [each.kind for each in duties.duties(facts) if each.kind in TITLES]
    return [Letter(kind, TITLES[kind], _text(kind, incident, facts)) for kind in asked]


def _text(kind: Kind, incident: Incident, facts: Facts) -> str:
    decision = decided(incident) if facts.choice is duties.Choice.NOTIFY else None
    begun = incident.steps.filter(kind=Step.Kind.CUSTOMERS).order_by("at").first()  # a further list adds to them
    words = telling.notice_context(incident, decision.proposal, "en") if decision else None
    context = {
        "kind": kind.value,
        "number": incident.number,
        "known_at": incident.known_at,
        "happened_from": incident.happened_from,
        "happened_to": incident.happened_to,
        "count": facts.count,
        "owner_told_at": facts.done.get(Kind.COOP),
        "begun_at": begun.at if begun else None,
        "told_at": facts.done.get(Kind.CUSTOMERS),
        "notice": compose.render(telling.TEMPLATE, language="en", context=words).text if words else "",
        "utility": telling.desk().name,
    }
    with translation.override("en"):
        return render_to_string("console/incidents/authority.txt", {**site_context.facts(), **context}).strip()
