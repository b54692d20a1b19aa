"""The texts in a JSON body as one: a user may stand in one member of it and the secret in another (rules)."""

import json
import re

LONGEST = 2_000  # letters of one; a longer one is read as it came, with the whole body
# What a program wrote: ids, days, numbers of choices. Between two texts that belong together they would only part them.
MACHINES = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|\d{4}-\d\d-\d\d|[a-z]{1,3}|\d{1,3}|")


def members(body: bytes | str) -> str | None:
    """Give the texts in a JSON body, one a line; None where there are not two of them.

    They stand without their names, with which the body as a whole says them. What is no JSON, or is nested beyond any
    ask, has no members: it is read as it came.
    """
    try:
        found = json.loads(body, object_pairs_hook=lambda pairs: pairs)  # a name that stands twice counts twice
    except (ValueError, RecursionError):
        return None
    said: list[str] = []
    waiting = [found]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += reversed([each[1] if isinstance(each, tuple) else each for each in value])
        elif isinstance(value, str) and len(value) <= LONGEST and not MACHINES.fullmatch(value):
            said.append(value)
    return "\n".join(said) if len(said) > 1 else None
