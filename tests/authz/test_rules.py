"""The rules that a lawyer would say in a few sentences, held against every row: the table may not drift from them."""

from tests.authz import matrix

OUTSIDE = {"login", "start"}
WITHOUT_A_SIGN_IN = ("my-sign-in", "my-open", "my-code", "my-sign-out")
# Pages of officers and approvers begin so.
TWO_PEOPLE = (
    "console-approval", "console-complaints", "console-glass", "console-organisation", "console-pack", "console-rights",
)  # fmt: skip
NARROW = "api-hook"


def rows(area: str) -> list[matrix.Row]:
    (found,) = [each for each in matrix.areas() if each.name == area]
    assert len(found.rows) > 1
    return list(found.rows)


def test_the_api_opens_to_keys_alone_and_to_none_that_is_wrong_ended_or_of_the_other_kind() -> None:
    nobody = ("anon", "own", "analyst", "staff", "officer", "superuser")
    for row in rows("api"):
        for actor in (*nobody, "wrong-key", "expired-key", "revoked-key", "live-key"):
            assert row.cells[actor] == "401", (row, actor)
        assert (row.cells["narrow-key"] == "403") is not row.name.startswith(NARROW), row


def test_no_key_of_another_organisation_or_of_an_ended_permission_comes_at_data() -> None:
    for row in rows("api"):
        if row.name.startswith(("api-readings", "api-bills", "api-file", "api-link", "api-make-link")):
            assert (row.cells["key"], row.cells["rival-key"], row.cells["ended-key"]) == ("ok", "404", "403"), row
        if row.cells["rival-key"] == "ok":
            assert row.name in ("api-requests", "api-consents", "api-asks", "api-hooks"), row  # lists of its own


def test_a_customers_pages_open_to_her_alone() -> None:
    for row in rows("my"):
        for actor in ("anon", "analyst", "rival", "ended", "staff", "officer", "approver", "operator", "superuser"):
            assert row.cells[actor] == "login", (row, actor)
        assert row.cells["own"] in ("ok", "state"), row
        assert row.cells["other"] == row.cells["joint"], row


def test_a_recipients_pages_open_to_recipients_alone_and_data_to_whom_it_was_given() -> None:
    for row in rows("recipient"):
        assert [row.cells[actor] for actor in ("anon", "own", "other", "joint", "key")] == ["login"] * 5, row
        for actor in ("staff", "officer", "approver", "operator", "superuser"):
            assert row.cells[actor] == "404", (row, actor)
        if row.name.startswith(("recipient-data", "recipient-bills", "recipient-file", "recipient-readings")):
            assert (row.cells["rival"], row.cells["ended"]) == ("404", "403"), row


def test_the_console_opens_to_officers_and_what_needs_two_people_to_approvers_too() -> None:
    for row in rows("console"):
        assert [row.cells[actor] for actor in ("anon", "own", "other", "joint", "key")] == ["login"] * 5, row
        for actor in ("analyst", "rival", "ended", "staff", "operator"):
            assert row.cells[actor] == "404", (row, actor)
        if row.name != "console" and not row.name.startswith(TWO_PEOPLE):
            assert row.cells["approver"] == "404", row


def test_the_desk_opens_to_staff_and_operators_and_nobody_changes_a_table_by_hand() -> None:
    for row in rows("desk"):
        assert {row.cells[actor] for actor in ("anon", "own", "other", "joint", "key")} == {"login"}, row
        assert {row.cells[actor] for actor in ("analyst", "rival", "ended", "officer", "approver")} == {"away"}, row
    for row in rows("tables"):
        if row.name in ("admin:add", "admin:delete") or (row.name, row.method) == ("admin:change", "POST"):
            assert (row.cells["staff"], row.cells["operator"]) == ("403", "403"), row


def test_djangos_superuser_flag_opens_nothing_and_a_key_opens_no_page() -> None:
    for area in matrix.areas():
        for row in area.rows if area.name != "api" else ():
            assert row.cells["superuser"] == row.cells["approver"], row
            assert row.cells["key"] == row.cells["anon"], row


def test_nobody_without_a_sign_in_sees_more_than_whoever_is_signed_in_elsewhere() -> None:
    for name in ("my", "recipient", "desk", "console"):
        assert all(row.cells["anon"] in OUTSIDE for row in rows(name))


def test_the_doctor_is_the_operators_and_who_leaves_the_officers() -> None:
    """Nobody else finds a page of that area: an approver neither, nor a recipient."""
    for row in rows("operating"):
        assert [row.cells[actor] for actor in ("anon", "own", "other", "joint", "key")] == ["login"] * 5, row
        for actor in ("analyst", "rival", "ended", "staff", "approver", "superuser"):
            assert row.cells[actor] == "404", (row, actor)
        assert (row.cells["operator"] == "404") != (row.cells["officer"] == "404"), row


def test_what_two_people_decide_about_is_for_our_own_people_alone() -> None:
    """Recipients find nothing there; what lifts a suspension or shows the team is not for staff."""
    for row in rows("duties"):
        assert [row.cells[actor] for actor in ("anon", "own", "other", "joint", "key")] == ["login"] * 5, row
        assert [row.cells[actor] for actor in ("analyst", "rival", "ended")] == ["404"] * 3, row
        if row.name in ("duties-team", "duties-resume", "duties-lift", "duties-suspend"):
            assert row.cells["staff"] == "404", row


def test_a_public_flow_asks_everybody_for_a_code_of_its_own() -> None:
    """No sign-in stands in for it: each of ours, of a recipient and of a customer begins like a stranger."""
    for area, known in (("co-op", {"own"}), ("flows", {"own", "joint"})):
        for row in rows(area):
            others = {cell for actor, cell in row.cells.items() if actor not in known}
            assert others == {row.cells["anon"]} or row.name == "outside", row
    for row in rows("flows"):
        if row.name == "outside":  # in a browser in which somebody is signed in here, it opens nothing
            signed_in = ("analyst", "rival", "ended", "staff", "officer", "approver", "operator", "superuser")
            assert {row.cells[actor] for actor in signed_in} == {"state"}, row


# What opens to nobody in the world of the matrix: Django's own pages that are closed, and what a token or a setting
# opens that is not there.
CLOSED = {
    "login", "admin:redirect", "ready", "metrics", "nectar-hook", "problem",
    "verify-root", "verify-time-root", "signin-remove", "signin-again",
    "admin:index", "admin:login", "admin:password_change", "admin:password_change_done", "admin:autocomplete",
    "admin:jsi18n", "admin:view_on_site", "admin:add", "admin:delete", "admin:change", "admin:anything-else",
}  # fmt: skip


def test_what_opens_to_nobody_is_named() -> None:
    shut = set()
    for area in matrix.areas():
        shut |= {row.name for row in area.rows if not {"ok", "state", "start"} & set(row.cells.values())}
    assert shut == CLOSED
