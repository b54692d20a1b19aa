"""Is this installation fit to serve?"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from broker.audit import integrator, log
from broker.operating import dns_rules, gathering, outside, rules
from broker.terms import SERVICE
from broker.transport import TransportError, own_server
from broker.vault import VaultError


class Command(BaseCommand):
    """One line for each thing that was looked at, each with its fix; exit code 1 where one fails."""

    help = (
        "Look whether this installation is fit to serve: one line each, ok, warn or fail, with its fix. Exit code 1 "
        "where one fails. --keys-copied-to PLACE declares that a copy of the key files as they are now lies there. "
        "Examples: manage.py doctor --mail --outside; manage.py doctor --json; manage.py doctor --dns-file answers.txt"
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--json", action="store_true", help="print one line of JSON alone")
        parser.add_argument(
            "--dns-file", type=Path, metavar="FILE", help="TXT records of our domain, as dig says; - is standard input"
        )
        parser.add_argument("--mail", action="store_true", help="send a mail to ourselves and wait until it comes in")
        parser.add_argument(
            "--outside", action="store_true", help="ask the timestamp authorities, and DNS_RESOLVER about our domain"
        )
        parser.add_argument("--patience", type=float, default=180.0, metavar="SECONDS", help="for it (default: 180)")
        parser.add_argument("--keys-copied-to", metavar="PLACE", help="declare a copy of the keys, and look again")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Declare what is to be declared, look, say."""
        now = datetime.now(UTC)
        if options["keys_copied_to"]:
            self._declare(options["keys_copied_to"], now)
        try:
            dns = None if options["dns_file"] is None else dns_rules.read(_text(options["dns_file"]))
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{options['dns_file']} cannot be read: {error}") from None
        trip = gathering.mail_round_trip(patience=options["patience"]) if options["mail"] else None
        stamps = outside.stamps() if options["outside"] else None
        if options["outside"] and dns is None:
            try:
                dns = outside.records()
            except TransportError as error:
                self.stderr.write(f"The resolver gave no answer: {error}")
        try:
            web = own_server.why_silent()
        except ValueError:
            web = None
        facts = gathering.gather(now=datetime.now(UTC), dns=dns, round_trip=trip, stamps=stamps, web=web)
        found = rules.findings(facts)
        asked = (*(rules.BY_MAIL if trip else ()), *(rules.BY_STAMPS if stamps is not None else ()))
        self._keep([each for each in found if each.name in (*asked, *(rules.BY_DNS if dns is not None else ()))], now)
        fit = rules.is_fit(found)
        if not options["json"]:
            for each in found:
                fix = f" -> {each.fix}" if each.fix and each.state is not rules.State.OK else ""
                self.stdout.write(f"{each.state:<5} {each.name}: {each.says}{fix}")
        lines = [{"name": each.name, "state": each.state, "says": each.says, "fix": each.fix} for each in found]
        self.stdout.write(json.dumps({"ok": fit, "at": now.isoformat(timespec="seconds"), "lines": lines}))
        if not fit:
            raise SystemExit(1)

    def _keep(self, found: list[rules.Finding], now: datetime) -> None:
        """Keep for the operator's page what others were asked for."""
        try:
            if found:
                gathering.keep_asked(found, now=now)
        except (OSError, VaultError) as error:
            self.stderr.write(f"What was asked of others was not kept: {type(error).__name__}")

    def _declare(self, where: str, now: datetime) -> None:
        try:
            gathering.declare_copied(where, actor=SERVICE("doctor"), now=now)
            log.finish_here()
        except (log.LogUnavailable, OSError) as error:
            raise CommandError(f"not declared: {error}") from None
        except integrator.Diverged as error:
            self.stderr.write(f"The entry waits for its signature: {error}")


def _text(file: Path) -> str:
    return sys.stdin.read() if str(file) == "-" else file.read_text("utf-8")
