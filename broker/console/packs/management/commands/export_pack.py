"""`manage.py export_pack --consent ID --out F.zip`: an evidence pack that anybody can check without us."""

import json
import logging
import os
import time
import uuid
from argparse import RawDescriptionHelpFormatter
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from broker import jobs
from broker.approvals import decide
from broker.audit import banner, log
from broker.console.packs import forms, handing, requesting
from broker.console.packs.lifecycle import Basis, Contents, Redaction, Scope, State
from broker.console.packs.models import EvidencePack
from broker.console.packs.requesting import Ask
from broker.db import installation
from broker.jobs.models import Job
from broker.parties.models import Role, User
from broker.parties.staff import create_user
from broker.terms import SERVICE, Actor

CONSOLE = SERVICE("console")
PAUSE = 0.5  # seconds between two looks
LONGEST = 150.0  # seconds for a pack, its wait for a signed state of the log included
EXAMPLE = """
examples:
  manage.py export_pack --consent OB-2026-000001 --out pack.zip
  manage.py export_pack --from 2026-01-01 --to 2026-01-31 --out january.zip
  manage.py export_pack --approval 6f9619ff-8b86-4d01-b42d-00cf4fc964ff --out pack.zip

A pack of headers without documents holds no personal data and is built at once. Any other is asked for on the
console; when a second person approved it, --approval hands it out here. The last line is JSON.
"""


class Command(BaseCommand):
    """Builds a pack and writes it; never prints personal data."""

    help = "Make an evidence pack (ZIP) of a consent, customer, request or period, or hand out an approved one."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Show the examples as they are written."""
        parser = super().create_parser(prog_name, subcommand, epilog=EXAMPLE, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the scope, the level and the place."""
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--consent", metavar="ID", help="a permission, by id or number")
        what.add_argument("--customer", metavar="ID", help="a customer, by id")
        what.add_argument("--request", metavar="ID", help="a request, by id or number")
        what.add_argument("--from", dest="first", metavar="DAY", type=date.fromisoformat, help="first day of a period")
        parser.add_argument("--to", dest="last", metavar="DAY", type=date.fromisoformat, help="last day of the period")
        parser.add_argument("--redaction", choices=[each.value for each in Redaction], default="headers")
        for name in ("letters", "mails", "files"):
            parser.add_argument(f"--{name}", action="store_true", help=f"with the {name} (personal data)")
        parser.add_argument("--approval", metavar="ID", type=uuid.UUID, help="an approved act, for personal data")
        parser.add_argument(
            "--rehearse", action="store_true", help="in a rehearsal alone: play both people who ask and approve"
        )
        parser.add_argument("--out", required=True, metavar="F.zip")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Ask or find, build, hand out, write."""
        logging.getLogger("django-q").setLevel(logging.WARNING)  # the answer says enough; a queued job is no news here
        target = _target(options["out"])
        log.begin_here()
        if not banner.exports_allowed(timezone.now()):
            raise CommandError("The log does not match: exports are closed until an officer has acknowledged it.")
        pack = _approved(options["approval"]) if options["approval"] else self._asked(options)
        self._build(pack)
        data = handing.hand_out(pack, actor=CONSOLE, now=timezone.now())
        _write(target, data)
        log.finish_here()
        facts = {"pack": pack.number, "events": pack.events, "size": pack.checkpoint_size, "bytes": pack.bytes}
        self.stdout.write(json.dumps({**facts, "sha256": bytes(pack.sha256 or b"").hex()}))

    def _asked(self, options: dict[str, Any]) -> EvidencePack:
        wanted = _wanted(options)
        if not wanted.personal:
            return requesting.ask(wanted, requester=CONSOLE, now=timezone.now())
        if not options["rehearse"]:
            raise CommandError("This pack holds personal data: a second person approves it first (--approval ID).")
        if installation.mode() != "rehearsal":
            raise CommandError("--rehearse plays two people, and does so in a rehearsal alone.")
        officer, approver = _played(Role.OFFICER), _played(Role.APPROVER)
        pack = requesting.ask(wanted, requester=officer, now=timezone.now())
        assert pack.approval_id
        decide.approve(pack.approval_id, approver=approver, now=timezone.now())
        pack.refresh_from_db()
        return pack

    def _build(self, pack: EvidencePack) -> None:
        """Run the pack's job here, until it is ready; say each half minute what it waits for."""
        end, told = time.monotonic() + LONGEST, time.monotonic()
        while pack.state in (State.APPROVED, State.BUILDING) and time.monotonic() < end:
            job = Job.objects.filter(subject_id=pack.id, kind=requesting.BUILD).latest("created_at")
            jobs.run(job.id)
            pack.refresh_from_db()
            if pack.state == State.READY:
                break
            log.finish_here()
            time.sleep(PAUSE)
            if time.monotonic() - told > 30:
                told = time.monotonic()
                self.stderr.write(f"{pack.number}: {pack.state} {job.last_error_code}")
        if pack.state != State.READY:
            raise CommandError(f"{pack.number} is {pack.state}: {pack.failure or 'not ready'}")


