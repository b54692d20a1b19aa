"""The words of a document of an office program: a ZIP whose parts are XML (rules; ECMA-376, OpenDocument).

Words lie torn over runs there, and of a sheet elsewhere than its cells: as markup they say nothing.
"""

import html
import re
from collections.abc import Iterator

MOST_SIGNS = 4_000_000  # of all parts: a cell may name the same long words a million times
_TOKEN = re.compile(r"<!\[CDATA\[|<!--|<\?|<[^<>]*>|[^<>]+")
_ENDS = {"<![CDATA[": "]]>", "<!--": "-->", "<?": "?>"}
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_QUOTE = re.compile(r"[\"']")
_REST = re.compile(r"[^<>]*>")
_TAG = re.compile(r"</?(?:[\w.-]{1,40}:)?([\w.-]{1,60})")
_ATTRIBUTE = re.compile(r"=\s{0,9}(?:\"([^\"<]*)\"|'([^'<]*)')")
_FACT = re.compile(r"(?<![\w.-])([\w.-]{1,60})\s{0,9}=\s{0,9}(?:\"([^\"<]*)\"|'([^'<]*)')")
_CELL = re.compile(r"[A-Z]{1,3}\d{1,7}(?::[A-Z]{1,3}\d{1,7})?")
_SHARED = re.compile(r"\bt\s{0,9}=\s{0,9}[\"']s[\"']")
_LINES = frozenset(["p", "h", "tr", "row", "si", "br", "cr", "title", "list-item", "table-row", "comment", "text-box"])
_CELLS = frozenset(["c", "tc", "tab", "td", "table-cell"])
_ITEM, _FIELD, _VALUE = "si", "c", "v"
_STRINGS = re.compile(r"<(?:[\w.-]{1,40}:)?sst[\s/>]")  # whatever the part is called
_FLAT = re.compile(r"<(?:[\w.-]{1,40}:)?(?:document|wordDocument|package|Workbook|svg)[\s/>]")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
# What stands among the words in the file, and not where they are seen: what was taken out, commands of a field, what is
# said of a word, remarks, notes at the foot.
_ELSEWHERE = frozenset([
    "delText", "instrText", "delInstrText", "moveFrom", "rPh", "rt", "annotation", "note", "ruby-text", "hidden-text",
    "tracked-changes",
])  # fmt: skip
# Of two ways to write a thing a viewer shows one: the second where it does not know the first.
_FIRST, _SECOND = "Choice", "Fallback"
_RUN, _COLOUR, _SIZE = "r", "color", "sz"
_HIDES, _NO = frozenset(["vanish", "webHidden"]), frozenset(["0", "false", "off"])
_WHITE, _SMALLEST = frozenset(["FFFFFF", "FFFFFFFF"]), 8  # half points
_SIGN, _OF_SIGNS = "sym", re.compile(r"(?i)dings|symbol|dingbat|marlett|extra")
# What our reading does not undo: words that stand for others, and letters in other numbers than everybody's.
_STANDS_FOR = "<!ENTITY"
_DECLARED = re.compile(r"<\?xml[^<>]{0,99}\bencoding\s{0,9}=\s{0,9}[\"']([^\"'<>]{0,99})")
_KNOWN = re.compile(r"(?i)utf-?8|utf-?16(?:le|be)?|us-ascii|ascii|iso-8859-\d{1,2}|windows-125\d")


def is_office(names: list[str]) -> bool:
    """Say whether an archive with files of these names is such a document."""
    lower = {each.lower() for each in names}
    return "[content_types].xml" in lower or {"mimetype", "content.xml"} <= lower


def is_flat(text: str) -> bool:
    """Say whether a text is such a document, or a drawing with words, in one file and no archive."""
    return text.lstrip("\ufeff\0 \t\r\n").startswith("<") and _FLAT.search(text) is not None


def of(parts: dict[str, str]) -> tuple[list[str], bool]:
    """Give the words of the parts that are XML, each by its name, and whether that is all. Raises nothing."""
    shared = [each for text in parts.values() if _STRINGS.search(text) for each in _items(text)]
    found: list[str] = []
    left, whole = MOST_SIGNS, True
    for text in parts.values():
        coding = _DECLARED.search(text)
        whole = whole and _STANDS_FOR not in text and (coding is None or _KNOWN.fullmatch(coding[1]) is not None)
        for made in _read(text, shared):
            found.append(made[: max(0, left)])
            left -= len(made)
        if left < 0:
            return found, False
    return found, whole


def of_flat(text: str) -> tuple[list[str], bool]:
    """Give the same of a document in one file."""
    return of({"": text})


def _tokens(text: str) -> Iterator[tuple[str, bool]]:
    """Give the tags and the words of a part, in order, and say which are words."""
    at = 0
    while token := _TOKEN.search(text, at):
        begin, at = token[0], token.end()
        if (last := _ENDS.get(begin)) is not None:
            end = text.find(last, at)
            inner, at = (text[at:end], end + len(last)) if end >= 0 else (text[at:], len(text))
            yield (inner, True) if last == "]]>" else (f"{begin}{inner}{last}", False)
        elif begin.startswith("<"):
            at = _end(text, token.start(), at)
            yield text[token.start() : at], False
        else:
            yield _ESCAPED.sub(lambda sign: chr(int(sign[1], 16)), html.unescape(begin)), True


