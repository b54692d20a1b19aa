"""A letter's facts for tests; everybody in them is made up."""

from datetime import UTC, date, datetime
from typing import Any

from broker.audit import checkpoint, merkle, tlogproof
from consents.loa.letter import AccountLine, LetterFacts, Onward, Party

SIGNED_AT = datetime(2026, 11, 24, 20, 15, 30, tzinfo=UTC)
LOG_KEY = checkpoint.Signer.new("broker.example/audit/main", bytes(range(32)))
LEAVES = [merkle.leaf_hash(bytes([number])) for number in range(2)]


def log_proof() -> str:
    """A proof that the second of two entries is in a log of this key."""
    signed = checkpoint.Checkpoint(LOG_KEY.name, 2, merkle.root_of(LEAVES))
    return tlogproof.TlogProof(1, (LEAVES[0],), checkpoint.sign(signed.body(), [LOG_KEY])).encode()


LOG_PROOF = log_proof()


def facts(**changes: Any) -> LetterFacts:
    """Give complete facts, with these changes."""
    values: dict[str, Any] = {
        "number": "LOA-2026-00000042",
        "verification_code": "1234-567Y",
        "made_at": datetime(2026, 11, 24, 18, 0, 5, tzinfo=UTC),
        "customer_name": "JOLENE E SAMPLE",
        "accounts": (AccountLine("1234567890", "482 County Road 411, Example, MO 00000"),),
        "utility": Party("Example Electric Cooperative", "Example, Missouri", "billing@utility.example", "555-0142"),
        "operator": Party("The Data Desk", "9 Example Street, Example, MO 00000", "desk@operator.example", "555-0101"),
        "recipient": Party("Prairie Advisors", "1 Sample Road, Example, MO 00000", "in@recipient.example", "555-0100"),
        "onward": (Onward("Nectar Climate", "reads shared documents into numbers"),),
        "purpose": "To compare electric rates and find the one that fits best",
        "data_types": ("bill", "usage_monthly", "usage_daily"),
        "history_from": date(2024, 11, 1),
        "history_to": date(2026, 11, 24),
        "forward_until": date(2027, 11, 24),
        "starts": date(2026, 11, 24),
        "ends": date(2027, 11, 24),
        "stop_url": "https://broker.example/my/",
        "check_url": f"https://broker.example/v/{changes.get('verification_code', '1234-567Y')}",
        "seal_fingerprint": "0123456789abcdef" * 4,
        "template_sha256": "fedcba9876543210" * 4,
        "word": "K7RM",
    }
    return LetterFacts(**{**values, **changes})
