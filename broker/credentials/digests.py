"""Hashes, signatures and keys in base64, whole or broken over lines: chance writes every short word into them (rules).

What is decoded out of such a run is read from the text itself (decode); here the run only stops to look like a word.
"""

import re
import string
from dataclasses import replace

from broker.credentials.views import View

# A run of base64 that ends where it should; `/pw=Gravel9` behind it is no end.
_RUN = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{30,}(?:={0,2}(?![A-Za-z0-9+/=:]))")
WHOLE = 40  # characters of a run that needs no further sign; a hash of 32 bytes has 44
_LETTERS = str.maketrans({**dict.fromkeys(string.ascii_lowercase, "q"), **dict.fromkeys(string.ascii_uppercase, "Z")})
_DIGIT, _JUMP, _JUMPS = re.compile(r"[0-9]"), re.compile(r"[a-z][A-Z]"), 4
_BREAK = r"\r?\n[ \t>]{0,8}"
_PIECE = re.compile(r"[A-Za-z0-9+/]{1,200}")
_BELOW = re.compile(rf"{_BREAK}([A-Za-z0-9+/]{{1,200}}={{0,2}})(?=[ \t]{{0,8}}(?:[\r\n]|\Z))")
_LINE, _MARGIN = 310, 9  # characters of a line above that are looked at, and of a margin


def unread(view: View) -> View:
    """Give a view with each run as long and as shaped as before, but of two letters: no label can lie in it."""
    text, out, at = view.text, [], 0
    for start, end in spans(view):
        out += [text[at:start], veiled(text[start:end])]
        at = end
    return replace(view, text="".join(out) + text[at:]) if out else view


def veiled(run: str) -> str:
    """Give a run in two letters, as long and as shaped as before."""
    return run.translate(_LETTERS)


def spans(view: View) -> list[tuple[int, int]]:
    """Give where each run lies; the pieces into which a page has broken it are part of it. Linear."""
    text, found = view.text, list[tuple[int, int]]()
    for match in view.finditer(_RUN):
        start, end = match.span()
        least = found[-1][1] if found else 0
        if start < least or not _by_chance(match[0]):
            continue
        whole = _above(text, least, start), _below(text, end)
        if len(match[0]) >= WHOLE or whole != (start, end):
            found.append(whole)
    return found


def _by_chance(run: str) -> bool:
    """Digits or jumps between the cases tell a run from a path."""
    return run.lower() != run != run.upper() and bool(_DIGIT.search(run) or len(_JUMP.findall(run)) >= _JUMPS)


def _above(text: str, least: int, start: int) -> int:
    """Give where the run begins: a piece above it ends its line with a slash, where pages break, or is long itself."""
    while (end := text.rfind("\n", max(least, start - _MARGIN), start)) >= 0 and not text[end:start].strip(" \t>\n"):
        begin = max(least, text.rfind("\n", max(least, end - _LINE), end) + 1, end - _LINE)
        line = text[begin:end].rstrip("\r")
        piece = line.rpartition(" ")[2]
        # The first piece of a signature is as short as its line leaves it.
        broken = piece.endswith("/") or len(piece) >= WHOLE or line.startswith(("- ", "\u2014 "))
        if not (broken and _PIECE.fullmatch(piece)):
            break
        start = begin + len(line) - len(piece)
    return start


def _below(text: str, end: int) -> int:
    """Give where the run ends: a piece below it is the whole of its line, and is long or ends as a run does."""
    while text[end - 1] != "=" and (piece := _BELOW.match(text, end)) is not None:
        if not piece[1].endswith(("=", "/")) and len(piece[1]) < WHOLE:
            break
        end = piece.end(1)
    return end