def _end(text: str, start: int, end: int) -> int:
    """Say where a tag ends that seems to end there: in a value between quotes the sign of its end may stand as well."""
    looked = start
    while quote := _QUOTE.search(_QUOTED.sub(lambda each: " " * len(each[0]), text[looked:end])):
        following = text.find("<", end)
        close = text.find(quote[0], end, following if following >= 0 else len(text))
        if close < 0 or (rest := _REST.match(text, close + 1)) is None:
            break
        looked, end = close + 1, rest.end()
    return end


def _items(text: str) -> Iterator[str]:
    """Give the words that the cells of a sheet name by their numbers."""
    item: list[str] = []
    for token, is_words in _tokens(text):
        if is_words:
            item.append(token)
        elif (tag := _TAG.match(token)) and tag[1] == _ITEM:
            if token.startswith("</") or token.endswith("/>"):
                yield "".join(item)
            item = []


class _Hidden:
    """Whether what follows is shown: some elements are not, and some runs say that they are not."""

    def __init__(self) -> None:
        self.inside = dict.fromkeys((*_ELSEWHERE, _FIRST, _SECOND), 0)
        self.elsewhere = 0
        self.of_run = False

    def tag(self, name: str, token: str) -> None:
        """Take a tag."""
        if name == _RUN:
            self.of_run = False
        elif name in self.inside and not token.endswith("/>"):
            change = -1 if token.startswith("</") else 1
            self.inside[name] += change
            self.elsewhere += change if name in _ELSEWHERE else 0
        elif name in _HIDES:
            self.of_run = self.of_run or _facts(token).get("val") not in _NO
        elif name == _COLOUR:
            facts = _facts(token)
            self.of_run = self.of_run or (facts.get("val") or facts.get("rgb") or "").upper() in _WHITE
        elif name == _SIZE:
            size = _facts(token).get("val", "")
            self.of_run = self.of_run or (size.isdecimal() and len(size) == 1 and int(size) < _SMALLEST)

    def shows(self, other: str) -> bool:
        """Say whether words are shown by a viewer that does not take the other one of two ways."""
        return not (self.of_run or self.elsewhere > 0 or self.inside[other] > 0)


def _facts(token: str) -> dict[str, str]:
    return {name: double or single for name, double, single in _FACT.findall(token)}


def _sign(token: str) -> str:
    """Give the letter that stands as its number in a typeface, of one that has letters."""
    facts = _facts(token)
    number = facts.get("char", "")
    if len(number) != 4 or _OF_SIGNS.search(facts.get("font", "")) or number.strip("0123456789abcdefABCDEF"):
        return ""
    code = int(number, 16)
    return chr(code & 0xFF if 0xF000 <= code <= 0xF0FF else code)


def _read(text: str, shared: list[str]) -> Iterator[str]:
    """Give one part: its words as they stand, the same with a blank for each tag, and what stands in its tags.

    Where some of them are not shown, those that are shown are given again, as each viewer shows them.
    """
    seen: list[str] = []
    parted: list[str] = []
    shown: dict[str, list[str]] = {_SECOND: [], _FIRST: []}
    beside: dict[str, None] = {}
    tags: set[str] = set()
    name, of_shared, left, hidden = "", False, MOST_SIGNS, _Hidden()
    for token, is_words in _tokens(text):
        if left < 0:
            break
        if is_words:
            words = token
            number = words.strip() if of_shared and name == _VALUE else ""
            if number.isdecimal() and len(number) < 8 and int(number) < len(shared):
                words = shared[int(number)]
            parted.append(words)
        else:
            tag = _TAG.match(token)
            name = tag[1] if tag else name if token.startswith(("<!", "<?")) else ""
            if tag and name == _FIELD and not token.startswith("</"):
                of_shared = _SHARED.search(token) is not None
            if tag:
                hidden.tag(name, token)
            words = _between(name, token) if tag else ""
            parted.append("\n" if name in _LINES else " ")
        seen.append(words)
        for other, each in shown.items():
            each += [words] if hidden.shows(other) else []
        left -= len(words)
        if not is_words and token not in tags:
            tags.add(token)
            beside |= dict.fromkeys(_beside(token, is_tag=tag is not None))
    given = {""}
    for words in map("".join, (seen, parted, *shown.values())):
        if words not in given:
            given.add(words)
            yield words
    yield "\n".join(beside)


def _between(name: str, token: str) -> str:
    """Give what stands for a tag where the words are seen."""
    if name == _SIGN:
        return _sign(token)
    return "\n" if name in _LINES else "\t" if name in _CELLS else ""


def _beside(token: str, *, is_tag: bool) -> Iterator[str]:
    if not is_tag:  # a remark, or what is said to a program
        yield token
    for double, single in _ATTRIBUTE.findall(token):
        if (value := double or single) and not _CELL.fullmatch(value):
            yield html.unescape(value)
