"""The flows of what lies with others: checkpoints in other hands, sealed files on S3."""

import contextlib
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any, ClassVar

import boto3
from django.core.management import CommandError, call_command
from django.test import override_settings
from moto.server import ThreadedMotoServer

from broker.audit import anchors, log, signer, store
from broker.rehearsal.timestamp_authority import TimestampAuthority
from broker.rehearsal.witness import Witness
from tests.environment import RUN
from tests.faults.points.files import Shared
from tests.faults.points.flow import Flow, Mails, Said
from tests.integration.audit_support import integrate, logged_in_as, write

BUCKET = "points-of-failure"
LOGIN = {"aws_access_key_id": "tests", "aws_secret_access_key": "a-secret-of-the-tests"}


class Anchored(Flow):
    """The last checkpoint goes to a witness, a timestamp authority and an auditor's mailbox."""

    name = "anchors"
    words: ClassVar = ()

    @contextlib.contextmanager
    def around(self) -> Iterator[None]:
        """Let the timestamp authority and the auditor's mail server play."""
        root, auditor = RUN / "points-tsa.pem", Mails()
        auditor.server.start()
        self.at_auditor = f"127.0.0.1:{auditor.server.port}"
        try:
            with TimestampAuthority(root_file=root) as self.authority:
                self.settings.TIMESTAMP_URLS, self.settings.TIMESTAMP_ROOT_FILE = [self.authority.url], str(root)
                self.settings.LOG_MAIL_SERVER, self.settings.LOG_MAIL_TO = self.at_auditor, "auditor@third.example"
                yield
        finally:
            auditor.server.stop()

    @contextlib.contextmanager
    def each(self, folder: Path) -> Iterator[None]:
        """Let a witness play that has seen nothing yet."""

        def logs() -> dict[str, list[str]]:
            keys = (folder / "signer" / signer.VKEY).read_text().split()
            return {keys[0].partition("+")[0]: keys}

        with Witness(logs, folder / "witness") as self.witness:
            self.settings.LOG_WITNESSES = str(folder / "witness" / "witness.policy")
            places = (self.witness.url, self.authority.url)
            called = (each.removeprefix("http://").rstrip("/") for each in places)
            self.settings.ALLOWED_EGRESS = [self.at_auditor, *called]
            yield

    def prepare(self, folder: Path) -> None:
        """Have something signed."""
        write()
        desk = signer.Desk(folder / "signer")
        self.size = integrate(desk.answer)
        desk.close()

    def _anchor(self) -> None:
        log.close_lanes()
        with logged_in_as("broker_integrator"):
            log.reset(fresh_operations=True)
            try:
                call_command("anchor_log", "--once", stdout=StringIO())
            finally:
                log.close_lanes()
                log.reset()

    def act(self) -> Said:
        """Let all three have it."""
        self._anchor()
        return {"kinds": [each.kind for each in anchors.of_size(self.size)]}

    def kept(self, said: Said) -> None:
        """What was shown is there."""
        assert set(said.get("kinds", ())) <= {each.kind for each in anchors.of_size(self.size)}

    def again(self) -> None:
        """Do it again; another's fault is said, and tried once more."""
        with contextlib.suppress(CommandError):
            self._anchor()
            return
        self._anchor()

    def judge(self, said: Said) -> None:
        """All three have it, and each proof holds."""
        found = anchors.of_size(self.size)
        assert {each.kind for each in found} == {"witness", "tsa", "mail"}
        for each in found:
            assert anchors.check(each.kind, each.proof, store.served_note(1, each.size))[1] == each.who


class StoredOnS3(Shared):
    """A customer hands over her usage file, and the sealed files lie on S3."""

    name = "file on S3"

    @contextlib.contextmanager
    def around(self) -> Iterator[None]:
        """Let an S3 play."""
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        host, port = server.get_host_and_port()
        url, secret = f"http://{host}:{port}", RUN / "points-s3.secret"
        secret.touch(mode=0o600)
        secret.write_text(LOGIN["aws_secret_access_key"])
        options = {
            "bucket_name": BUCKET, "endpoint_url": url, "region_name": "us-east-1",
            "access_key": LOGIN["aws_access_key_id"], "secret_key_file": str(secret),
        }  # fmt: skip
        backend = {"BACKEND": "broker.transport.object_store.SealedObjects", "OPTIONS": options}
        stored = override_settings(STORAGES={**self.settings.STORAGES, "sealed": backend})
        self.settings.ALLOWED_EGRESS = [*self.settings.ALLOWED_EGRESS, f"{host}:{port}"]
        self.bucket: Any = boto3.resource("s3", endpoint_url=url, region_name="us-east-1", **LOGIN).Bucket(BUCKET)
        self.bucket.create()
        try:
            with stored:  # whoever has a store at hand already is told to look again
                yield
        finally:
            server.stop()

    def prepare(self, folder: Path) -> None:
        """Make the world, and remember what lies there."""
        super().prepare(folder)
        self.there = {each.key for each in self.bucket.objects.all()}

    @contextlib.contextmanager
    def each(self, folder: Path) -> Iterator[None]:
        """Nothing of another case lies there."""
        for left in self.bucket.objects.all():
            if left.key not in self.there:
                left.delete()
        yield
