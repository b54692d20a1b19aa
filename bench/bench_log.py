"""The log beside no audit and its peers, and alone at size: the goals of the log, measured in one run."""

import sys
from collections.abc import Callable, Sequence

from bench import log_changes, log_of_size, log_size
from bench.log_world import World, world
from bench.measure import Figure, Result

PARTS: dict[str, Callable[[World, bool], list[Figure]]] = {
    "changes": log_changes.changes,
    "clients": log_changes.clients,
    "lag": log_size.lag,
    "large": log_size.large,
}


def run(*, full: bool = False, only: Sequence[str] | None = None) -> Result:
    """Measure all parts, or those named."""
    result = Result("log", seed=log_of_size.SEED)
    with world() as here:
        for name, part in PARTS.items():
            if not only or name in only:
                print(f"  {name} …", file=sys.stderr, flush=True)
                result.figures += part(here, full)
    return result
