"""Verify the log: the database's, what is new in it, a copy of it, a pack, or an export."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from broker.audit import auditing, checkpoint, copies, integrator, lanes, log, store, verdicts, verifier
from broker.audit.standalone import verify as standalone
from broker.terms import SERVICE

_STEP = 5_000  # entries between two lines of progress


class Command(BaseCommand):
    """Verifies every entry, tile, checkpoint, lane and anchor; exit code 0 or 1."""

    help = (
        "Verify the whole log, or with an option what is new in it, a copy of its database, an evidence pack, or an "
        "export. Says in plain words what is wrong. The last line is JSON: ok, size, root, first_bad, kind. Exit code "
        "0 if it holds, 1 if not. Examples: manage.py verify_log --json; manage.py verify_log --pack case-17.zip"
    )

    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--json", action="store_true", help="print the JSON line alone")
        parser.add_argument("--progress", action="store_true", help="show on stderr how far it is, also on no terminal")
        parser.add_argument("--with-keys", action="store_true", help="also open every body and replay the aliases")
        parser.add_argument("--vkey", metavar="FILE", help="with --dump: the log's public keys, one a line")
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--incremental", action="store_true", help="only what is new since the last verification")
        what.add_argument("--origin", metavar="NAME", help="a log that was declared lost, as far as it goes")
        what.add_argument("--pack", metavar="FILE", help="an evidence pack (ZIP or folder); needs no database")
        what.add_argument("--tiles", metavar="DIR", help="an export by export_tiles; needs no database")
        what.add_argument("--dump", metavar="FILE", help="a copy of the database: SQLite file, or output of pg_dump")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Verify and say so."""
        elsewhere = options["pack"] or options["tiles"] or options["dump"] or options["origin"]
        if options["with_keys"] and (elsewhere or options["incremental"]):
            raise CommandError("--with-keys goes with the whole log of this database")
        if options["pack"] or options["tiles"]:
            self._stranger(options["pack"] or options["tiles"], json_alone=options["json"])
            return
        bar = _Bar(shown=options["progress"] or (sys.stderr.isatty() and not options["json"]))
        wrote_before = _wrote()
        try:
            result = self._verify(options, bar.tick)
        finally:
            bar.end()
        if result.ok and _wrote() and not wrote_before:
            self._have_signed()
        if not options["json"]:
            self.stdout.write(f"{result.leaves} entries read, signed up to {result.size}")
            for note in result.notes:
                self.stdout.write(note)
            self.stdout.write(verdicts.sentence(result.kind, result.first_bad))
        self.stdout.write(json.dumps(auditing.verdict_line(result)))
        if not result.ok:
            raise SystemExit(1)

    def _stranger(self, path: str, *, json_alone: bool) -> None:
        """Check a pack or an export with the program that a stranger has."""

        def say(line: str) -> None:
            if not json_alone:
                self.stdout.write(line)

        verdict = standalone.check(path, standalone.parse([path]), say)
        self.stdout.write(json.dumps(verdict))
        if not verdict["ok"]:
            raise SystemExit(1)

    def _verify(self, options: dict[str, Any], tick: Callable[[int], None]) -> verifier.Result:
        try:
            if options["dump"]:
                return _verify_copy(Path(options["dump"]), options["vkey"], tick)
            if options["origin"] not in (None, settings.LOG_ORIGIN):
                return auditing.verify_lost(options["origin"])
            opener = SERVICE("verify_log") if options["with_keys"] else None
            return auditing.verify_database(incremental=options["incremental"], tick=tick, opener=opener)
        except DatabaseError:
            if not options["with_keys"]:
                raise
            raise CommandError("--with-keys needs a login that may read wrapped keys (the application's)") from None
        except LookupError:
            raise CommandError("this database holds no such log") from None
        except copies.Unreadable as error:
            self._failed("origin")
            raise CommandError(str(error)) from None
        except log.LogUnavailable as error:
            self._failed("origin")
            raise CommandError(str(error)) from None
        except (OSError, ValueError):
            self._failed("signature")
            raise CommandError("the log's public key, or the file, is missing or broken") from None

    def _have_signed(self) -> None:
        """Have what this verification wrote get its place where no integrator runs: the next one demands it."""
        try:
            log.finish_here()
        except integrator.Diverged as error:
            self.stderr.write(f"The entry waits for its signature: {error}")

    def _failed(self, kind: str) -> None:
        self.stdout.write(json.dumps({"ok": False, "size": 0, "root": "", "first_bad": None, "kind": kind}))


def _wrote() -> bool:
    """Say whether this process has written into the log."""
    return bool(lanes.pool().all)


def _verify_copy(path: Path, vkey: str | None, tick: Callable[[int], None]) -> verifier.Result:
    if vkey is None:
        keys = store.verifier_keys()
    else:
        keys = [checkpoint.parse_vkey(line) for line in Path(vkey).read_text("ascii").split()]
    with copies.opened(path, keys, tick) as found:
        return verifier.verify(found)


class _Bar:
    """How far a verification is, on one line of stderr that is written over; each pass over the log counts anew."""

    def __init__(self, *, shown: bool) -> None:
        self._shown, self._last, self._pass, self._any = shown, 0, 1, False

    def tick(self, done: int) -> None:
        """Show it now and then."""
        if done < self._last:  # every place was read; now the bodies are opened
            self._last, self._pass = 0, self._pass + 1
        if self._shown and (done >= self._last + _STEP or not self._last):
            self._last, self._any = done, True
            what = "verifying" if self._pass == 1 else "opening bodies"
            sys.stderr.write(f"\r{what}: {done:,} entries ")
            sys.stderr.flush()

    def end(self) -> None:
        """Leave the line."""
        if self._any:
            sys.stderr.write("\n")
