"""Mail to our own staff about what a clerk told us (action, in the caller's transaction)."""

from django.conf import settings
from django.urls import reverse

from broker import notices
from broker.terms import SERVICE
from broker.transport import Proof, ProvenAddress
from consents.models import LetterOfAuthorization

STAFF = SERVICE("staff")

_SAYS = {
    "released": (
        "The co-op says that it released data under {number}",
        "Somebody with the letter pressed “We have released the data”. Look whether it has arrived. The consent is"
        " {state}: if that is not active, ask the co-op what it sent, and when.",
    ),
    "doubt": (
        "The co-op doubts {number}: suspended",
        "Somebody with the letter pressed “We doubt this”, and the consent is {state}. Call the co-op at the number of"
        " its profile, read the reason under “What the co-op said”, and lift the suspension or leave it.",
    ),
    "member_tries": (
        "Wrong codes for the member of {number}",
        "Somebody with the letter entered five codes, and none was the one that went to the co-op's mailbox. Call the"
        " co-op at the number of its profile, and ask whether it was one of its staff.",
    ),
    "codes_out": (
        "No more codes today for the member of {number}",
        "So many codes for this letter were mailed to the co-op today that no other is sent before the day is over."
        " Perhaps somebody presses the button who does not belong to the co-op. Call the co-op at the number of its"
        " profile: if it knows its member, record the call.",
    ),
    "member": (
        "The co-op confirmed its member of {number}",
        "The code that went to the co-op's own mailbox was entered. The consent is {state}, and its assurance is now"
        " {assurance}.",
    ),
}


_ONLY_TOLD = {"member"}  # nobody has anything to do


def tell_staff(letter: LetterOfAuthorization, what: str, *, key: str) -> None:
    """Mail the desk once per key; nothing personal is in it."""
    consent = letter.consent
    facts = {"number": letter.number, "state": consent.state, "assurance": consent.assurance}
    title, detail = (text.format(**facts) for text in _SAYS[what])
    notices.send_later(
        "staff_alert",
        to=ProvenAddress(settings.OPERATOR_EMAIL, Proof("party", "operator")),
        subject=STAFF.id,
        context={"what": title, "detail": detail, "path": reverse("admin:clerk-acts"), "only_told": what in _ONLY_TOLD},
        key=f"staff:clerk:{what}:{key}",
    )
