"""Which retention class sealed data belongs to (rules): its data key, and so its end, follows from it."""

CASE = "case"  # ends when its purpose is met, or when the customer asks for it
EVIDENCE = "evidence"  # shows that a permission existed and what was decided under it; kept for years after its end

# What is sealed in these tables is a case; in every other one it is evidence, which ends later, not earlier.
_CASES = frozenset(
    {
        "parties_emaillink",
        "asking_consentask",
        "consents_draft",
        "ceremony_servedpage",
        "notices_notice",
        "requests_app_receivedfile",
        "requests_app_readingseries",
        "upload_draftfile",
    }
)


def class_of(table: str) -> str:
    """Give the retention class of the sealed fields of a table."""
    return CASE if table in _CASES else EVIDENCE
