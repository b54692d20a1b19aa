"""What is written already and still has to wait: whoever wrote it says so, right before it leaves."""

import uuid
from collections.abc import Callable

Look = Callable[[uuid.UUID], None]
_looks: dict[str, Look] = {}


def wait(template: str, look: Look) -> None:
    """Have `look` called with the id of each mail or letter of this template before it leaves: it raises `jobs.Held`.

    It is called before anything is opened, and for a mail once more in the transaction that hands it over.
    """
    _looks[template] = look


def look_first(template: str, notice: uuid.UUID) -> None:
    """Ask whoever wrote mails and letters of this template; raises `jobs.Held`."""
    if (look := _looks.get(template)) is not None:
        look(notice)
