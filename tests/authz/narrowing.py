"""Queries that are narrowed to rows of somebody: where that is a guard, who notices when it is gone, and where not."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

QUERIES = {"filter", "get", "get_object_or_404", "exclude", "aget", "Q"}
# Whose a row is: the last word of what a query asks for, as in `request__consent__customer_id__in`.
WHOSE = {"organisation", "customer", "recipient", "owner", "application", "user", "email_index"}

# Where a query is asked for somebody's sake: what pages and the API find their rows by. The matrix has to notice.
FACING = (
    "consents/my_views.py", "consents/life_views.py", "consents/proof_views.py", "consents/access_views.py",
    "consents/report_views.py", "consents/identity/views.py", "consents/joint/views.py", "consents/preferring/views.py",
    "requests_app/own_data.py", "requests_app/own_request.py", "requests_app/own_views.py",
    "requests_app/why_views.py", "requests_app/upload/drafts.py", "requests_app/upload/views.py",
    "requests_app/release.py", "requests_app/readers.py", "requests_app/status.py", "requests_app/consent_list.py",
    "requests_app/api/", "requests_app/hooks/query.py", "requests_app/hooks/views.py", "requests_app/recipients/",
    "requests_app/test_orders/", "consents/asking/listing.py", "broker/console/saved.py",
    "requests_app/fees/hers.py", "requests_app/completeness/views.py", "requests_app/grants.py",
    "consents/stopping/attest.py",
)  # fmt: skip

_TESTS = "tests/integration/test_"
_BETWEEN = f"{_TESTS}narrowed.py::test_"
_SIGN_IN = (
    f"{_BETWEEN}a_session_and_passkeys_are_good_for_their_own_person_alone",
    f"{_TESTS}step_up.py::test_the_touch_of_another_person_is_none",
)
_FILES = f"{_BETWEEN}files_that_somebody_brought_are_asked_about_shown_and_counted_for_their_customer_alone"
_DROPS = f"{_TESTS}brought.py::test_"
# The same where the id comes in the body of a form, or something is found for somebody without any: the tests here have
# to notice, for no cell of the matrix does.
BY_TESTS: dict[str, tuple[str, ...]] = {
    "broker/console/complaints.py": (
        f"{_TESTS}complaints_own.py::test_of_two_officers_the_other_one_owns_and_answers_it",
    ),
    "broker/console/saved.py": (f"{_BETWEEN}an_officer_sees_the_own_views_and_those_that_are_shared",),
    "broker/console/waits/views.py": (f"{_TESTS}waits.py::test_another_customers_wait_is_not_there",),
    "broker/console/waits/hers.py": (f"{_BETWEEN}her_first_page_names_her_own_waits_alone",),
    "broker/duties/glass.py": (f"{_BETWEEN}a_broken_glass_opens_the_accounts_of_its_customer_alone",),
    "broker/parties/signin/passkeys.py": _SIGN_IN,
    "broker/parties/signin/sessions.py": _SIGN_IN,
    "consents/drafts.py": (f"{_BETWEEN}a_draft_is_gone_on_with_by_its_mailbox_and_for_its_recipient_alone",),
    "consents/joint/views.py email_index": (f"{_BETWEEN}a_second_holders_code_is_about_what_was_sent_to_that_mailbox",),
    "consents/my_views.py email_index": (f"{_BETWEEN}a_code_opens_the_pages_of_its_own_mailbox",),
    "consents/several/views.py": (
        f"{_BETWEEN}a_list_of_accounts_names_ones_own_permission_for_this_recipient_alone",
    ),
    "consents/signing_views.py": (
        f"{_BETWEEN}after_a_signing_only_ones_own_permission_is_shown",
        f"{_BETWEEN}a_mailbox_sees_its_own_permissions_for_this_recipient_alone",
    ),
    "consents/standing/reading.py": (f"{_BETWEEN}a_permission_is_looked_for_among_those_of_its_recipient_alone",),
    "consents/stopping/attest.py": (f"{_BETWEEN}a_program_gives_its_word_for_its_own_house_alone",),
    "requests_app/brought/answering.py": (
        _FILES,
        f"{_DROPS}two_clicks_and_a_reload_are_one_yes",
        f"{_DROPS}one_customer_does_not_answer_for_another",
        f"{_DROPS}a_stop_before_her_yes_ends_what_waits_and_a_yes_after_it_does_nothing",
        f"{_DROPS}a_permission_that_ran_out_is_no_permission_for_a_yes",
    ),
    "requests_app/brought/asking.py": (_FILES,),
    "requests_app/brought/dropping.py": (f"{_DROPS}another_recipient_finds_no_drop_and_the_try_is_an_entry",),
    "requests_app/brought/matching.py": (f"{_DROPS}a_customer_of_another_recipient_cannot_be_told_from_nobody",),
    "requests_app/brought/shown.py": (f"{_BETWEEN}a_recipient_sees_its_own_drops_alone",),
    "requests_app/hooks/outbox.py": (f"{_BETWEEN}a_message_goes_to_its_application_or_to_its_organisation_alone",),
    "requests_app/pull.py": (f"{_TESTS}pull.py::test_the_key_of_one_application_is_not_that_of_another",),
}  # fmt: skip

_FOUND = "asks about somebody or a row that its caller has found before; it shows no row of anybody else"
_COUNTS = "what a limit or a rule counts: too much counted refuses or calls a person, and opens nothing"
_OURS = "our own people look, who may look at all of them: whose it is says what stands together"
_ENDS = "ends or writes what is one person's: its caller says whose, and no page shows it"
_TOLD = "says whether somebody is told, asked or turned away: without it more of them are"
# The other queries that ask whose a row is, by file or by file and function: why it is none of these guards.
NO_GUARD = {
    "broker/console/find.py": _OURS,
    "broker/console/holds/retention.py": _OURS,
    "broker/console/incidents/recording.py": _OURS,
    "broker/console/incidents/telling.py": _TOLD,
    "broker/console/outside/knowing.py": _COUNTS,
    "broker/console/packs/approval_words.py": _OURS,
    "broker/console/packs/demand_views.py": _OURS,
    "broker/console/packs/gag.py": _OURS,
    "broker/console/packs/notice.py": _TOLD,
    "broker/console/packs/selection.py": _OURS,
    "broker/console/packs/views.py": _OURS,
    "broker/console/rights/beginning.py": _COUNTS,
    "broker/console/waits/allowed.py": _COUNTS,
    "consents/asked_before.py": "what the gate reads beside her new question: nothing of it is shown to anybody",
    "broker/duties/bars.py": "whether somebody is suspended: its own tests, and those of the guard in front",
    "broker/parties/directory.py": _FOUND,
    "broker/parties/keys.py": "on which day a key was used; what makes a key one that opens is searched by itself",
    "broker/parties/signin/alerts.py": _FOUND,
    "broker/parties/signin/browsers.py": _TOLD,
    "broker/parties/signin/leaving.py": _ENDS,
    "broker/parties/signin/passkeys.py:end_all": _ENDS,
    "broker/parties/signin/recovery.py": _ENDS,
    "broker/parties/signin/sessions.py:began": _ENDS,
    "broker/parties/staff.py": _ENDS,
    "consents/access.py": "whose program or mailbox acted: a name beside an entry that is hers",
    "consents/actions.py": _TOLD,
    "consents/asking/acts.py": _COUNTS,
    "consents/asking/ending.py": _FOUND,
    "consents/asking/inviting.py": _TOLD,
    "consents/complaints.py": "the entry that is asked about was found in her own list before",
    "consents/identity/levels.py": _FOUND,
    "consents/identity/posted.py": _COUNTS,
    "consents/identity/tries.py": _COUNTS,
    "consents/joint/counting.py": _COUNTS,
    "consents/joint/objecting.py": _COUNTS,
    "consents/joint/provers.py": _COUNTS,
    "consents/joint/reach.py": _COUNTS,
    "consents/joint/telling_earlier.py": _TOLD,
    "consents/joint/work.py": _TOLD,
    "consents/paper_choice.py": _TOLD,
    "consents/several/bills.py": _COUNTS,
    "consents/stopping/beside.py": _FOUND,
    "consents/terms.py": _TOLD,
    "requests_app/brought/asking.py:ask_job customer": "locks rows, so that two at once come one after the other",
    "requests_app/brought/dropping.py:_against": _COUNTS,
    "requests_app/desk/bundles.py": "what goes to the co-op in one mail: it may see each of them",
    "requests_app/desk/several.py": _OURS,
    "requests_app/hooks/actions.py": _COUNTS,
    "requests_app/nectar/uploading.py": _FOUND,
    "requests_app/upload/by_letter.py": _FOUND,
    "requests_app/watching/calls.py": _COUNTS,
    "requests_app/watching/credentials.py": _TOLD,
    "requests_app/watching/purposes.py": _COUNTS,
}


@dataclass(frozen=True)
class Narrowed:
    """A query that asks whose a row is: the call, the word that says it, and the function in which it stands."""

    call: ast.Call
    word: ast.keyword
    function: str

    def names(self, file: str) -> set[str]:
        """Give how it may be named: by its file, by its word there, by its function, by its word in that."""
        function = f"{file}:{self.function}"
        return {file, f"{file} {self.word.arg}", function, f"{function} {self.word.arg}"}


def says_whose(word: str) -> bool:
    """Whether this word of a query asks whose a row is."""
    return word.removesuffix("__in").removesuffix("_id").rpartition("__")[2] in WHOSE


def narrowed(tree: ast.AST, function: str = "") -> Iterator[Narrowed]:
    """Find each query of a file, or of a part of it, that asks whose a row is."""
    for node in ast.iter_child_nodes(tree):
        within = node.name if isinstance(node, ast.FunctionDef) and not function else function
        if isinstance(node, ast.Call) and _called(node) in QUERIES:
            for word in node.keywords:
                if word.arg is not None and says_whose(word.arg) and not _names_nobody(word.value):
                    yield Narrowed(node, word, function)
        yield from narrowed(node, within)


def _names_nobody(value: ast.expr) -> bool:
    """Whether a query compares with nothing, or with another column: that is no somebody."""
    return isinstance(value, ast.Constant) or (isinstance(value, ast.Call) and _called(value) in ("F", "OuterRef"))


def is_guard(file: str, found: Narrowed) -> bool:
    """Whether it is a guard, which somebody has to notice when it is gone."""
    return (file.startswith(FACING) or file in BY_TESTS) and not found.names(file) & NO_GUARD.keys()


def _called(node: ast.Call) -> str:
    called = node.func
    return called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
