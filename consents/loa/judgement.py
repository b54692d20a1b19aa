"""What a check of a letter believes, and what it gives; apart from `validation`, which loads pyHanko (rules)."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from asn1crypto.crl import CertificateList
from asn1crypto.x509 import Certificate

if TYPE_CHECKING:
    from pyhanko_certvalidator import ValidationContext

# What can be wrong, the first that applies; each code has its words on the page and in the command.
PROBLEMS = (
    "unreadable",
    "no_seal",
    "other_seal",
    "changed",
    "signature_wrong",
    "algorithm_weak",
    "certificate_revoked",
    "certificate_expired",
    "certificate_usage",
    "root_unknown",
    "revocation_unknown",
    "certificate_wrong",
    "changed_afterwards",
    "not_the_whole_file",
    "timestamp_missing",
    "timestamp_wrong",
    "archive_wrong",
    "not_valid",
)


class NotValid(Exception):
    """The file is not a letter that we sealed, whole and unchanged; `why` is a code of `PROBLEMS`."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Trust:
    """What a check believes: roots of seals and of timestamps, and lists of revoked certificates."""

    roots: Sequence[Certificate]
    tsa_roots: Sequence[Certificate]
    crls: Sequence[CertificateList] = ()

    def for_seals(self, now: datetime, crls: Sequence[CertificateList] = ()) -> "ValidationContext":
        """Give the context of a seal: a certificate that names a revocation list is believed with the list only."""
        return _context(self.roots, [*self.crls, *crls], now, "hard-fail")

    def for_stamps(self, now: datetime, crls: Sequence[CertificateList] = ()) -> "ValidationContext":
        """Give the context of a timestamp: whoever is on a list that we have is refused; a missing list is borne."""
        return _context(self.tsa_roots, [*self.crls, *crls], now, "soft-fail")


@dataclass(frozen=True)
class SealReport:
    """What was proven about a sealed letter."""

    sealed_by: str
    certificate_sha256: str
    timestamp: datetime
    timestamped_by: str


@dataclass(frozen=True)
class Judgement:
    """What one file proves, and the first thing that is wrong with it (`problem`, empty when nothing is).

    `sealed_bytes` and `sealed_sha256` are of the beginning of the file up to the end of the seal: a letter that was
    delivered, when a mail gateway or a viewer added something behind it.
    """

    problem: str
    field: str = ""  # the signature field of the seal
    signatures: int = 0  # seals and signatures of others, without the archive's timestamps
    archive_stamps: int = 0
    intact: bool = False  # the sealed bytes are those that were sealed
    valid: bool = False  # the seal is by the key of its certificate
    trusted: bool = False  # the certificate is ours, not expired, not revoked, meant for this
    unchanged: bool = False  # behind the seal there is at most what archiving adds
    whole: bool = False  # seal or archive stamp cover the file to its last byte
    timestamp: datetime | None = None
    timestamp_sound: bool = False
    timestamped_by: str = ""
    sealed_by: str = ""
    certificate_sha256: str = ""
    sealed_bytes: int = 0
    sealed_sha256: str = ""
    stamped_at: tuple[datetime, ...] = ()  # by the archive stamps, oldest first
    stamp_ends: datetime | None = None  # the end of the certificate behind the newest archive stamp

    @property
    def genuine(self) -> bool:
        """Say whether everything was proven."""
        return not self.problem

    def to_json(self) -> dict[str, Any]:
        """Give the facts as JSON values."""
        dated = {
            "timestamp": _iso(self.timestamp),
            "stamped_at": [_iso(each) for each in self.stamped_at],
            "stamp_ends": _iso(self.stamp_ends),
        }
        return {**asdict(self), **dated}

    @classmethod
    def from_json(cls, facts: dict[str, Any]) -> "Judgement":
        """Read what `to_json` wrote."""
        dated = {
            "timestamp": _moment(facts["timestamp"]),
            "stamped_at": tuple(datetime.fromisoformat(each) for each in facts["stamped_at"]),
            "stamp_ends": _moment(facts["stamp_ends"]),
        }
        return cls(**{**facts, **dated})


def _context(
    roots: Sequence[Certificate], crls: Sequence[CertificateList], now: datetime, mode: str
) -> "ValidationContext":
    # Not at the top: pages and jobs import this file at every start, and pyHanko costs 0.2 s there.
    from pyhanko_certvalidator import ValidationContext

    return ValidationContext(
        trust_roots=list(roots), crls=list(crls), moment=now, allow_fetching=False, revocation_mode=mode
    )


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
