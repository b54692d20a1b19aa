"""The flows of whoever runs the installation: a backup, another wrapping key, the log signed."""

import io
import os
import shutil
from pathlib import Path
from typing import ClassVar

from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from broker.approvals import decide, new_origin
from broker.approvals.models import Approval
from broker.audit import keeper, log, signer, store
from broker.operating import archive
from broker.parties.models import Role
from broker.vault import keyring
from broker.vault.models import VaultKey
from tests import cluster, harness
from tests.duties_world import actor, person
from tests.faults.points.flow import Flow, Said
from tests.faults.points.stopping import opens
from tests.integration.audit_support import ORIGIN, acts, integrate, logged_in_as, write
from tests.integration.holds_support import Records


class BackedUp(Flow):
    """A backup is made: whole, or there is none."""

    name = "backup"
    words: ClassVar = ()

    def prepare(self, folder: Path) -> None:
        """Keep something, signed."""
        Records()
        desk = signer.Desk(folder / "signer")
        integrate(desk.answer)
        desk.close()
        (folder / "backups").mkdir()

    @property
    def place(self) -> Path:
        """Where backups go."""
        return Path(self.settings.DATA_DIR) / "backups"

    def act(self) -> Said:
        """Make one."""
        self._back_up()
        return {"made": True}

    def _back_up(self) -> None:
        if connection.vendor == "postgresql":
            self.settings.MIGRATE_DATABASE_URL = cluster.url("broker_owner", str(connection.settings_dict["NAME"]))
        call_command("backup", str(self.place), "--json", stdout=io.StringIO())

    def _seen(self) -> list[Path]:
        return [each for each in self.place.iterdir() if not each.name.startswith(".")]

    def kept(self, said: Said) -> None:
        """What has a name is whole; one that was made has a name."""
        for each in self._seen():
            archive.read(each, lambda _what: None)
        assert not said or self._seen()

    def again(self) -> None:
        """Make one where there is none."""
        if not self._seen():
            self._back_up()

    def judge(self, said: Said) -> None:
        """Each is whole, and nothing half made is left beside it."""
        self.kept({"made": True})
        for left in self.place.glob(".*"):  # by a run that died between its lock and its name: an hour later it is gone
            os.utime(left, (0, 0))
            call_command("backup", str(self.place / "next.backup"), "--json", stdout=io.StringIO())
        assert not list(self.place.glob(".*"))


class Rewrapped(Flow):
    """Another wrapping key comes into use, and every data key is wrapped with it."""

    name = "key rotation"
    words: ClassVar = ()

    def prepare(self, folder: Path) -> None:
        """Keep something under the key of before, in a key file of the case's own."""
        self.run_keys = Path(self.settings.KEY_FILE)
        shutil.copy2(self.run_keys, folder / "broker.keys")
        self.records = Records()

    def _use(self) -> Path:
        path = Path(self.settings.DATA_DIR) / "broker.keys"
        self.settings.KEY_FILE = path
        keyring._provider.cache_clear()
        return path

    def _rotate(self) -> None:
        path = self._use()
        if keyring.current() == 1:
            keyring.rotate(path)
        log.close_lanes()
        with logged_in_as("broker_keeper"):
            log.reset()
            keeper.rewrap()
            log.close_lanes()
        log.reset()

    def act(self) -> Said:
        """Rotate and rewrap."""
        self._rotate()
        return {"rotated": True}

    def kept(self, said: Said) -> None:
        """All is readable, whichever key is the current one."""
        self._use()
        assert opens(self.records.case, self.records) == "a notice"
        assert opens(self.records.evidence, self.records) == "a name"

    def again(self) -> None:
        """Go on where it stopped."""
        self._rotate()

    def judge(self, said: Said) -> None:
        """Every data key is wrapped with the new one."""
        assert keyring.current() == 2
        assert not VaultKey.objects.exclude(kek=2).exists()
        assert not store.rows("SELECT kid FROM audit_key WHERE kek <> 2 AND wrapped IS NOT NULL")
        self.kept(said)


