"""What the cells ask for and who asks, by name: ids, tokens, browsers and keys of one world."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.test import Client
from django.utils import timezone


@dataclass
class Named:
    """While the world is made.

    `own`: the objects of the rows; `ended`: the same of the recipient whose permission ended; `rival`: of another.
    `browsers`: people who have signed in; `flows`: visitors in the middle of a public flow; `keys`: of programs.
    """

    own: dict[str, Any] = field(default_factory=dict)
    ended: dict[str, Any] = field(default_factory=dict)
    rival: dict[str, Any] = field(default_factory=dict)
    browsers: dict[str, Client] = field(default_factory=dict)
    flows: dict[str, Client] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)


@dataclass
class Shared:
    """The world as every process of a run has it: a kept database, names, cookies, and the settings of its folder."""

    database: str
    own: dict[str, str]
    ended: dict[str, str]
    rival: dict[str, str]
    keys: dict[str, str]
    cookies: dict[str, dict[str, str]]
    settings: dict[str, str]
    at: str  # the moment at which it was made: codes, links and sign-ins of it are asked as of then

    @classmethod
    def of(cls, named: Named, database: str, settings: dict[str, str]) -> "Shared":
        """Take down a world that was made."""
        browsers = {**named.browsers, **{f"flow {name}": each for name, each in named.flows.items()}}
        cookies = {name: {key: morsel.value for key, morsel in each.cookies.items()} for name, each in browsers.items()}
        own, ended, rival = (
            {key: str(value) for key, value in each.items()} for each in (named.own, named.ended, named.rival)
        )
        return cls(database, own, ended, rival, named.keys, cookies, settings, timezone.now().isoformat())

    @classmethod
    def read(cls, path: Path) -> "Shared":
        """Read what another process wrote."""
        return cls(**json.loads(path.read_text()))

    def write(self, path: Path) -> None:
        """Leave it for the other processes of the run."""
        path.write_text(json.dumps(asdict(self)))
