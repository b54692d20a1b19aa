"""Sealed files on a played S3: the round trip of the folder's own tests, sealed bytes alone, and no other place."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import storages
from moto.server import ThreadedMotoServer

from broker import vault
from broker.operating import gathering
from broker.transport import EgressRefused, TransportError, lines
from broker.transport.object_store import SealedObjects
from broker.vault import files
from tests.integration import test_backup as archives
from tests.integration import test_vault_files as in_a_folder
from tests.integration.audit_support import integrate, log_world
from tests.integration.test_vault_open import JANE, read

BUCKET = "sealed-files-of-the-tests"
ROUND_TRIPS = [
    in_a_folder.test_a_file_comes_back_and_its_facts_need_no_opening,
    in_a_folder.test_files_that_were_exchanged_are_refused,
    in_a_folder.test_a_file_that_is_gone_or_cut_is_named_so,
    in_a_folder.test_a_file_that_is_too_large_is_not_sealed,
]


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def options(service: str, settings: Any, tmp_path: Path) -> dict[str, str]:
    secret = tmp_path / "s3.secret"
    secret.write_text("a-secret-of-the-tests\n")
    secret.chmod(0o600)
    settings.ALLOWED_EGRESS = [service.removeprefix("http://")]
    return {
        "bucket_name": BUCKET, "endpoint_url": service, "region_name": "us-east-1", "access_key": "tests",
        "secret_key_file": str(secret),
    }  # fmt: skip


@pytest.fixture
def bucket(options: dict[str, str], settings: Any) -> Any:
    backend = {"BACKEND": "broker.transport.object_store.SealedObjects", "OPTIONS": options}
    settings.STORAGES = {**settings.STORAGES, "sealed": backend}
    login = {"aws_access_key_id": "tests", "aws_secret_access_key": "a-secret-of-the-tests"}
    made = boto3.resource("s3", endpoint_url=options["endpoint_url"], region_name="us-east-1", **login)
    made.create_bucket(Bucket=BUCKET)
    return made.Bucket(BUCKET)


@pytest.mark.parametrize("trip", ROUND_TRIPS, ids=lambda each: each.__name__)
def test_the_round_trip_is_the_folders(committing: str, bucket: Any, trip: Any) -> None:
    trip(committing)
    assert isinstance(storages["sealed"], SealedObjects)


def test_only_sealed_bytes_are_there_and_nobody_may_read_them(sqlite_db: str, bucket: Any) -> None:
    data = b"a bill of Jane Q. Member, account 40900017 (test)" * 100
    file_id = vault.seal_file(data, subject=JANE, name="jane.pdf")
    (stored,) = [each for each in bucket.objects.all() if file_id.hex in each.key]
    assert stored.key == f"{file_id.hex[:2]}/{file_id.hex}.sealed"
    held = stored.get()
    body = held["Body"].read()
    assert data[:16] not in body
    assert "jane" not in str({name: value for name, value in held.items() if name != "Body"}).lower()
    grants = stored.Object().Acl().grants
    assert {each["Permission"] for each in grants if "URI" not in each["Grantee"]} == {"FULL_CONTROL"}
    assert not [each for each in grants if "URI" in each["Grantee"]]
    with pytest.raises(TransportError, match="no address"):
        storages["sealed"].url(stored.key)
    # What a backup copies is the same bytes, unopened.
    path, opened = files.as_it_lies(file_id)
    assert opened is not None
    assert (path, hashlib.sha256(opened.read()).digest()) == (stored.key, hashlib.sha256(body).digest())
    assert vault.open_file(file_id, under=read(obj="file")) == data


def test_a_backup_of_a_bucket_is_drilled_and_its_files_open(
    sqlite_db: str, bucket: Any, settings: Any, tmp_path: Path
) -> None:
    with log_world(settings, tmp_path) as keys:
        sealed = {vault.seal_file(f"file {number}".encode(), subject=JANE, name="x") for number in range(3)}
        integrate(keys.answer)
        made = archives.back_up(tmp_path / "backups")
        assert (made["ok"], made["files"], made["without_bytes"]) == (True, 3, 0)
        assert {each.key for each in bucket.objects.all()} >= {f"{one.hex[:2]}/{one.hex}.sealed" for one in sealed}
        bucket.objects.all().delete()  # what is restored comes from the archive alone
        code, found = archives.drill(made["archive"], "--all")
        assert code == 0, found
        assert found["files"] == 3


def test_what_is_stored_is_never_overwritten(sqlite_db: str, bucket: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    first = vault.seal_file(b"one", subject=JANE, name="x")
    monkeypatch.setattr(files, "uuid4", lambda: first)
    with pytest.raises(vault.BrokenValue, match="taken"):
        vault.seal_file(b"two", subject=JANE, name="x")
    assert vault.open_file(first, under=read(obj="file")) == b"one"


def test_only_a_listed_place_is_reached(sqlite_db: str, bucket: Any, settings: Any) -> None:
    settings.ALLOWED_EGRESS = ["127.0.0.1:1"]
    with pytest.raises(EgressRefused):
        vault.seal_file(b"one", subject=JANE, name="x")


def test_nothing_leaves_this_machine_without_tls(
    options: dict[str, str], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "resolve", lambda *_place: ["192.0.2.7"])
    settings.ALLOWED_EGRESS = ["192.0.2.7:9000"]
    store = SealedObjects(**{**options, "endpoint_url": "http://192.0.2.7:9000"})
    with pytest.raises(EgressRefused, match="TLS"):
        store.exists("aa/x.sealed")


def test_the_logins_secret_is_its_owners_alone(options: dict[str, str], bucket: Any) -> None:
    path = Path(options["secret_key_file"])
    assert str(path) in {each.path for each in gathering.key_files()}
    path.chmod(0o640)
    with pytest.raises(ImproperlyConfigured, match="read by others"):
        SealedObjects(**options)
    path.unlink()
    with pytest.raises(ImproperlyConfigured):
        SealedObjects(**options)
