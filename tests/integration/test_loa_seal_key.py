"""The key of the seal: made once, kept by its owner, used by an installation."""

import io
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from django.core.management import CommandError, call_command

from broker import sandbox
from consents.loa.judgement import NotValid
from consents.loa.render import render_letter
from consents.loa.revocation import renew
from consents.loa.seal import seal_and_check
from consents.loa.seal_key import SealKeyUnsafe, read_certificates, read_seal_key
from consents.loa.trusting import trust
from consents.loa.validation import validate_sealed
from consents.loa.verify import judge
from tests.loa_desk import Desk, open_desk
from tests.loa_samples import LOG_PROOF, SIGNED_AT, facts


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with open_desk(tmp_path_factory.mktemp("seal")) as opened:
        yield opened
    sandbox.close()


@pytest.fixture(autouse=True)
def _reachable(desk: Desk, settings: Any) -> None:
    desk.authority.fault = ""
    settings.ALLOWED_EGRESS = [desk.place]


@pytest.fixture(scope="module")
def presented() -> bytes:
    return render_letter(facts(), rehearsal=True).pdf


# --- the key -----------------------------------------------------------------------------------------------


@pytest.fixture
def installation(desk: Desk, tmp_path: Path, settings: Any) -> Path:
    settings.SEAL_KEY_FILE = tmp_path / "keys" / "seal.key.pem"
    settings.SEAL_CERT_FILE = tmp_path / "keys" / "seal.cert.pem"
    settings.SEAL_ROOT_FILE = tmp_path / "keys" / "seal.root.pem"
    settings.TIMESTAMP_URLS = [desk.authority.url]
    settings.TIMESTAMP_ROOT_FILE = str(desk.folder / "tsa")
    settings.OPERATOR_NAME = "An Operator"
    call_command("make_seal_key", stdout=io.StringIO())
    return tmp_path / "keys"


def test_the_command_makes_a_key_for_its_owner_alone(installation: Path) -> None:
    assert {file.name: oct(file.stat().st_mode & 0o777) for file in installation.iterdir()} == {
        "seal.key.pem": "0o600", "seal.cert.pem": "0o600", "seal.root.pem": "0o600",
        "seal.root.key.pem": "0o600", "seal.root.crl.pem": "0o600",
    }  # fmt: skip
    certificate = read_certificates(installation / "seal.cert.pem")[0]
    assert certificate.key_usage_value.native == {"digital_signature", "non_repudiation"}
    assert certificate.public_key["algorithm"]["parameters"].native == "secp256r1"


def test_the_command_never_overwrites(installation: Path) -> None:
    before = {file: file.read_bytes() for file in installation.iterdir()}
    with pytest.raises(CommandError, match="exists already"):
        call_command("make_seal_key", stdout=io.StringIO())
    assert {file: file.read_bytes() for file in installation.iterdir()} == before


def test_an_installation_seals_and_checks_with_its_own_key(installation: Path, presented: bytes) -> None:
    sealed = seal_and_check(
        presented,
        signer_name="Jolene E. Sample",
        signed_at=SIGNED_AT,
        letter_number=facts().number,
        log_proof=LOG_PROOF,
    )
    assert validate_sealed(sealed, trust()).sealed_by == "An Operator"


def test_a_spanish_letter_is_sealed_with_its_meaning_in_spanish(installation: Path) -> None:
    spanish = render_letter(facts(language="es"), rehearsal=True).pdf
    sealed = seal_and_check(
        spanish,
        signer_name="María Ejemplo",
        signed_at=SIGNED_AT,
        letter_number=facts().number,
        log_proof=LOG_PROOF,
    )
    with pikepdf.open(io.BytesIO(sealed)) as document:
        evidence = json.loads(document.attachments["signature-evidence.json"].get_file().read_bytes())
    assert evidence["meaning"] == "Autorizo esta entrega de datos. (I authorize this release.)"


def test_a_key_that_others_may_read_is_not_used(installation: Path) -> None:
    key = installation / "seal.key.pem"
    os.chmod(key, 0o640)
    with pytest.raises(SealKeyUnsafe, match="0600"):
        read_seal_key(key, installation / "seal.cert.pem", installation / "seal.root.pem")


def test_a_missing_key_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(SealKeyUnsafe, match="make_seal_key"):
        read_seal_key(tmp_path / "none", tmp_path / "none", tmp_path / "none")


# --- a key that was stolen ---------------------------------------------------------------------------------


def test_a_revoked_seal_seals_nothing_more_and_what_it_sealed_is_not_believed(
    installation: Path, presented: bytes
) -> None:
    given: dict[str, Any] = {
        "signer_name": "Jolene E. Sample", "signed_at": SIGNED_AT, "letter_number": facts().number,
        "log_proof": LOG_PROOF,
    }  # fmt: skip
    sealed = seal_and_check(presented, **given)
    with pytest.raises(CommandError, match="--yes"):
        call_command("revoke_seal")
    assert judge(sealed).genuine
    call_command("revoke_seal", "--yes", stdout=io.StringIO())
    assert judge(sealed).problem == "certificate_revoked"
    with pytest.raises(NotValid, match="certificate_revoked"):
        seal_and_check(presented, **given)


