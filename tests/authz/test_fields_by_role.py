"""The table of fields by role in docs/security-notes.md, held to roles, to the reads that are declared and to pages."""

import pytest

from broker.audit.words import ACTS
from broker.parties.models import Role
from tests.authz import matrix
from tests.authz.asking import Asker
from tests.authz.paths import places
from tests.authz.test_matrix import asker
from tests.completeness.declared import DECLARED
from tests.security.test_written_down import rows

__all__ = ["asker"]
# Who stands in which row: actors of the matrix of who may what, and roles of people who sign in.
ACTORS = {
    "customer": {"own", "other"},
    "joint holder, objector": {"joint"},
    "recipient (person or program)": {
        "analyst", "rival", "ended", "key", "rival-key", "ended-key", "narrow-key", "expired-key", "revoked-key",
        "live-key", "wrong-key",
    },
    "staff": {"staff"},
    "officer": {"officer"},
    "approver": {"approver"},
    "operator": {"operator"},
}  # fmt: skip
NOBODY = {"anon", "superuser"}  # a stranger; and a mark on an account that opens nothing
ROLES = {
    "recipient (person or program)": {Role.ANALYST},
    "staff": {Role.STAFF},
    "officer": {Role.OFFICER},
    "approver": {Role.APPROVER},
    "operator": {Role.OPERATOR},
}
# By which acts each role opens what its pages show masked, or not at all: one person's name and number, a file, a
# letter, a mail, the body of an entry. What somebody reads of her own, or only lists, is none.
OPENS = {
    "application/application": {"data.read"},
    "staff/analyst": {"data.read"},
    "unknown/clerk": {"letter.read"},
    "staff/staff": {"account.read", "objection.read", "file.read", "mail.read", "paper.read", "log.read"},
    "staff/officer": {"log.read", "log.exported", "pack.read", "glass.read"},
    "staff/approver": {"log.read"},
    "staff/operator": {"paper.read"},  # her own second part; for the rest she works at the desk as staff do
}
HERS = {"data.viewed", "letter.read"}
OPENED = {act for acts in OPENS.values() for act in acts}
ROW_OF = {
    "application/application": "recipient (person or program)",
    "staff/analyst": "recipient (person or program)",
    "unknown/clerk": "billing desk, clerk",
    "staff/staff": "staff",
    "staff/officer": "officer",
    "staff/approver": "approver",
    "staff/operator": "operator",
}
OUR_PEOPLE = ["staff", "officer", "approver", "operator"]
PERSONAL = ("pat member", "pat@", "40900017", "51000042", "9 example road")


def table() -> dict[str, list[str]]:
    """Give the rows by whom they are of."""
    return {row[0]: row for row in rows("Fields by role")}


def test_each_role_and_each_kind_of_caller_stands_in_one_row() -> None:
    assert set(ACTORS) | {"billing desk, clerk", "Nectar"} == set(table())
    assert sorted(role for roles in ROLES.values() for role in roles) == sorted(Role)
    known = {actor for area in matrix.areas() for actor in area.actors}
    assert sorted(known - NOBODY) == sorted(actor for actors in ACTORS.values() for actor in actors)


def test_a_further_act_is_an_entry_and_no_other_role_has_it() -> None:
    """Which acts open something, and whose they are, is what the walks declare of each request."""
    said = {(event.by, event.act) for events in DECLARED.values() for event in events if event.act in OPENED | HERS}
    # A customer reads her own; a service is a program of ours, or the played desk of a rehearsal.
    theirs = {(by, act) for by, act in said if by not in ("customer", "customer/joint_member", "outside", "service")}
    assert theirs == {(by, act) for by in OPENS for act in OPENS[by]}
    assert {("customer", act) for act in HERS} <= said
    assert set(ACTS) >= OPENED | HERS
    further = {row[0] for row in table().values() if row[2] != "–"}
    assert further == {"customer", *ROW_OF.values()}
    assert set(ROW_OF) == set(OPENS)


# What opens something at the desk, at the console and on a recipient's pages, and which of our people may.
AT = {
    ("staff", "operator"): (
        "POST admin:request-reveal", "GET admin:file", "POST admin:message", "POST admin:held",
        "POST admin:objection-reveal", "GET admin:identity-call", "GET admin:identity-print", "GET admin:paper-entry",
    ),
    ("officer",): ("GET console-event", "POST console-export"),
    ("officer", "approver"): ("POST console-pack-download", "POST console-approval-reason"),
    (): ("GET my-letter", "GET my-data-file", "GET recipient-data"),
}  # fmt: skip


def test_what_opens_something_is_for_the_roles_that_the_table_names() -> None:
    known = matrix.declared()
    for who, names in AT.items():
        for method, name in map(str.split, names):
            cells = known[name, method].cells
            assert [each for each in OUR_PEOPLE if cells[each] == "ok"] == sorted(who, key=OUR_PEOPLE.index), name
    assert "all that staff see" in table()["operator"][1]


# Pages of our people on which a person stands unmasked: to open one is the further act, and leaves its entry.
UNMASKED = {"admin:identity-call", "admin:identity-print"}
SHOWN = {"staff": UNMASKED, "operator": UNMASKED, "officer": set(), "approver": set()}
SAMPLES = ("developers-guide", "developers-openapi")  # made up, for whoever writes a program


@pytest.mark.parametrize("actor", SHOWN)
def test_no_page_of_our_people_shows_a_person_before_the_further_act(asker: Asker, actor: str) -> None:
    known, asked, found = matrix.declared(), 0, set()
    for place in places():
        row = matrix.row_of(place, "GET", known) if "GET" in place.methods else None
        if row is not None and row.cells.get(actor) in ("ok", "state") and place.name not in SAMPLES:
            asker.ask(place, "GET", actor)
            asked += 1
            if any(word in asker.body.decode(errors="replace").lower() for word in PERSONAL):
                found.add(place.name)
    assert asked >= 40
    assert found == SHOWN[actor]


def test_what_is_looked_for_stands_where_it_is_shown(asker: Asker) -> None:
    """A word that no page has at all would be found on none."""
    (place,) = (each for each in places() if each.name == "admin:request-reveal")
    asker.ask(place, "POST", "staff")
    body = asker.body.decode().lower()
    assert "pat member" in body
    assert "40900017" in body
