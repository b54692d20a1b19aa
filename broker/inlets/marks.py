"""The mark of a whole message: by it alone the very same message is known when it comes again."""

import hashlib
import hmac
from collections.abc import Iterable
from datetime import timedelta

from broker.vault import keyring

LASTS = timedelta(days=7)  # then a mark is forgotten: whoever was refused has said so by then, or has found other words
SHORTEST = 16  # letters; fewer could be tried out by whoever has the key
# A PIN, a one-time code or the answer to a question is a handful of letters, whatever stands around it.
SHORT_KINDS = frozenset({"pin", "one_time_code", "answer"})


def mark(
    to: str, sender: str, texts: Iterable[tuple[str, str]], files: Iterable[tuple[str, bytes]], kind: str
) -> bytes | None:
    """Give an HMAC over a whole message under a key outside the database; None of short codes.

    `to`: the address that it was sent to, with whatever numbers stand in it: said of one request it is another message
    than said of the next. `sender`: under which name what came is counted, for it is let through to nobody else.
    `texts`: name and text of each part in order, without our own secret fields. `files`: name and bytes of each file.
    Source: the rule of what is kept of a refusal (docs/decisions/0094-what-follows-a-finding.md).
    """
    parts, said = [to.encode("utf-8", "surrogatepass"), sender.encode()], 0
    for name, text in texts:
        said = max(said, len(text.strip()))  # a form's fields come one by one, and together
        # A lone surrogate is not UTF-8, and must not stop the refusal.
        parts += [name.encode("utf-8", "replace"), text.encode("utf-8", "surrogatepass")]
    for name, data in files:
        said += len(data)
        parts += [name.encode("utf-8", "replace"), hashlib.sha256(data).digest()]
    if kind in SHORT_KINDS or said < SHORTEST:
        return None
    whole = b"".join(len(each).to_bytes(8) + each for each in parts)  # no two messages are cut into the same bytes
    return hmac.digest(keyring.secret("gate-message"), whole, "sha256")