def test_where_the_roots_key_is_elsewhere_the_command_says_so(installation: Path) -> None:
    (installation / "seal.root.key.pem").unlink()
    with pytest.raises(CommandError, match="nothing was revoked"):
        call_command("revoke_seal", "--yes")


def test_a_key_that_follows_another_seals_under_the_same_root_and_old_letters_stay_good(
    installation: Path, presented: bytes
) -> None:
    given: dict[str, Any] = {
        "signer_name": "Jolene E. Sample", "signed_at": SIGNED_AT, "letter_number": facts().number,
        "log_proof": LOG_PROOF,
    }  # fmt: skip
    first, root = seal_and_check(presented, **given), (installation / "seal.root.pem").read_bytes()
    old = read_certificates(installation / "seal.cert.pem")[0]
    call_command("make_seal_key", "--replace", stdout=io.StringIO())
    second = seal_and_check(presented, **given)
    assert judge(first).genuine
    assert judge(second).genuine
    assert judge(first).certificate_sha256 != judge(second).certificate_sha256
    assert (installation / "seal.root.pem").read_bytes() == root  # the fingerprint on every letter stays
    kept = read_certificates(installation / f"seal.cert.{old.serial_number:x}.pem")[0]
    assert kept.sha256 == old.sha256
    assert {oct(file.stat().st_mode & 0o777) for file in installation.iterdir()} == {"0o600"}
    # What is revoked is the certificate of today; letters of the one before it are not touched.
    call_command("revoke_seal", "--yes", stdout=io.StringIO())
    assert judge(first).genuine
    assert judge(second).problem == "certificate_revoked"
    call_command("make_seal_key", "--replace", stdout=io.StringIO())
    assert judge(seal_and_check(presented, **given)).genuine
    assert judge(second).problem == "certificate_revoked"


def test_no_key_follows_another_without_the_roots_own_key(installation: Path) -> None:
    before = (installation / "seal.key.pem").read_bytes()
    (installation / "seal.root.key.pem").write_bytes(before)  # a key, and not the root's
    with pytest.raises(CommandError, match="not the root's key; nothing was changed"):
        call_command("make_seal_key", "--replace")
    (installation / "seal.root.key.pem").unlink()
    with pytest.raises(CommandError, match=r"seal\.root\.key\.pem is not here; nothing was changed"):
        call_command("make_seal_key", "--replace")
    assert (installation / "seal.key.pem").read_bytes() == before


def test_letters_of_an_older_root_stay_good_beside_a_newer_one(
    installation: Path, presented: bytes, settings: Any, tmp_path: Path
) -> None:
    """Another root: the files of both stand behind one another, the newest first, and so do their lists."""
    given: dict[str, Any] = {
        "signer_name": "Jolene E. Sample", "signed_at": SIGNED_AT, "letter_number": facts().number,
        "log_proof": LOG_PROOF,
    }  # fmt: skip
    first = seal_and_check(presented, **given)
    names = ("seal.root.pem", "seal.root.crl.pem")
    old = {name: (installation / name).read_bytes() for name in names}
    newer = tmp_path / "newer"
    settings.SEAL_KEY_FILE, settings.SEAL_CERT_FILE = newer / "seal.key.pem", newer / "seal.cert.pem"
    settings.SEAL_ROOT_FILE = newer / "seal.root.pem"
    call_command("make_seal_key", stdout=io.StringIO())
    assert not judge(first).genuine
    for name in names:
        (newer / name).write_bytes((newer / name).read_bytes() + old[name])
    second = seal_and_check(presented, **given)
    assert judge(first).genuine
    assert judge(second).genuine
    renew(settings.SEAL_ROOT_FILE, now=datetime.now(UTC), at_once=True)
    assert judge(first).genuine  # a fresh list of the newer root keeps the older one's
    assert judge(second).genuine


# --- files from outside ------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7 hello", b"\0" * 1000, b"%PDF-1.7\n" * 700_000])
def test_what_is_no_letter_is_unreadable_and_raises_nothing(installation: Path, data: bytes) -> None:
    assert judge(data).problem == "unreadable"


def test_a_presented_letter_bears_no_seal_and_without_roots_nothing_is_trusted(
    installation: Path, presented: bytes, settings: Any
) -> None:
    assert judge(presented).problem == "no_seal"
    sealed = seal_and_check(
        presented, signer_name="A B", signed_at=SIGNED_AT, letter_number=facts().number, log_proof=LOG_PROOF
    )
    settings.TIMESTAMP_ROOT_FILE = ""
    found = judge(sealed)
    assert (found.intact, found.valid, found.trusted, found.problem) == (True, True, False, "root_unknown")


def test_a_file_from_outside_is_taken_apart_in_the_sandbox(
    installation: Path, presented: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of ours parses it: with the sandbox away there is no judgement but "unreadable"."""
    asked: list[str] = []

    def gone(where: str, *_args: Any, **_more: Any) -> Any:
        asked.append(where)
        raise sandbox.Died("gone")

    monkeypatch.setattr(sandbox, "call", gone)
    monkeypatch.setattr("pyhanko.pdf_utils.reader.PdfFileReader.__init__", lambda *_: pytest.fail("parsed here"))
    assert judge(presented).problem == "unreadable"
    assert asked == ["consents.loa.judging:inspect"]
