"""What stands within the tags of a text, as words for the gate (rules).

A field that is filled in, the text of a picture, a link that carries a login. How a page looks is no words.
"""

import html
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import unquote

from requests_app.inbound import coding, heads

# What a page holds in itself instead of naming it.
_HELD = re.compile(r"(?i)\bdata:[\w/.+;=-]{0,200};base64,([A-Za-z0-9+/\s]{0,32000000}+={0,2})")
_HELD_PLAIN = re.compile(r"(?i)\bdata:[\w/.+;=-]{0,200}+,[^\s\"'<>]*+")
_PAGE = re.compile(rb"(?i)<(?:html|head|body|svg|div|p|table)\b")
_NAMES_OF_PAGES = (".htm", ".html", ".shtml", ".svg", ".xhtml")
_OF_FILES = (b"%PDF-", b"PK\x03\x04")
_TAG = re.compile(r"<(/?[A-Za-z][\w:.-]{0,60}+)?+([^<>]*+)>")
_SET = re.compile(
    r"(?<![\w:.-])([\w:.-]{1,200}+)\s{0,50}+=\s{0,50}+"
    r"(?:\"([^\"<>]*+)\"|'([^'<>]*+)'|([^\s\"'<>]++))"
)
_OF_WORDS = frozenset({"abbr", "alt", "aria-label", "label", "placeholder", "srcdoc", "summary", "title", "value"})
# What stands bare in a tag and is none of somebody's words.
_BARE = frozenset({
    "async", "checked", "compact", "controls", "defer", "disabled", "endif", "hidden", "ismap", "loop", "multiple",
    "noresize", "noshade", "nowrap", "open", "readonly", "required", "reversed", "selected",
})  # fmt: skip
_DECLARES = re.compile(r"(?i)!doctype|\??xml|!?\[|!--")
_WORD = re.compile(r"[^\s/]+")
_HIDES = ("script", "style")
_OF_LETTERS = frozenset({"iframe", "noembed", "noframes", "plaintext", "textarea", "title", "xmp"})
_END = re.compile(r"(?i)</(script|style)\b[^<>]*>")
_SHOWS = re.compile(r"(?i)<(?:script|style)\b[^<>]{0,2000}\b(?:style|class|id)\b|\b(?:script|style)\s{0,9}[,{]")
_RULE = re.compile(r"(?<![^{}<>])[^{}<>]*+\{[^{}:]*+:[^{}]*+\}")
# What a style draws: words of its own, or those of an attribute.
_ESCAPED = re.compile(r"\\([0-9A-Fa-f]{1,6})[ \t]?")
_DRAWS = re.compile(
    r"(?i)(?:\bcontent|\blist-style(?:-type)?|\bsymbols|(?<![\w-])--[\w-]{1,80}+)\s{0,9}:([^;{}<>]{1,20000})"
)
_QUOTED = re.compile(r"\"([^\"]*+)\"|'([^']*+)'")
_DRAWN_NAME = re.compile(r"(?i)\battr\(\s{0,9}([\w-]{1,200})")
_LINK_OR_ADDRESS = re.compile(r"(?i)(?:https?|mailto|tel|cid|file|ftp):\S*|www\.\S*|[^\s@]+@[^\s@]+")
_ANGLES = re.compile(r"<([^<>]*+)>")
_BLANK_END = re.compile(r"--\s+>")
_NAMED_USER = re.compile(r"//[^\s/@:]{1,200}:[^\s/@]{1,200}@")


def opened(text: str) -> str:
    """Give a text with what lies packed in its addresses as words; a picture is none, and goes."""
    text = _HELD.sub(_of_held, text) if "base64," in text else text
    text = _HELD_PLAIN.sub(lambda held: unquote(held[0]), text) if "data:" in text else text
    return _ESCAPED.sub(_of_escaped, text) if "\\" in text else text


def _of_escaped(match: re.Match[str]) -> str:
    """Give a letter that a style writes by its number; any other number may be a part of a path."""
    return chr(number) if 32 <= (number := int(match[1], 16)) < 127 else match[0]


def is_page(name: str, kind: str, data: bytes) -> bool:
    """Say whether a file is a page of HTML or a drawing, by what it is called or by how it begins."""
    if kind == "text/html" or name.lower().endswith(_NAMES_OF_PAGES):
        return True
    start = data[:2_000].lstrip(b"\xef\xbb\xbf \t\r\n")
    return start.startswith(b"<") and _PAGE.search(start) is not None


