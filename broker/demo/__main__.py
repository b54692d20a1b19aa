"""First stage of `./run demo`: one rehearsal at a time, its data wiped if asked, its environment; then Django."""

import fcntl
import os
import shutil
import sys

from broker.demo import environment
from broker.demo.options import parser

LOCK = environment.DATA.with_suffix(".lock")


def main() -> None:
    """Take the lock, write the environment and become `manage.py rehearse`, which inherits the lock."""
    options = parser().parse_args()
    os.umask(0o077)  # mails with codes and logs of this rehearsal are nobody else's
    LOCK.parent.mkdir(parents=True, exist_ok=True)
    lock = os.open(LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(f"A rehearsal is running already (process {os.read(lock, 20).decode() or 'unknown'}); stop it first.")
    os.ftruncate(lock, 0)
    os.pwrite(lock, str(os.getpid()).encode(), 0)
    os.set_inheritable(lock, True)
    if options.once:
        shutil.rmtree(environment.DATA, ignore_errors=True)
        shutil.rmtree(environment.CLUSTER, ignore_errors=True)
    kept = environment.read()
    if kept and environment.is_on_postgresql(kept) != options.postgres:
        sys.exit("The last rehearsal has another database, and its log goes on there: --once wipes it and begins anew.")
    ports = environment.choose_ports(options.port)
    values = environment.variables(ports, kept, postgresql=options.postgres)
    environment.write(values)
    inherited = {name: value for name, value in os.environ.items() if name not in environment.FOREIGN}
    manage = str(environment.ROOT / "manage.py")
    os.execve(
        sys.executable,
        [sys.executable, manage, "rehearse", *sys.argv[1:]],
        {**inherited, **values, "REHEARSAL_LOCK": str(lock)},
    )


if __name__ == "__main__":
    main()
