"""Make a backup."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from broker.audit import checkpoint, integrator, log
from broker.operating import backing_up
from broker.vault import VaultError

KEYS = (
    "It holds no key. Copy these by hand to a place of their own, apart from this archive, and again after each "
    "change; without the first nothing in it can ever be read:"
)


class Command(BaseCommand):
    """Makes one archive; the last line of its output is JSON."""

    help = (
        "Back up database, sealed files and the log's newest checkpoint into a new folder, whole or not at all; an "
        "archive that is there is never replaced. DIR: a folder that is there gets an archive named by the moment, "
        "else this very folder is made. Keys are never in it. Examples: manage.py backup /srv/backups; "
        "manage.py backup /srv/backups --json"
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the place."""
        parser.add_argument("place", metavar="DIR", type=Path)
        parser.add_argument("--json", action="store_true", help="print the JSON line alone")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Make it, say where it is and where the keys must be."""
        now = datetime.now(UTC)
        target = backing_up.place_for(options["place"].absolute(), now)
        try:
            made = backing_up.make(target, now=now, progress=lambda text: print(text, file=sys.stderr))
        except FileExistsError:
            raise CommandError(f"{target} is there already; a backup never replaces anything.") from None
        except (backing_up.CannotBackUp, log.LogUnavailable, VaultError, checkpoint.BadNote) as error:
            raise CommandError(f"No backup was made: {error}") from None
        except (OSError, DatabaseError) as error:
            raise CommandError(f"No backup was made: {type(error).__name__}: {error}") from None
        finally:
            _sign(self)
        if not options["json"]:
            found = made.manifest
            gone = f", {found.without_bytes:,} without bytes" if found.without_bytes else ""
            self.stdout.write(f"{made.path}: {found.log.events:,} events, {found.files:,} sealed files{gone}")
            self.stdout.write(KEYS)
            for path in key_places():
                self.stdout.write(f"  {path}")
            self.stdout.write("The bodies in it are sealed, all else is plain: guard it like the database itself.")
        self.stdout.write(json.dumps(line(made)))
        if made.manifest.lost:
            self.stderr.write(
                f"{made.manifest.lost:,} sealed files are lost: their bytes are not where SEALED_FILES_DIR or "
                "SEALED_FILES_S3 points, and nobody deleted them. Keep the older archives; see docs/operating.md."
            )
            raise SystemExit(1)


def _sign(command: BaseCommand) -> None:
    """Have this command's entry signed where no integrator runs; two histories are no reason to have no backup."""
    try:
        log.finish_here()
    except integrator.Diverged as error:
        command.stderr.write(f"The entry waits for its signature: {error}")


def key_places() -> list[Path]:
    """Where what belongs beside an archive, and is never in it, lies on this machine: the wrapping keys first."""
    root, settings_file = Path(settings.SEAL_ROOT_FILE), settings.BASE_DIR / ".env"
    return [
        Path(settings.KEY_FILE),
        Path(settings.SEAL_KEY_FILE),
        Path(settings.SEAL_CERT_FILE),
        root,
        root.with_name(f"{root.stem}.key{root.suffix}"),
        Path(settings.SIGNER_DIR) / "log.key",
        *([settings_file] if settings_file.exists() else []),  # an installation may have its settings elsewhere
    ]


def line(made: backing_up.Made) -> dict[str, object]:
    """What a program is told of an archive."""
    found = made.manifest
    return {
        "ok": found.lost == 0,
        "archive": str(made.path),
        "made_at": found.made_at,
        "engine": found.engine,
        "size": found.log.size,
        "root": found.log.root,
        "events": found.log.events,
        "files": found.files,
        "without_bytes": found.without_bytes,
        "lost": found.lost,
        "bytes": sum(part.size for part in found.parts),
        "keys_needed": sorted(int(number) for number in found.keys),
    }