class Signed(Flow):
    """The integrator gives each event its place, and the signer signs."""

    name = "log signed"
    words: ClassVar = ()

    def prepare(self, folder: Path) -> None:
        """Write events."""
        for _ in range(20):
            write()

    def _sign(self) -> None:
        desk = signer.Desk(Path(self.settings.SIGNER_DIR))
        try:
            integrate(desk.answer)
        finally:
            desk.close()

    def act(self) -> Said:
        """Integrate and sign to the end."""
        self._sign()
        return {"signed": {str(each.size): each.note.split("\n")[2] for each in store.notes(1)}}

    def kept(self, said: Said) -> None:
        """What was published is there."""
        self.roots = {str(each.size): each.note.split("\n")[2] for each in store.notes(1)}
        assert said.get("signed", {}).items() <= self.roots.items()

    def again(self) -> None:
        """Go on."""
        write()
        self._sign()

    def judge(self, said: Said) -> None:
        """No size has two roots."""
        now = {str(each.size): each.note.split("\n")[2] for each in store.notes(1)}
        assert self.roots.items() <= now.items()


class LossDeclared(Flow):
    """An older copy is in the place of the live one: two people declare the loss, and a new log begins."""

    name = "loss declared"
    words: ClassVar = ()
    NEW: ClassVar = "broker.localhost/audit/after"

    def prepare(self, folder: Path) -> None:
        """Have a signer that signed more than this database knows."""
        write()
        desk = signer.Desk(folder / "signer")
        integrate(desk.answer)
        self.olga, self.ada = person("Olga Officer", Role.OFFICER), person("Ada", Role.APPROVER)
        copy = harness.CLONES[connection.vendor].keep(dict(connection.settings_dict))
        with harness.clone(connection.vendor, of=copy):
            write()
            integrate(desk.answer)
            (folder / "known").write_text(store.notes(1)[-1].note)
        desk.close()

    def _go_on(self) -> None:
        """Declare the loss, then open the new log on the server, each step where it was not made."""
        row = Approval.objects.first() or new_origin.request(
            self.NEW, requester=actor(self.olga), reason="The disk was lost.", now=timezone.now()
        )
        if row.state == "requested":
            decide.approve(row.id, approver=actor(self.ada), now=timezone.now())
        log.close_lanes()
        log.reset()
        folder = Path(self.settings.DATA_DIR)
        self.settings.LOG_ORIGIN, self.settings.SIGNER_DIR = self.NEW, folder / "after"
        if connection.vendor == "postgresql":
            self.settings.MIGRATE_DATABASE_URL = cluster.url("broker_owner", str(connection.settings_dict["NAME"]))
        if not (folder / "after" / signer.KEY).exists():
            call_command("make_log_key", "--former", str(folder / "signer" / signer.VKEY), stdout=io.StringIO())
        if self.NEW not in [each.name for each in store.origins()]:
            known = ("--approval", str(row.id), "--checkpoint", str(folder / "known"))
            call_command("open_new_origin", *known, stdout=io.StringIO())

    def act(self) -> Said:
        """Do it all."""
        self._go_on()
        return {"opened": True}

    def kept(self, said: Said) -> None:
        """What was opened is open, and only by the decision of two."""
        opened = self.NEW in [each.name for each in store.origins()]
        assert opened or not said
        assert not opened or Approval.objects.get().state == "executed"

    def again(self) -> None:
        """Go on where it stopped, and write into it."""
        self._go_on()
        write()

    def judge(self, said: Said) -> None:
        """There is one new log, and it says which decision opened it."""
        assert [each.name for each in store.origins()] == [ORIGIN, self.NEW]
        assert Approval.objects.get().state == "executed"
        assert acts().count("admin.log_opened") == 1, acts()
        out = io.StringIO()
        call_command("verify_log", "--origin", ORIGIN, stdout=out)  # the lost one holds as far as it goes
        assert "it ends here" in out.getvalue()
