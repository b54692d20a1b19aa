"""The rules of the six subjects, and the tests that hold each: no database, no wire, no clock but a given one."""

from dataclasses import dataclass

_UNIT = "tests/unit/test_"


@dataclass(frozen=True)
class Rules:
    """One module of rules; `django` where its tests name models, `leaves` which of them need more than a process."""

    subject: str
    file: str
    tests: tuple[str, ...]
    django: bool = False
    leaves: str = ""


def _rules(subject: str, file: str, *tests: str, django: bool = False, leaves: str = "") -> Rules:
    paths = tuple(each if "/" in each else f"{_UNIT}{each}.py" for each in tests)
    return Rules(subject, file, paths, django, leaves)


_DECISION = ("decision_findings", "decision", "decision_accounts", "routing")
_CLOCK = ("deadlines", "tests/faults/test_clock_properties.py")
_GATE = (  # without the corpora: what only their floors hold is not held
    "credentials_level",
    "credentials_label_words",
    "credentials_value",
    "credentials_engine",
    "credentials_shape",
    "credentials_near",
    "credentials_scan",
)
# Each rule against its own examples; a corpus says little of one mistake and takes long.
_RULE = ("credentials_rules", "credentials_passed", "credentials_engine", "credentials_scan", "credentials_level")
_SLOW = "second_corpus or the_files_are or broken_wrappings"
_VECTORS = "tests/vectors/test_transparency_log.py"
_COSIGNING = "tests/vectors/test_cosigning.py"
_ENTRY = ("audit_entry", "audit_canonical", "audit_headers", "audit_verifier")

TABLE: tuple[Rules, ...] = (
    _rules("consent", "consents/rules.py", "consents_rules", "several_rules"),
    _rules("consent", "consents/lifecycle.py", "consents_lifecycle"),
    _rules("consent", "requests_app/decision.py", *_DECISION),
    _rules("consent", "requests_app/account_rules.py", *_DECISION),
    _rules("routing", "broker/routing.py", *_DECISION),
    _rules("deadlines", "requests_app/deadlines.py", *_CLOCK),
    _rules("deadlines", "broker/utilities/calendar.py", *_CLOCK),
    _rules("deadlines", "requests_app/day_by_day.py", *_CLOCK),
    _rules("matching", "requests_app/matching.py", "matching", "requests_mail_reading"),
    _rules("matching", "requests_app/inbound/auth_results.py", "auth_results"),
    _rules("matching", "requests_app/inbound/holding.py", "mail_kinds", "auth_results", "requests_mail_reading"),
    _rules("matching", "requests_app/inbound/kinds.py", "mail_kinds", "requests_mail_reading", "matching"),
    _rules("matching", "requests_app/inbound/reports.py", "mail_reports", "requests_mail_reading", "matching"),
    _rules("matching", "requests_app/inbound/senders.py", "mail_senders", "auth_results", "requests_mail_reading"),
    _rules("gate", "broker/credentials/engine.py", *_GATE),
    _rules("gate", "broker/credentials/filled.py", "credentials_filled"),
    _rules("gate", "broker/credentials/fresh.py", "credentials_fresh", "credentials_engine"),
    _rules("gate", "broker/credentials/labels.py", *_GATE, "credentials_quick_words"),
    _rules("gate", "broker/credentials/shape.py", *_GATE, "credentials_quick_words"),
    _rules("gate", "broker/credentials/value.py", *_GATE),
    _rules("gate", "broker/credentials/caseless.py", "credentials_caseless", "credentials_quick_asks"),
    _rules(
        "gate", "broker/credentials/foreseen.py", "credentials_foreseen", "credentials_fresh", "credentials_quick_asks"
    ),
    _rules("gate", "broker/credentials/marks.py", "credentials_marks", "credentials_quick_words", *_GATE),
    _rules("gate", "broker/credentials/naming.py", "credentials_names", "credentials_quick_asks", *_RULE, leaves=_SLOW),
    _rules("log", "broker/audit/merkle.py", "audit_tree", _VECTORS, "audit_verifier"),
    _rules("log", "broker/audit/entry.py", *_ENTRY),
    _rules("log", "broker/audit/canonical.py", _VECTORS, "audit_canonical", "audit_entry"),
    _rules("log", "broker/audit/headers.py", "audit_quick_headers", "audit_headers", "audit_entry", "audit_verifier"),
    _rules("log", "broker/audit/chain.py", "audit_notes", "audit_verifier", "audit_intake", "audit_entry"),
    _rules(
        "log",
        "broker/audit/checkpoint.py",
        "audit_notes",
        _VECTORS,
        "audit_signer",
        "audit_verifier",
        "audit_announced",
    ),
    _rules("log", "broker/audit/verifier.py", "audit_verifier_notes", "audit_verifier_tables", "audit_verifier"),
    _rules("log", "broker/audit/skew.py", "audit_skew"),
    _rules("log", "broker/audit/announced.py", "audit_announced"),
    _rules("log", "broker/audit/cosignature.py", "audit_cosignature", _COSIGNING),
    _rules("log", "broker/audit/encoding.py", "audit_encoding", *_ENTRY, "audit_notes", _COSIGNING),
    _rules("log", "broker/audit/intake.py", "audit_intake"),
    _rules("log", "broker/audit/subtrees.py", "audit_subtrees", "tests/vectors/test_subtrees.py"),
    _rules("log", "broker/audit/tiles.py", "audit_tree", _VECTORS),
    _rules("log", "broker/audit/tlogproof.py", "audit_tlogproof", "tests/vectors/test_timestamps.py", _COSIGNING),
    _rules("log", "broker/audit/witness_policy.py", "audit_policy", _COSIGNING),
)
# Where the rules of the six subjects lie: a pure module there is in the table, or below with the reason.
PLACES = (
    "broker/credentials/",
    "broker/audit/",
    "broker/routing.py",
    "broker/utilities/",
    "consents/lifecycle.py",
    "consents/rules.py",
    "requests_app/account_rules.py",
    "requests_app/clock_lines.py",
    "requests_app/day_by_day.py",
    "requests_app/deadlines.py",
    "requests_app/decision",
    "requests_app/inbound/",
    "requests_app/matching.py",
)
_WORDS = "words, names and types alone: there is no step that could be one too far"
_LINES = "the lines of its command, one in and one out: what decides is tried where it stands"
_PROFILES = "reads a utility's file or describes it: no day is counted here"
_MENTION = "what is shown of a mail or of a verification: nothing is decided by it"
# Over thousands of lines each verdict and its place is held as it was (test_credentials_verdicts); a distance of one
# more character or word, which most mistakes there are, is of no line among them.
_DRAWN = "drawn, and of the mistakes in distances about half went unnoticed: verdicts and floors of the corpora hold it"
_FLOORS = "not drawn yet: the verdicts and the floors of the corpora hold it, and of each rule a few examples"
_LEARNED = "what was learned decides: the figures of the corpora hold it"

