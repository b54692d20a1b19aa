"""Second stage of `./run demo`: set up, start everything, play one whole case, then stop or keep serving."""

import io
import json
import logging
import os
import signal
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.files.storage import storages
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from broker.db import installation
from broker.demo import cluster, environment, play, seeds, services, signer_account
from broker.demo.options import add_options
from broker.demo.report import Report, StepFailed
from broker.demo.supervisor import ServiceFailed, Supervisor


class Command(BaseCommand):
    """The rehearsal: real processes on loopback, invented people, one case from grant to stop."""

    help = "Play one whole case; started by ./run demo. Example: ./run demo --once --json case.json"
    requires_system_checks = []  # the database is made here; the services check themselves

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the options of `./run demo`."""
        add_options(parser)

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Run the rehearsal; exit 0 only when every step held."""
        if not os.environ.get("REHEARSAL_LOCK"):
            raise CommandError("Start it with ./run demo: that makes sure that only one rehearsal runs.")
        signal.signal(signal.SIGTERM, _stop)
        signal.signal(signal.SIGINT, _stop)  # a shell starts background jobs with it ignored
        logging.getLogger("httpx").setLevel(logging.WARNING)  # the steps say enough, and addresses hold tokens
        report = Report(paths={"database": str(settings.DATABASES["default"]["NAME"]), "files": str(_files())})
        failure = ""
        try:
            with self._database(report):
                self._rehearse(report, once=options["once"], record=options["json"])
        except (StepFailed, ServiceFailed, CommandError) as error:
            failure = str(error)
        except (KeyboardInterrupt, SystemExit):
            report.say("Stopped.")
            if not options["once"]:
                return
            failure = "stopped before the end"
        if options["once"] or failure:
            _write(report, options["json"])
        if failure or not report.held:
            report.say(f"What each service said: {environment.DATA / 'logs'}")
            raise CommandError(failure or "the log did not verify")
        report.say("Every step held; the log verified.")

    @contextmanager
    def _database(self, report: Report) -> Iterator[None]:
        if not environment.is_on_postgresql(os.environ):
            yield
            return
        report.paths["database"] = str(environment.CLUSTER)
        with ExitStack() as stack:
            with report.step("start PostgreSQL"):
                stack.enter_context(cluster.serving(os.environ, environment.DATA / "logs"))
            yield
            services.let_go_of_database()

    def _rehearse(self, report: Report, *, once: bool, record: Path | None) -> None:
        start = time.monotonic()
        seeded = set_up(report)
        environ = {name: value for name, value in os.environ.items() if name != "REHEARSAL_LOCK"}
        environ |= {"PYTHONUNBUFFERED": "1", "DJANGO_SETTINGS_MODULE": "broker.settings"}
        environ["SIGNER_USER"], who_signs = signer_account.prepare(Path(settings.SIGNER_DIR))
        report.say(who_signs)
        environment.write({**environment.read(), "REHEARSAL_LOGINS": os.environ["REHEARSAL_LOGINS"]})
        with Supervisor(logs=environment.DATA / "logs", environment=environ, folder=environment.ROOT) as supervisor:
            with report.step("start every service"):
                for group in services.groups(environ):
                    supervisor.up(*group)
            services.let_go_of_database()
            report.urls.update(services.addresses(environ))
            play.play(report, seeded)
            services.let_go_of_database()
            if not once:
                self._serve(report, seeded, supervisor, record)
            with report.step("stop every service, the signer last"):
                supervisor.check()
                supervisor.down()
        with report.step("verify the whole log"):
            report.log = verify(environ)
        report.say(f"The whole rehearsal took {time.monotonic() - start:.1f} s.")

    def _serve(self, report: Report, seeded: seeds.Seeded, supervisor: Supervisor, record: Path | None) -> None:
        report.log = verify({**os.environ})
        _write(report, record)
        report.say("\nIt keeps serving. Ctrl-C stops everything.")
        for name, url in report.urls.items():
            report.say(f"  {name:<12} {url}")
        web = report.urls["web"]
        report.say(
            f"  a member answers at {web}/share/with/{seeded.slug}/ and reads her mail at {report.urls['people']}"
        )
        report.say(f"  people of the desk and the officers sign in at {web}/login/")
        for name, word in seeded.logins.items():
            report.say(f"  sign in as {name!r} with {word}")
        report.say(f"  API key of {seeded.slug}: {seeded.api_key}")
        supervisor.watch()


def set_up(report: Report) -> seeds.Seeded:
    """Make what is missing: keys, tables, the mark that this is a rehearsal, and its people."""
    with report.step("make keys"):
        settings.DATA_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)
        for path, command in (
            (settings.KEY_FILE, "make_keys"),
            (settings.SIGNER_DIR, "make_log_key"),
            (settings.SEAL_KEY_FILE, "make_seal_key"),
        ):
            if not Path(path).exists():
                call_command(command, verbosity=0, stdout=io.StringIO())
    with report.step("make the database"):
        call_command("migrate", verbosity=0, interactive=False)
        installation.declare("rehearsal")
    with report.step("seed the rehearsal"):
        return seeds.seed(logins=seeds.new_logins(), now=timezone.now())


def verify(environ: dict[str, str]) -> dict[str, Any]:
    """Verify the log in a process of its own, as a person would; give its last line."""
    argv = [sys.executable, str(environment.ROOT / "manage.py"), "verify_log", "--json"]
    done = subprocess.run(argv, capture_output=True, text=True, env=environ, cwd=environment.ROOT, check=False)
    lines = done.stdout.strip().splitlines()
    if not lines:
        raise CommandError(f"verify_log said nothing: {done.stderr.strip()[-400:]}")
    answer = json.loads(lines[-1])
    return {"ok": answer["ok"] and done.returncode == 0, "size": answer["size"], "root": answer["root"]}


def _files() -> Path:
    return Path(storages["sealed"].path(""))


def _write(report: Report, record: Path | None) -> None:
    if record is not None:
        report.write(record)


def _stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    raise SystemExit(0)
