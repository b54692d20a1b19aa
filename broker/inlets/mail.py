"""The gate for mail that comes in: it cannot be given back, so a hit is sealed and held."""

from collections.abc import Iterable

from broker.credentials import Finding
from broker.looking import look


def check_message(texts: Iterable[str], file_names: Iterable[str]) -> Finding | None:
    """Scan the texts and the file names of a mail; give the first finding."""
    for text in texts:
        found = look(text, "email_reply")
        if found is not None:
            return found
    for name in file_names:
        found = look(name, "email_reply")
        if found is not None:
            return found
    return None
