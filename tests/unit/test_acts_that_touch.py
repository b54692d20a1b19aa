"""Which acts a list of the affected counts: every act of a read in the source, and those of packs and of Nectar."""

import ast
from collections.abc import Iterator
from pathlib import Path

from broker.audit.words import ACTS
from broker.console.incidents.listing import TOUCHED

ROOT = Path(__file__).resolve().parents[2]

# Reads that no list of the affected counts, each for a reason; an act that opens data of a customer is none of them.
HEADERS = "headers or names of entries alone: nothing sealed is opened"
COME_IN = "something came in or changed its state; what opened it has an entry of its own"
STEP = "a step of a pack; its making and its handing out are counted"
EXCEPTIONS = {
    "admin.viewed": "a page with what is not sealed, or an officer's own words about a pack",
    "code.sent": "her mailbox is opened to mail a code to that same mailbox",
    "desk.shown": "the co-op's desk sees the numbers of the requests that were mailed to it",
    "disposal.certified": "made from headers, of what is destroyed",
    "disposal.listed": HEADERS,
    "hold.listed": HEADERS,
    "incident.read": "an officer's own words about the incident itself",
    "log.listed": HEADERS,
    "log.searched": HEADERS,
    "log.verified": "a program compares bodies with their hashes and shows nobody any",
    "nectar.deleted": COME_IN,
    "nectar.failed": COME_IN,
    "nectar.received": COME_IN,
    "nectar.revised": COME_IN,
    "nectar.state": COME_IN,
    "nectar.untracked": COME_IN,
    "pack.approved": STEP,
    "pack.asked": STEP,
    "pack.deleted": STEP,
    "pack.expired": STEP,
    "pack.failed": STEP,
    "pack.ready": STEP,
    "recipient.shown": "numbers, states and last four digits: nothing sealed is opened",
}
# Calls that name no act in place: the acts that reach them.
PASSED_ON = {
    "broker/console/outside/knowing.py": {"parties.read", "joint.read"},
    "consents/access.py": {"log.read", "log.exported"},
}
GROUPS = {
    "broker/console/packs/build.py": {"admin.export"},
    "broker/console/packs/handing.py": {"pack.read"},
    "broker/console/packs/naming.py": set(),  # names customers of a demand, and opens nothing
    "broker/console/search_page.py": {"log.searched"},
    "broker/inlets/incidents.py": set(),  # a refusal beside whom it concerned: nothing is opened
    "requests_app/consent_list.py": {"consent.viewed"},
}


def calls(name: str) -> Iterator[tuple[str, ast.Call]]:
    """Give every call of a function of the log in the source: its file, the call."""
    for top in ("broker", "consents", "requests_app"):
        for path in sorted((ROOT / top).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) == name:
                    yield path.relative_to(ROOT).as_posix(), node


def acts_of_reads() -> set[str]:
    found: set[str] = set()
    for place, call in calls("append_read"):
        act = call.args[0] if call.args else None
        found |= {str(act.value)} if isinstance(act, ast.Constant) else PASSED_ON[place]
    for place, _call in calls("append_group"):
        found |= GROUPS[place]
    return found


def test_every_act_of_a_read_is_counted_or_is_a_reviewed_exception() -> None:
    found = acts_of_reads() | {act for act in ACTS if act.startswith(("pack.", "nectar."))}
    assert len(found) > 40
    assert found - set(TOUCHED) == set(EXCEPTIONS)
    assert set(TOUCHED) <= ACTS.keys()


def test_whatever_is_called_a_read_is_counted() -> None:
    not_of_customers = {"incident.read", "profile.read"}  # an officer's words; a published profile
    assert {act for act in ACTS if act.endswith(".read")} - set(TOUCHED) == not_of_customers
