"""Our own mail server and the co-op's mailbox, as real programs on loopback: Postfix before us, Dovecot behind it."""

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.requests_world import RECEIVER

MAIN = """
compatibility_level = 3.10
queue_directory = {home}/spool
data_directory = {home}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file_prefixes = {home}
maillog_file = {home}/maillog
myhostname = {receiver}
myorigin = {receiver}
mydestination =
alias_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtp_dns_support_level = disabled
local_transport = error:5.1.1 nobody lives here
default_transport = error:5.4.4 nothing leaves this machine
transport_maps = texthash:{home}/transport
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_recipient_restrictions = check_sender_access texthash:{home}/verdicts, permit_mynetworks, reject
notify_classes =
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
"""
MASTER = """
{host}:{port} inet n - n - - smtpd
pickup    unix n - n 60 1 pickup
cleanup   unix n - n - 0 cleanup
qmgr      unix n - n 300 1 qmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
trace     unix - - n - 0 bounce
verify    unix - - n - 1 verify
flush     unix n - n 1000? 0 flush
proxymap  unix - - n - - proxymap
smtp      unix - - n - - smtp
lmtp      unix - - n - - lmtp
error     unix - - n - - error
retry     unix - - n - - error
anvil     unix - - n - 1 anvil
scache    unix - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
"""
DOVECOT = """
dovecot_config_version = 2.4.1
dovecot_storage_version = 2.4.1
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/log
protocols = imap lmtp
listen = 127.0.0.1
ssl = no
auth_allow_cleartext = yes
auth_username_format = %{{user | username}}
first_valid_uid = 1
mail_driver = maildir
mail_path = {home}/mail/%{{user | username}}
default_internal_user = dovecot
passdb passwd-file {{
  passwd_file_path = {home}/users
}}
userdb passwd-file {{
  passwd_file_path = {home}/users
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    port = {lmtp}
  }}
}}
"""
HOST = "127.0.0.2"  # of this machine too, and no profile calls it the co-op's own
CLERK, PASSWORD = "billing", "for-the-tests-alone"


@dataclass
class Post:
    """Two mail programs that run: where they listen."""

    home: Path
    smtp: int
    imap: int

    def forget_the_clerk(self) -> None:
        """Take the clerk's mailbox away: her server says that nobody of that name is there."""
        (self.home / "coop" / "users").write_text("")

    def log(self) -> str:
        """What the mail server wrote, for a failing test."""
        path = self.home / "ours" / "maillog"
        return path.read_text() if path.exists() else ""


@contextmanager
def post(home: Path, *, coop_domain: str, our_lmtp: int) -> Iterator[Post]:
    """Start both, with the ways of mail between them; nothing else can be reached. Ended by their process ids."""
    smtp, imap, lmtp = _free(), _free(), _free()
    for above in (home, *home.parents):
        if above.stat().st_uid == os.getuid() and above != Path("/") and above.stat().st_mode & 0o111 != 0o111:
            above.chmod(above.stat().st_mode | 0o111)
    with _dovecot(home / "coop", imap, lmtp), _postfix(home / "ours", smtp, coop_domain, lmtp, our_lmtp):
        yield Post(home, smtp, imap)


@contextmanager
def _dovecot(home: Path, imap: int, lmtp: int) -> Iterator[None]:
    (home / "mail").mkdir(parents=True)
    owner = pwd.getpwnam("dovecot")
    for path in (home, home / "mail"):
        shutil.chown(path, owner.pw_uid, owner.pw_gid)
    (home / "users").write_text(f"{CLERK}:{{PLAIN}}{PASSWORD}:{owner.pw_uid}:{owner.pw_gid}::{home}\n")
    configuration = home / "own.conf"
    configuration.write_text(DOVECOT.format(home=home, imap=imap, lmtp=lmtp))
    with _running(["dovecot", "-F", "-c", str(configuration)], (imap, lmtp), home / "log"):
        yield


@contextmanager
def _postfix(home: Path, smtp: int, coop_domain: str, coop_lmtp: int, our_lmtp: int) -> Iterator[None]:
    for folder in ("spool", "data", "etc"):
        (home / folder).mkdir(parents=True)
    shutil.chown(home / "data", "postfix", "root")
    (home / "etc" / "main.cf").write_text(MAIN.format(home=home, receiver=RECEIVER))
    (home / "etc" / "master.cf").write_text(MASTER.format(host=HOST, port=smtp))
    (home / "transport").write_text(
        f"{coop_domain} lmtp:inet:127.0.0.1:{coop_lmtp}\nlocalhost lmtp:inet:127.0.0.1:{our_lmtp}\n"
    )
    # What a filter for DKIM and DMARC would have found out about mail of that domain; it stands at the very top.
    verdict = f"Authentication-Results: {RECEIVER}; dmarc=pass header.from={coop_domain}"
    (home / "verdicts").write_text(f"{coop_domain} PREPEND {verdict}\n")
    subprocess.run(["postfix", "-c", str(home / "etc"), "check"], check=True, capture_output=True)
    with _running(["postfix", "-c", str(home / "etc"), "start-fg"], (smtp,), home / "maillog"):
        yield


@contextmanager
def _running(command: list[str], ports: tuple[int, ...], log: Path) -> Iterator[None]:
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        while not all(_answers(port) for port in ports):
            assert server.poll() is None, log.read_text() if log.exists() else command[0]
            time.sleep(0.1)
        yield
    finally:
        server.terminate()
        server.wait(30)


def _answers(port: int) -> bool:
    for host in ("127.0.0.1", HOST):
        with socket.socket() as probe:
            if probe.connect_ex((host, port)) == 0:
                return True
    return False


def _free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
