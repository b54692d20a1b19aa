"""A text or file of somebody that an act refuses by itself, beside the door: the refusal knows what is counted."""

from dataclasses import dataclass

from broker.credentials import Finding
from broker.inlets import incidents
from broker.inlets.models import Refused
from broker.inlets.sending import Sender
from broker.looking import TOO_LONG
from broker.parties.models import Application, User
from broker.terms import Actor, Refusal

CODE = "channel.forbidden.credentials"
LARGE = "request.too_large"


@dataclass(frozen=True)
class LoginRefusal(Refusal):
    """An answer of no to a portal login: what was found, at which inlet and in which part of ours; no word of it.

    Its `detail` is the kind of the finding, by which whoever shows it says what to do instead (`said.instead`).
    """

    found: Finding | None = None
    inlet: str = "web_form"
    part: str = "file"


def code(found: Finding) -> str:
    """Give the reason code of a finding: one that is only too long to be read is no login."""
    return LARGE if found.kind == TOO_LONG else CODE


def login(found: Finding, *, inlet: str, part: str) -> Refusal:
    """Give the refusal of a text in which this was found; what is only too long is no login, and counts as none."""
    if found.kind == TOO_LONG:
        return Refusal(LARGE, found.kind)
    return LoginRefusal(CODE, found.kind, found=found, inlet=inlet, part=part)


def count(
    refusal: Refusal,
    actor: Actor,
    *,
    application: Application | None = None,
    person: User | None = None,
    words: str = "",
) -> Refused | None:
    """Count a refused login with its incident, in the caller's transaction or its own; None for any other refusal.

    `application`, `person`: the program or the member of staff behind the actor, as at the door. `words`: what was
    sent, by which is found whom it is about; nothing of it is kept. Nobody lets it through: what was refused is not the
    message as it came to the door, so no mark would know it again.
    """
    if not isinstance(refusal, LoginRefusal) or refusal.found is None:
        return None
    return incidents.record(
        refusal.found,
        part=refusal.part,
        sender=Sender(actor, application, person),
        inlet=refusal.inlet,
        message=incidents.Message(words=words),
        overridable=False,
    )