def files(text: str) -> Iterator[bytes]:
    """Give the files that lie packed in the addresses of a text: a reader opens each as if it were attached."""
    for held in _HELD.finditer(text) if "base64," in text else ():
        data = coding.undone("".join(held[1].split()))
        if data.startswith(_OF_FILES):
            yield data


def with_tags(text: str) -> str:
    """Give the words of a text with those that stand within its tags in their places; nothing where those are none.

    Of a tag the attributes are left that say something in words or name a login. All others are how a page looks, and
    where a link goes: chance made half of them.
    """
    made = _TAG.sub(_speaking, text)
    return html.unescape(made) if made.split() != _TAG.sub(" ", text).split() else ""


def _speaking(tag: re.Match[str]) -> str:
    said, named = [], []
    if bare := _bare(tag):
        said.append(bare)
    for each in _SET.finditer(tag[2]):
        value = each[2] or each[3] or each[4] or ""
        if each[1].lower() in _OF_WORDS and " " not in value.strip():  # several words are read by themselves
            said.append(value)
        if each[1].lower() == "value" or heads.names_a_secret(each[0]) or _NAMED_USER.search(value):
            named.append(f'{each[1]}="{value}"')
    return " ".join((f"<{tag[1] or '!'} {' '.join(named)}>" if named else "", *said, ""))


def _bare(tag: re.Match[str]) -> str:
    """Give the words between a tag's signs that are none of its attributes: in a plain text they are a sentence."""
    inner = f"{tag[1] or ''}{tag[2]}"
    if _DECLARES.match(inner) or ("=" not in inner and len(inner.split()) < 2):
        return ""
    left = [each for each in _WORD.findall(_SET.sub(" ", tag[2])) if each.lower() not in _BARE]
    return inner if left else ""


class _Seen(HTMLParser):
    """What a page shows, as programs for mail take it apart: a style within a comment or a title hides nothing."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._hides = self._holds = ""

    def handle_starttag(self, tag: str, _attrs: object) -> None:
        if tag in _OF_LETTERS and not self._hides:
            self._holds = self._holds or tag
        elif tag in _HIDES and not self._holds:
            self._hides = tag

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        """Take a tag that ends itself, as a style in a drawing may: it hides nothing."""

    def handle_endtag(self, tag: str) -> None:
        if tag == self._hides:
            self._hides = ""
        elif tag == self._holds:
            self._holds = ""

    def set_cdata_mode(self, elem: str, **_kinds: bool) -> None:
        """Read what follows as code, but not within letters."""
        if not self._holds:
            super().set_cdata_mode(elem)

    def handle_data(self, data: str) -> None:
        self.words += [] if self._hides else [data]


def seen(page: str, shown: str) -> str:
    """Give the words of a page without its scripts and styles; nothing where all of them are among those `shown`."""
    reader = _Seen()
    # As programs for mail read these, other than the parser: such an end with more in it, a section of XML.
    reader.feed(_BLANK_END.sub(" ", _END.sub(r"</\1>", page)).replace("<![", "<! ["))
    reader.close()
    words = " ".join(reader.words)
    return words if set(words.split()) - set(shown.split()) else ""


def drawn(page: str) -> str:
    """Give what a page's styles draw beside its words: a reader sees both."""
    found = ["".join(one or other for one, other in _QUOTED.findall(each[1])) for each in _DRAWS.finditer(page)]
    if names := {each.lower() for each in _DRAWN_NAME.findall(page)}:
        found += [each[2] or each[3] or each[4] or "" for each in _SET.finditer(page) if each[1].lower() in names]
    return html.unescape("\n".join(each for each in found if any(map(str.isalnum, each))))


def in_angles(text: str) -> str:
    """Give a plain text with what stands in angle brackets as words; nothing of links, and of a page that it holds."""
    return "" if "</" in text else _ANGLES.sub(_of_angles, text)


def _of_angles(match: re.Match[str]) -> str:
    return " " if _LINK_OR_ADDRESS.fullmatch(match[1].strip()) else f" {match[1]} "


def of_hidden(code: str, *, is_page: bool) -> str:
    """Give the words of scripts and styles that name a login, or a rule that shows them; others look like anything.

    Of what is no page, and is shown with all that it holds, whatever stands beside the rules of a style.
    """
    if heads.speak_of_a_login(code) or _SHOWS.search(code):
        return code
    return "" if is_page else _RULE.sub(" ", code)


def _of_held(match: re.Match[str]) -> str:
    data = coding.undone("".join(match[1].split()))
    if b"\x00" in data and coding.is_mostly_letters(plain := data.replace(b"\x00", b"")):
        data = plain  # letters of two bytes
    return f"data:{data.decode('utf-8', 'replace')}" if coding.is_mostly_letters(data) else "data:"
