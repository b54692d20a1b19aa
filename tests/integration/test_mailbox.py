"""Answers fetched from a real mailbox (Dovecot on loopback): the same door, nothing lost, nothing taken twice."""

import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from requests_app import mailbox
from requests_app.models import Message, ReceivedFile
from tests.integration.mail_support import mail, take
from tests.requests_world import coop, reply, run_job, world

CONFIGURATION = """
dovecot_config_version = 2.4.1
dovecot_storage_version = 2.4.1
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/log
protocols = imap
listen = 127.0.0.1
ssl = no
auth_allow_cleartext = yes
first_valid_uid = 1
mail_driver = maildir
mail_path = {home}/mail
default_internal_user = {user}
passdb static {{
  password = {password}
}}
userdb static {{
  fields {{
    uid = {user}
    gid = {user}
    home = {home}
  }}
}}
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
"""
PASSWORD = "for the tests alone"


@dataclass
class Box:
    """A mailbox that runs."""

    home: Path
    user: str
    count: int = 0

    def put(self, raw: bytes) -> None:
        """Let a mail arrive, as a mail server would."""
        self.count += 1
        name = f"{1_700_000_000 + self.count}.M{self.count}.own"
        new = self.home / "mail" / "tmp" / name
        new.write_bytes(raw)
        shutil.chown(new, self.user, self.user)
        new.rename(self.home / "mail" / "new" / name)

    def unseen(self) -> int:
        """How many nobody has taken."""
        kept = [path.name for folder in ("new", "cur") for path in (self.home / "mail" / folder).iterdir()]
        return sum("S" not in name.partition(":2,")[2] for name in kept)


@pytest.fixture
def box(settings: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    """A Dovecot of the test's own, ended by its process id."""
    home, user = tmp_path_factory.mktemp("box"), "dovecot"
    for folder in ("mail/new", "mail/cur", "mail/tmp"):
        (home / folder).mkdir(parents=True)
    owner = pwd.getpwnam(user)
    for path in (home, home / "mail", *(home / "mail").iterdir()):
        shutil.chown(path, owner.pw_uid, owner.pw_gid)
    for above in home.parents:
        if above.stat().st_uid == 0 and str(above).startswith(str(tmp_path_factory.getbasetemp().parent)):
            above.chmod(0o711)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    configuration = home / "own.conf"
    configuration.write_text(CONFIGURATION.format(home=home, user=user, port=port, password=PASSWORD.replace(" ", "")))
    (home / "password").write_text(PASSWORD.replace(" ", "") + "\n")
    server = subprocess.Popen(["dovecot", "-F", "-c", str(configuration)])
    try:
        while True:
            assert server.poll() is None, (home / "log").read_text()
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        settings.IMAP_SERVER, settings.IMAP_USER, settings.IMAP_TLS = f"127.0.0.1:{port}", "desk", False
        settings.IMAP_PASSWORD_FILE = str(home / "password")
        yield Box(home, user)
    finally:
        server.terminate()
        server.wait(30)


@pytest.fixture
def waiting(sqlite_db: str, tmp_path: Path, settings: Any, box: Box) -> Any:
    w = world()
    with coop(tmp_path, settings):
        manual = w.manual()
        run_job("manual.send", manual.id)
        manual.refresh_from_db()
        settings.ALLOWED_EGRESS = [*settings.ALLOWED_EGRESS, settings.IMAP_SERVER]
        yield manual, box


def go_round() -> str:
    """Go to the mailbox once; give how the job stands after it."""
    from django.db import transaction

    from broker import jobs

    with transaction.atomic():
        jobs.enqueue(mailbox.MAIL_POLL, mailbox.DAILY)
    return str(run_job(mailbox.MAIL_POLL, mailbox.DAILY))


def test_answers_are_fetched_once_and_go_round_again(waiting: Any) -> None:
    manual, box = waiting
    box.put(reply(manual))
    box.put(mail("Which request was it?"))
    assert go_round() == "queued"  # it goes round again by itself
    kinds = sorted(Message.objects.filter(direction="in").values_list("kind", flat=True))
    assert (kinds, box.unseen(), ReceivedFile.objects.count()) == (["answer", "held"], 0, 1)
    go_round()
    assert Message.objects.filter(direction="in").count() == 2


def test_a_mail_that_also_came_by_the_listener_is_one_mail(waiting: Any) -> None:
    manual, box = waiting
    raw = reply(manual, message_id="<both@coop.example>")
    take(raw, manual)
    box.put(b"Received: by another way\r\n" + raw)
    go_round()
    assert Message.objects.filter(direction="in", kind="answer").count() == 1
    assert (box.unseen(), ReceivedFile.objects.count()) == (0, 1)


def test_a_mail_that_could_not_be_kept_stays_where_it_was(waiting: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from broker.audit import log

    manual, box = waiting
    box.put(reply(manual))
    with monkeypatch.context() as broken:
        broken.setattr(mailbox, "receive", lambda *_a, **_k: (_ for _ in ()).throw(log.LogUnavailable("no")))
        go_round()
    assert (box.unseen(), Message.objects.filter(direction="in").count()) == (1, 0)
    go_round()
    assert (box.unseen(), Message.objects.filter(direction="in").count()) == (0, 1)


def test_a_mail_over_the_limit_is_left_marked_and_told(waiting: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from broker.notices.models import Notice
    from broker.transport import imap

    _, box = waiting
    monkeypatch.setattr(imap, "MAX_BYTES", 2000)
    box.put(mail("x" * 5000))
    box.put(mail("Small.", Message_ID="<small@coop.example>"))
    go_round()
    assert Message.objects.filter(direction="in").count() == 1
    assert Notice.objects.filter(template="staff_alert").count() == 2
    go_round()
    assert Notice.objects.filter(template="staff_alert").count() == 2


def test_a_mailbox_that_is_down_or_not_allowed_loses_nothing(waiting: Any, settings: Any) -> None:
    _, box = waiting
    box.put(mail("Which request?"))
    Path(settings.IMAP_PASSWORD_FILE).write_text("wrong")
    assert go_round() == "queued"
    assert (box.unseen(), Message.objects.filter(direction="in").count()) == (1, 0)
    settings.ALLOWED_EGRESS = []
    go_round()
    assert box.unseen() == 1
