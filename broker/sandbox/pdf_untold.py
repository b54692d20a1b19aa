"""Letters of a page of a PDF that a reader sees and no program can name (rules)."""

from functools import partial
from itertools import pairwise, repeat
from typing import Any

from pypdfium2 import raw

MOST_SIGNS = 2  # dots and ticks of a font of signs say nothing; no word is made of so few


def has_words(page: Any) -> bool:
    """Say whether words of a text page may be among what its fonts do not name: two side by side, or several signs.

    Such a font draws from its own numbers and names no letters for them; what is read of it is rubbish.
    """
    asked = partial(map, raw.FPDFText_HasUnicodeMapError, repeat(page.raw))
    count = page.count_chars()
    if 1 not in asked(range(count)):
        return False
    places = [at for at, answer in enumerate(asked(range(count))) if answer == 1]
    if len({raw.FPDFText_GetUnicode(page.raw, at) for at in places}) > MOST_SIGNS:
        return True
    return any(following - place == 1 for place, following in pairwise(places))
