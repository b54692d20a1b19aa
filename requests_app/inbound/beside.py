"""What a mail holds beside its headers and its words, and no page of ours shows: read by the gate alone (rules).

Comments and spoken texts of HTML, what stands before and behind the parts (RFC 2046), and lines among the headers that
are none.
"""

import html
import re
from collections.abc import Iterator
from email.message import Message

MOST = 1_000  # comments of a text; what is beyond them is read as one
_TAGS = re.compile(r"<[^<>]{0,2000}>")
_SPOKEN = re.compile(
    r"(?i)\b(?:alt|title|aria-label|placeholder|value|summary)[ \t]{0,3}=[ \t]{0,3}"
    r"(?:\"([^\"<>]{4,}+)\"|'([^'<>]{4,}+)')"
)
_LINK = re.compile(r"(?i)\bhref[ \t]{0,3}=[ \t]{0,3}(?:\"(https?:[^\"<>\s]{4,2000})\"|'(https?:[^'<>\s]{4,2000})')")
_OPENS, _CLOSES = "<!--", "-->"
_REMARK = re.compile(r"<!--[^<>]{0,2000}-->")
_LINE_ENDS = re.compile(r"(?i)<br\b[^<>]{0,200}>(?:\r?\n)?|</?(?:p|div|li|tr|pre)\b[^<>]{0,200}>")
# Tags that show nothing between two letters.
_INLINE = re.compile(
    r"(?i)</?(?:a|abbr|b|big|code|em|font|i|mark|q|s|small|span|strong|sub|sup|tt|u|wbr)\b[^<>]{0,2000}>"
)


def without_tags(text: str) -> str:
    """Give the words of a text with tags."""
    return html.unescape(_TAGS.sub(" ", text))


def in_lines(text: str) -> str:
    """Give the words of a text with tags line by line, as they are seen."""
    return html.unescape(_TAGS.sub("", _LINE_ENDS.sub("\n", text)))


def of_html(text: str) -> Iterator[str]:
    """Give of a text with tags its comments, what stands in it for those who do not see it, its links and its words."""
    at = text.find(_OPENS)
    for count in range(MOST):
        if at < 0:
            break
        end = text.find(_CLOSES, at) if count < MOST - 1 else -1
        inner = text[at + len(_OPENS) : end if end >= 0 else None]
        if end < 0:
            inner = inner.replace(_OPENS, " ").replace(_CLOSES, " ")
        yield " ".join(without_tags(inner).split())
        at = text.find(_OPENS, end) if end >= 0 else -1
    for pattern in (_SPOKEN, _LINK):
        for found in pattern.finditer(text):
            yield html.unescape(found[1] or found[2])
    # As it is seen: what stands within a word parts none.
    whole = _INLINE.sub("", _REMARK.sub("", text))
    if whole != text:
        yield without_tags(whole)


def of_parts(part: Message) -> Iterator[str]:
    """Give what stands before and behind the parts of a mail, and what stands among its headers and is none."""
    nameless = (getattr(each, "line", None) for each in part.defects)
    found = (part.preamble, part.epilogue, part.get_unixfrom(), *nameless)
    yield from (each for each in found if isinstance(each, str) and each.strip())
