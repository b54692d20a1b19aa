"""The words of a document of an office program: a ZIP whose parts are XML (rules; ECMA-376, OpenDocument).

Words lie torn over runs there, and of a sheet elsewhere than its cells: as markup they say nothing.
"""

import html
import re
from collections.abc import Iterator

MOST_SIGNS = 4_000_000  # of all parts: a cell may name the same long words a million times
_TOKEN = re.compile(r"<[^<>]*>|[^<>]+")
_TAG = re.compile(r"</?(?:[\w.-]{1,40}:)?([\w.-]{1,60})")
_ATTRIBUTE = re.compile(r"=\s{0,9}(?:\"([^\"<>]*)\"|'([^'<>]*)')")
_CELL = re.compile(r"[A-Z]{1,3}\d{1,7}(?::[A-Z]{1,3}\d{1,7})?")
_SHARED = re.compile(r"\bt\s{0,9}=\s{0,9}[\"']s[\"']")
_LINES = frozenset(["p", "h", "tr", "row", "si", "br", "cr", "title", "list-item", "table-row", "comment", "text-box"])
_CELLS = frozenset(["c", "tc", "tab", "td", "table-cell"])
_ITEM, _FIELD, _VALUE, _STRINGS = "si", "c", "v", "sharedstrings.xml"


def is_office(names: list[str]) -> bool:
    """Say whether an archive with files of these names is such a document."""
    lower = {each.lower() for each in names}
    return "[content_types].xml" in lower or {"mimetype", "content.xml"} <= lower


def of(parts: dict[str, str]) -> tuple[list[str], bool]:
    """Give the words of the parts that are XML, each by its name, and whether that is all. Raises nothing."""
    strings = [text for name, text in parts.items() if name.lower().endswith(_STRINGS)]
    shared = [each for text in strings for each in _items(text)]
    found: list[str] = []
    left = MOST_SIGNS
    for text in parts.values():
        for made in _read(text, shared):
            found.append(made[: max(0, left)])
            left -= len(made)
        if left < 0:
            return found, False
    return found, True


def _items(text: str) -> Iterator[str]:
    """Give the words that the cells of a sheet name by their numbers."""
    item: list[str] = []
    for token in _TOKEN.findall(text):
        if not token.startswith("<"):
            item.append(html.unescape(token))
        elif (tag := _TAG.match(token)) and tag[1] == _ITEM:
            if token.startswith("</") or token.endswith("/>"):
                yield "".join(item)
            item = []


def _read(text: str, shared: list[str]) -> Iterator[str]:
    """Give one part: its words as they are seen, the same with a blank for each tag, and what stands in its tags."""
    seen: list[str] = []
    parted: list[str] = []
    beside: dict[str, None] = {}
    tags: set[str] = set()
    name, of_shared, left = "", False, MOST_SIGNS
    for token in _TOKEN.findall(text):
        if left < 0:
            break
        if not token.startswith("<"):
            words = html.unescape(token)
            if of_shared and name == _VALUE and words.isdecimal() and len(words) < 8 and int(words) < len(shared):
                words = shared[int(words)]
            seen.append(words)
            parted.append(words)
            left -= len(words)
            continue
        tag = _TAG.match(token)
        name = tag[1] if tag else ""
        if name == _FIELD and not token.startswith("</"):
            of_shared = _SHARED.search(token) is not None
        seen.append("\n" if name in _LINES else "\t" if name in _CELLS else "")
        parted.append("\n" if name in _LINES else " ")
        if token in tags:
            continue
        tags.add(token)
        if not tag:  # a remark, or words that are marked as none
            beside[token] = None
        for double, single in _ATTRIBUTE.findall(token):
            if (value := double or single) and not _CELL.fullmatch(value):
                beside[html.unescape(value)] = None
    yield "".join(seen)
    yield "".join(parted)
    yield "\n".join(beside)
