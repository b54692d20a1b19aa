"""A customer hands over a file under a permission over several accounts: of which it is, the file has to say."""

from django.utils import timezone

from broker.rehearsal import paper
from broker.terms import Actor, Refusal
from requests_app.models import ReceivedFile
from requests_app.share import receive_share
from tests.integration.test_share import bill
from tests.requests_world import World, world
from tests.upload_world import with_two_accounts

NAMELESS = "Service from 2025-10-01 to 2025-10-31|Energy used: 812 kWh|Total due: $98.10|Co-op - Electric bill"


def test_under_a_permission_over_several_accounts_a_file_says_of_which_it_is(committing: str) -> None:
    w, second = with_two_accounts()
    for name, data in (("bill.pdf", paper.pdf([NAMELESS.split("|")])), ("scan.pdf", paper.pdf([[]]))):
        refused = of_any(w, name, data)
        assert isinstance(refused, Refusal)
        assert refused.code == "scope.account"
    assert not ReceivedFile.objects.exists()
    taken = of_any(w, "bill.pdf", bill(account=second))
    assert isinstance(taken, ReceivedFile)
    assert taken.account.last_four == second[-4:]


def test_under_a_permission_over_one_account_a_file_without_a_number_waits_for_a_person(committing: str) -> None:
    kept = of_any(world(), "bill.pdf", paper.pdf([NAMELESS.split("|")]))
    assert isinstance(kept, ReceivedFile)
    assert kept.state == "quarantined"


def of_any(w: World, name: str, data: bytes) -> ReceivedFile | Refusal:
    """Hand over a file as her page does: without saying of which account it is."""
    me = Actor("c", w.customer.id)
    return receive_share(w.consent, None, name, data, to_nectar=False, actor=me, now=timezone.now())
