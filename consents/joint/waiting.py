"""What a signed consent waits for before it can come into force (reads rows, changes none)."""

from django.db.models import Exists, OuterRef

from consents.joint.mailboxes import lacks_a_word
from consents.joint.models import AbuseSign, JointMember, ObjectionReach
from consents.lifecycle import State
from consents.models import Consent, Suspension


def waits(consent: Consent) -> bool:
    """Say whether a consent may not come into force yet: it stays signed, and every ask is `consent.absent`."""
    return waits_for_holder(consent) or (consent.state == State.SIGNED and is_looked_at(consent))


def waits_for_holder(consent: Consent) -> bool:
    """Say whether another holder has still to agree."""
    rows = JointMember.objects.filter(consent_id=consent.id, must_agree=True, agreed_at=None)
    return rows.exists() or lacks_a_word(consent)


def is_looked_at(consent: Consent) -> bool:
    """Say whether a person has still to look at it: somebody objects, or there are signs of abuse.

    The letter is sealed meanwhile, but nothing is in force and nothing is sent.
    """
    return is_objected_to(consent) or has_signs(consent)


def is_objected_to(consent: Consent) -> bool:
    """Say whether an objection reaches it."""
    return ObjectionReach.objects.filter(consent_id=consent.id, lifted_at=None).exists()


def objected() -> Exists:
    """Give what a query of consents asks to know the same of each."""
    return Exists(ObjectionReach.objects.filter(consent_id=OuterRef("pk"), lifted_at=None))


def has_signs(consent: Consent) -> bool:
    """Say whether signs of abuse were found in it, which nobody has looked at yet."""
    open_ones = Suspension.objects.filter(consent_id=consent.id, because=Suspension.Because.ABUSE, lifted_at=None)
    return open_ones.exists() and AbuseSign.objects.filter(consent_id=consent.id).exists()
