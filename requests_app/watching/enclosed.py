"""What stands in the files that came with words: half a login may lie there alone (action)."""

import re
from collections.abc import Iterable, Iterator, Sequence

from broker.inlets import written
from broker.inlets.halves import names_a_login

SHORT = 2_000  # letters of a file, and bytes of one: whoever hides half a login there writes little
FEW = 200  # letters: a secret alone
MOST_WORDS = 200_000  # letters of words that are read again beside files
LEAST = 4  # letters and digits of a secret: a PIN has as many
_NUMBERS = re.compile(r"(?m)^[-\d.:/ TZ]{0,40}[,;\t][-\d.:/ TZ]{0,40}[,;\t][-\d.:/ TZ,;\t]{0,400}\r?$")
# What programs and people call files; with a letter beside a digit it may be a secret that ends as a file does.
_FILE = re.compile(r"([\w\[\] ./()-]{0,200})\.[A-Za-z0-9]{2,5}")
_MIXED = re.compile(r"[^\W\d_]\d|\d[^\W\d_]")


def as_one(words: Sequence[str], files: Iterable[tuple[str, Sequence[str]]]) -> str:
    """Give words as one text with the name of each file that came with them and its texts that are short.

    Nothing where none of them speaks of a login.
    """
    beside = [text for name, texts in files for text in (name, *texts) if len(text) <= SHORT and _is_long_enough(text)]
    # Beside rows of numbers a sentence with commas looks like their heading.
    said = ["\n".join(words)[:MOST_WORDS], *(_NUMBERS.sub("", each) for each in beside)]
    return "\n".join(said) if any(map(names_a_login, said)) else ""


def of_small(files: Iterable[tuple[bytes, bool]]) -> Iterator[str]:
    """Give the words of each small file, with whether its sender calls it a text: larger ones hold readings.

    So do those of more than a few words that speak of no login; to read what came earlier costs an entry of the log.
    """
    for data, is_text in files:
        if len(data) <= SHORT:
            texts = (each for each in written.texts(data, is_text=is_text) if len(each) <= SHORT)
            yield from (each for each in texts if names_a_login(each) or (len(each) <= FEW and _may_be_secret(each)))


def _may_be_secret(text: str) -> bool:
    """Say whether a text may be a secret alone: names of files and signs of programs beside words look like a login."""
    name = _FILE.fullmatch(text)
    return _is_long_enough(text) and (name is None or _MIXED.search(name[1]) is not None)


def _is_long_enough(text: str) -> bool:
    name = _FILE.fullmatch(text)
    return sum(map(str.isalnum, name[1] if name else text)) >= LEAST