_REST_OF_THE_GATE = (
    "answers",
    "asked_for",
    "asking",
    "asks",
    "beside",
    "alone",
    "carried",
    "cells",
    "clothes",
    "columns",
    "digests",
    "dressed",
    "further",
    "handover",
    "hints",
    "keyed",
    "labelled",
    "large",
    "named_pairs",
    "nearby",
    "owned",
    "pairs",
    "plainly",
    "quizzed",
    "renewal",
    "roundabout",
    "rules",
    "seeds",
    "spare",
    "spelling",
    "structured",
    "tables",
    "told",
    "unnamed",
    "verses",
    "weigh",
)

NOT_TRIED: dict[str, str] = {
    **{
        f"broker/credentials/{name}.py": _WORDS
        for name in ("__init__", "finding", "lexicon", "lexicon_things", "rule", "words")
    },
    **{f"broker/credentials/{name}.py": _LEARNED for name in ("learned", "letters", "model", "signs")},
    **{
        f"broker/credentials/{name}.py": _DRAWN
        for name in ("codes", "decode", "joints", "machine", "phrases", "tokens", "views")
    },
    **{f"broker/credentials/{name}.py": _FLOORS for name in _REST_OF_THE_GATE},
    **{f"broker/audit/{name}.py": _WORDS for name in ("verdicts", "words", "words_of_duties")},
    **{f"broker/audit/{name}.py": _MENTION for name in ("progress", "readings")},
    "broker/audit/retention.py": "its test asks the tables of keys too, and so needs more than a process",
    **{f"broker/utilities/{name}.py": _PROFILES for name in ("__init__", "closings", "loader", "profile", "reading")},
    "requests_app/clock_lines.py": _LINES,
    "requests_app/decision_lines.py": _LINES,
    "requests_app/inbound/quarantine_words.py": _WORDS,
    "requests_app/inbound/quotes.py": _MENTION,
}
SUBJECTS = ("consent", "routing", "deadlines", "matching", "gate", "log")
