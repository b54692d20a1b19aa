"""One built log, copied for each tampering."""

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connection, connections

from tests import cluster, harness

type Config = dict[str, Any]


@contextmanager
def copy(built: Config, folder: Path) -> Iterator[None]:
    """Work on a copy of the built database; afterwards the built one is as it was."""
    connections.close_all()
    if connection.vendor == "sqlite":
        name = str(folder / f"{uuid.uuid4().hex}.sqlite3")
        shutil.copyfile(built["NAME"], name)
    else:
        name = f"tampered_{uuid.uuid4().hex[:12]}"
        _admin("CREATE DATABASE {} TEMPLATE {} OWNER broker_owner STRATEGY FILE_COPY", name, built["NAME"])
    harness.switch({**built, "NAME": name})
    try:
        yield
    finally:
        harness.switch(built)
        if connection.vendor == "sqlite":
            for path in folder.glob(f"{Path(name).name}*"):
                path.unlink()
        else:
            _admin("DROP DATABASE {} WITH (FORCE)", name)


def _admin(text: str, *names: str) -> None:
    with cluster.connect("postgres", "postgres") as admin:
        admin.execute(cluster.quoted(text, *names))
