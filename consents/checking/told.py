"""What the co-op has told us of a letter so far, and what it can still tell us (reading for the page)."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from consents.checking.models import ClerkAct
from consents.checking.standing import Standing
from consents.identity.levels import level_of
from consents.identity.models import How, Proof
from consents.models import Consent, LetterOfAuthorization

_NAMES = {
    ClerkAct.Kind.RELEASED: _("You told us: released on"),
    ClerkAct.Kind.DOUBT: _("You told us: in doubt on"),
}
_CONFIRMED = _("You told us: your member, confirmed on")
_OVER = {Standing.REVOKED, Standing.EXPIRED, Standing.SUPERSEDED}


@dataclass(frozen=True)
class Told:
    """One thing that the co-op told us of this letter, and when."""

    name: str | Promise
    at: datetime


def so_far(letter: LetterOfAuthorization) -> list[Told]:
    """Give what the co-op told us, the oldest first; nothing personal, and never its words of doubt."""
    acts = [Told(_NAMES[ClerkAct.Kind(each.kind)], each.at) for each in letter.clerk_acts.all()]
    proofs = Proof.objects.filter(consent=letter.consent, how__in=(How.CLERK_BUTTON, How.CALL_BACK))
    times = proofs.order_by("at").values_list("at", flat=True).distinct()
    return sorted([*acts, *(Told(_CONFIRMED, at) for at in times)], key=lambda each: each.at)


def confirmed(consent: Consent) -> bool:
    """Say whether the co-op's word would raise no account of this consent any more."""
    return all(level_of(each) == "L3" for each in consent.accounts.all())


def buttons(standing: Standing, *, confirmed: bool) -> tuple[str, ...]:
    """Name the buttons that do something: data may have left before an end; an end leaves nothing else to say."""
    if standing in _OVER:
        return ("released",)
    member = () if confirmed or standing == Standing.NOT_SEALED else ("member",)
    return ("released", *member, "doubt")
