"""What a decision about a difference would do, for whoever confirms it on the officer's pages; nothing is opened."""

from broker.approvals.models import Approval
from requests_app.differences import given, query
from requests_app.differences.rules import RULES
from requests_app.differences.shown import named_sources


def words_of(row: Approval) -> tuple[list[tuple[str, str]], str] | None:
    """Give the facts, line by line, and what a yes does; nothing where the difference is not there."""
    found = query.topic(row.about) if row.about else None
    if found is None:
        return None
    names = named_sources(found.sources)
    place = query.differences(found.id)[0].place
    recipients = dict.fromkeys(str(each.organisation) for each in given.requests(given.kind_of(place), found.month))
    stands = next((name for each, name in names if str(each.series_id) == row.params["stands"]), "Both are doubtful")
    facts = [
        ("Account", f"ending {found.account.last_four}"),
        ("Values", f"{found.role}, {found.unit}, {found.resolution} of {found.month:%B %Y}: {found.values} differ"),
        ("Sources", "; ".join(name for _, name in names)),
        ("What stands", stands),
        ("Rule", RULES[str(row.params["rule"])].ours),
        ("Who was given a value of it", ", ".join(recipients) or "nobody"),
    ]
    done = "The recipients are told to read again; the customer sees the rule. A later decision can undo it."
    return facts, f"settle values of {found.month:%B %Y} of the account ending {found.account.last_four}. {done}"