def _approved(approval: uuid.UUID) -> EvidencePack:
    pack = EvidencePack.objects.filter(approval_id=approval).first()
    if pack is None or pack.state == State.ASKED:
        raise CommandError("There is no approved pack of this approval.")
    return pack


def _wanted(options: dict[str, Any]) -> Ask:
    scope, scope_id = _scope(options)
    period = None
    if scope is Scope.PERIOD:
        if options["last"] is None or options["last"] < options["first"]:
            raise CommandError("A period has a first day and a last day that does not lie before it.")
        period = (options["first"], options["last"] + forms.ONE_DAY)
    return Ask(
        scope=scope,
        scope_id=scope_id,
        period=period,
        redaction=Redaction(options["redaction"]),
        contents=Contents(options["letters"], options["mails"], options["files"]),
        basis=Basis.AUDIT,
        purpose="Export by command",
        recipient="Whoever runs the command",
    )


def _scope(options: dict[str, Any]) -> tuple[Scope, uuid.UUID | None]:
    if options["first"]:
        return Scope.PERIOD, None
    for scope, has_number in ((Scope.CONSENT, True), (Scope.REQUEST, True), (Scope.CUSTOMER, False)):
        if text := options[scope.value]:
            body = {"page": "pack", "kind": scope.value, "by": "command"}
            log.append_read("log.searched", actor=CONSOLE, subject=None, purpose="compliance", obj="event", body=body)
            found = forms.known(scope, _uuid(text)) or (forms.find(scope, text) if has_number else None)
            if found is None:
                raise CommandError(f"There is no such {scope.value}.")
            return scope, found
    raise CommandError("Say what the pack is about: --consent, --customer, --request, or --from and --to.")


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _played(role: Role) -> Actor:
    user = User.objects.filter(role=role, is_active=True).order_by("created_at").first()
    if user is None:
        user = create_user(role.value, f"Rehearsal {role.value}", role, password=None, actor=CONSOLE)
    return Actor("s", user.id, role=user.role)


def _target(text: str) -> Path:
    """Look at the place before anything is built or logged as handed out; nothing that is there is replaced."""
    path = Path(text)
    if path.exists() or path.is_symlink():
        raise CommandError("--out: there is something of this name already; nothing is replaced.")
    if not path.parent.is_dir() or not os.access(path.parent, os.W_OK | os.X_OK):
        raise CommandError("--out: its folder does not exist, or nothing can be written there.")
    return path


def _write(path: Path, data: bytes) -> None:
    """Write the file, new and readable by its owner alone."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
    except OSError as error:
        raise CommandError(
            f"--out: the pack was handed out but not written ({error.strerror}): run it again."
        ) from None
