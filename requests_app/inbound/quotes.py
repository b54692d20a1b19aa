"""The new words of a reply, without what it quotes (rules). For showing and for a look at wording: the text is kept."""

import re

MAX_TEXT = 200_000
_MARKED = re.compile(r"^\s{0,3}>")
_WROTE = re.compile(
    r"^\s{0,3}(?:On|Am|El|Le|Il|Op)\s[^\n]{4,300}"
    r"(?:wrote|schrieb[^\n]{0,80}|escribió|a écrit|ha scritto|schreef)\s?:\s*$",
    re.I,
)
_RULE = re.compile(r"^\s{0,3}[-_]{2,40}\s?[^-_\n]{3,60}\s?[-_]{2,40}\s*$")
_FIELD = re.compile(
    r"^\s{0,3}\*?(?:From|Sent|To|Cc|Subject|Date|Von|Gesendet|An|Betreff|Datum|De|Enviado|Para|Asunto|Fecha)\*?\s?:\s?\S",
    re.I,
)
_LINES = re.compile(r"\r\n|\r|\n")


def new_words(text: str) -> str:
    """Give what somebody wrote anew: quoted lines go wherever they stand, and all below a quoted block of headers."""
    lines = _LINES.split(text[:MAX_TEXT])
    kept: list[str] = []
    at = 0
    while at < len(lines):
        if _begins_original(lines, at):
            break
        step = _introduces_quote(lines, at)
        if step:
            at += step
            continue
        if not _MARKED.match(lines[at]):
            kept.append(lines[at])
        at += 1
    return "\n".join(kept).strip()


def _begins_original(lines: list[str], at: int) -> bool:
    """Say whether the headers of an older mail stand here, with or without a line above them."""
    if _RULE.match(lines[at]):
        after = [each for each in lines[at + 1 : at + 6] if each.strip()]
        return len(after) >= 2 and all(_FIELD.match(each) for each in after[:2])
    block = lines[at : at + 3]
    return len(block) == 3 and all(_FIELD.match(each) for each in block)


def _introduces_quote(lines: list[str], at: int) -> int:
    """Give how many lines say who wrote what is quoted below them: one, two where the line is broken, or none."""
    for count in (1, 2):
        said = " ".join(lines[at : at + count])
        below = next((each for each in lines[at + count :] if each.strip()), "")
        if _WROTE.match(said) and _MARKED.match(below):
            return count
    return 0
