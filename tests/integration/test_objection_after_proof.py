"""What an objection under another name paused at L1 is looked at again once the signer has proven the account."""

import pytest

from consents.joint.models import ObjectionReach
from consents.lifecycle import State
from consents.models import Consent
from tests.granted import TWO_NAMES
from tests.integration.grant_support import EMAIL, Desk, desk
from tests.joint_world import BETTY, JAMES, NUMBER, grant, objection, proven

__all__ = ["desk"]


@pytest.mark.granted(TWO_NAMES)
@pytest.mark.parametrize(
    ("name", "then"), [("Zed Wrong", State.ACTIVE), ("Betty Smith", State.SUSPENDED)], ids=["another name", "a holder"]
)
def test_a_proof_lets_go_what_another_name_paused_and_keeps_what_a_holder_did(
    desk: Desk, name: str, then: State
) -> None:
    grant(desk)
    objection(email=JAMES if name == "Zed Wrong" else BETTY, number=NUMBER, name=name)
    desk.work()
    consent = Consent.objects.get()
    assert consent.state == State.SUSPENDED  # at L1 nobody has checked what the signer typed
    proven(consent)
    desk.work()
    consent.refresh_from_db()
    assert (consent.assurance, consent.state) == ("L2", then)
    assert ObjectionReach.objects.filter(consent=consent, lifted_at=None).exists() == (then == State.SUSPENDED)
    assert bool(desk.mailbox.mails.search(to=EMAIL, subject="in force again")) == (then == State.ACTIVE)
