"""What a proposal about an incident would do, in words for whoever decides it; nothing sealed is opened (interface)."""

from broker.approvals.models import Approval
from broker.console.incidents.duties import Choice, Ground
from broker.console.incidents.forms import GROUNDS
from broker.console.incidents.models import Proposal


def words_of(row: Approval) -> tuple[list[tuple[str, str]], str] | None:
    """Give the facts, and the sentence that a yes confirms; None where there is no such proposal."""
    found = Proposal.objects.select_related("incident", "list").filter(id__in=[row.about] if row.about else []).first()
    if found is None:
        return None
    told = found.choice == Choice.NOTIFY
    facts = [
        ("Incident", found.incident.number),
        ("Customers on the list", str(found.list.customers)),
        ("Proposal", "Tell the customers" if told else "No notice"),
        ("Ground", GROUNDS[Ground(found.ground)]),
        *([("Words, English", found.said_en), ("Words, Spanish", found.said_es)] if told else []),
    ]
    done = "the customers of the newest list can be told" if told else "nobody of the list is told"
    return facts, f"decide about incident {found.incident.number}: {done}. The decision is kept five years."
