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
_VECTORS = "tests/vectors/test_transparency_log.py"
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
    _rules("gate", "broker/credentials/engine.py", *_GATE),
    _rules("gate", "broker/credentials/labels.py", *_GATE),
    _rules("gate", "broker/credentials/shape.py", *_GATE),
    _rules("gate", "broker/credentials/value.py", *_GATE),
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
)
SUBJECTS = ("consent", "routing", "deadlines", "matching", "gate", "log")
