"""An operator with a seal key and a timestamp authority, for tests of sealed letters."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from asn1crypto import x509

from broker.rehearsal.timestamp_authority import TimestampAuthority
from broker.transport.timestamp import stamper
from consents.loa.judgement import Judgement, SealReport, Trust
from consents.loa.revocation import list_file, read_lists, root_key_file
from consents.loa.seal import seal_letter
from consents.loa.seal_key import SealKey, make_seal_files, read_certificates, read_seal_key, write_new
from consents.loa.validation import inspect, validate_sealed
from consents.loa.words import MEANINGS
from tests.loa_samples import LOG_PROOF, SIGNED_AT, facts


@dataclass(frozen=True)
class Desk:
    """An operator with a seal key, and the roots that a stranger trusts."""

    key: SealKey
    roots: list[x509.Certificate]
    tsa_roots: list[x509.Certificate]
    authority: TimestampAuthority
    folder: Path

    def seal(self, presented: bytes, name: str = "Jolene E. Sample", **changes: Any) -> bytes:
        values: dict[str, Any] = {
            "signer_name": name, "signed_at": SIGNED_AT, "meaning": MEANINGS["en"],
            "evidence": {"letter": facts().number}, "log_proof": LOG_PROOF,
            "signer": self.key, "timestamper": stamper([self.authority.url]),
        }  # fmt: skip
        return seal_letter(presented, **{**values, **changes})

    @property
    def place(self) -> str:
        """Give the authority's host and port, as the allow-list writes them."""
        return self.authority.url.removeprefix("http://").rstrip("/")

    @property
    def trust(self) -> Trust:
        """Give what a stranger believes who has the roots and the list of today."""
        return Trust(self.roots, self.tsa_roots, read_lists(self.folder / "root"))

    def check(self, data: bytes) -> SealReport:
        return validate_sealed(data, self.trust)

    def judge(self, data: bytes, now: datetime | None = None) -> Judgement:
        return inspect(data, self.trust, now=now or datetime.now(UTC))


@contextmanager
def open_desk(folder: Path) -> Iterator[Desk]:
    """Give a desk with new keys in this folder and a running authority."""
    files = make_seal_files("The Data Desk", now=datetime.now(UTC), crl_url="https://broker.example/seal/revoked.crl")
    for name, data in (("key", files.key), ("certificate", files.certificate), ("root", files.root)):
        write_new(folder / name, data)
    write_new(root_key_file(folder / "root"), files.root_key)
    write_new(list_file(folder / "root"), files.crl)
    with TimestampAuthority(root_file=folder / "tsa") as authority:
        yield Desk(
            read_seal_key(folder / "key", folder / "certificate", folder / "root"),
            read_certificates(folder / "root"),
            read_certificates(folder / "tsa"),
            authority,
            folder,
        )
