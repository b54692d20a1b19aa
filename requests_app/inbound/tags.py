"""What stands within the tags of a text, as words for the gate (rules).

A field that is filled in, the text of a picture, a link that carries a login. How a page looks is no words.
"""

import re

from requests_app.inbound import coding, heads

# What a page holds in itself instead of naming it.
_HELD = re.compile(r"(?i)\bdata:[\w/.+;=-]{0,200};base64,([A-Za-z0-9+/\s]{0,32000000}+={0,2})")
_TAG = re.compile(r"<(/?[A-Za-z][\w:.-]{0,60}+)?+([^<>]{0,20000}+)>")
_SET = re.compile(
    r"(?<![\w:.-])([\w:.-]{1,200}+)\s{0,50}+=\s{0,50}+"
    r"(?:\"([^\"<>]{0,20000})\"|'([^'<>]{0,20000})'|([^\s\"'<>]{1,20000}))"
)
_OF_WORDS = frozenset({"abbr", "alt", "aria-label", "label", "placeholder", "srcdoc", "summary", "title", "value"})
_NAMED_USER = re.compile(r"//[^\s/@:]{1,200}:[^\s/@]{1,200}@")


def opened(text: str) -> str:
    """Give a text with what lies packed in its addresses as words; a picture is none, and goes."""
    return _HELD.sub(_of_held, text) if "base64," in text else text


def with_tags(text: str) -> str:
    """Give the words of a text with those that stand within its tags in their places; nothing where those are none.

    Of a tag the attributes are left that say something in words or name a login. All others are how a page looks, and
    where a link goes: chance made half of them.
    """
    made = _TAG.sub(_speaking, text)
    return made if made.split() != _TAG.sub(" ", text).split() else ""


def _speaking(tag: re.Match[str]) -> str:
    if "=" not in tag[2]:
        return " "
    said, named = [], []
    for each in _SET.finditer(tag[2]):
        value = each[2] or each[3] or each[4] or ""
        if each[1].lower() in _OF_WORDS and " " not in value.strip():  # several words are read by themselves
            said.append(value)
        if each[1].lower() == "value" or heads.names_a_secret(each[0]) or _NAMED_USER.search(value):
            named.append(f'{each[1]}="{value}"')
    return " ".join((f"<{tag[1] or '!'} {' '.join(named)}>" if named else "", *said, ""))


def _of_held(match: re.Match[str]) -> str:
    data = coding.undone("".join(match[1].split()))
    return f"data:{data.decode('utf-8', 'replace')}" if coding.is_mostly_letters(data) else "data:"
