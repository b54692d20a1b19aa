"""Whether what stands behind a label is a value (rules)."""

import re
from urllib.parse import unquote

from broker.credentials import words
from broker.credentials.labels import fold, label_of
from broker.credentials.shape import MAX_PHRASE, MAX_VALUE, Level, core, is_address, is_mask, is_veiled, level

_VALUE_WORD = re.compile(r"[^\s|\t]+")
_NEXT_KEY = re.compile(r"[&;,]\s*[\w-]{1,30}=")
_JSON_END = re.compile(r"[\"']\s*[,}\]]|,\s*[\"']|(?<=\w)[}\]]{2,}")
_FUNCTION = words.listed(
    """a an the is are was were be to of in on at for and or but not no i you we they he she it my your our their his
    her this that do does did have has had will would can could should must if when because so with from as by
    el la los las un una es son de en por para y o pero no yo mi tu su si cuando que con se lo"""
)


def stated(rest: str) -> str | None:
    """Give the value that a label with a separator states, or None if what stands there is no value."""
    if rest.lstrip()[:1] == "{":
        return None  # what stands in it has names of its own
    rest = rest.strip().lstrip("\"'`([{<“‘ ")
    first = _VALUE_WORD.match(rest)
    if first is None:
        return None
    cut = _NEXT_KEY.search(first[0])
    raw = first[0][: cut.start()] if cut else first[0]
    raw = _JSON_END.split(raw, maxsplit=1)[0]
    word = core(raw)
    if (raw.endswith((":", "=")) and not is_veiled(raw)) or not word:
        return None  # the next label of a form
    if "%" in raw and is_mask(unquote(raw, errors="replace")):
        return None
    ends = cut or raw != first[0] or rest[len(raw) :].lstrip(" ")[:1] in ("", "(", ",", ".", ";", "\n")
    marked = raw[0] in _MARKS or raw.rstrip(",;.")[-1:] in _MARKS
    if fold(_NUMBERED.sub("", word.strip(_MARKS))) in words.REDACTED and (marked or ends):
        return None
    if ":" in word and fold(word.partition(":")[0]) in words.REDACTED:
        return None  # <redacted:password>
    if "&" in word and fold(word.partition("&")[0].strip(_MARKS)) in words.REDACTED:
        return None
    if _is_remark(line_of(rest)):
        return None
    if is_mask(raw) or is_mask(word) or is_mask(rest.split("\n")[0].strip()):
        return None
    line = raw if cut else rest.split("\n", 1)[0]
    return word if _is_value(word, line) else None if '"' in line else _later(line)


_NUMBERED = re.compile(r"(?<=[A-Za-z])[-_ ]\d{1,3}\Z")  # [REDACTED-1], [REDACTED-2]
_MARKS = "*_<>[](){}~-/ "
_REMARK = re.compile(r"([^\W\d_]+(?: [^\W\d_]+){0,2})[)\]}>,]")
# What begins a remark in brackets: [not given], [see co-op], <never>.
_BEGINS = words.NEGATIONS | words.listed("see vea ask pregunte unknown")


def _is_remark(line: str) -> bool:
    """`(crossed out)`, `[oculto]`: what a person wrote in the place of a value; its first bracket is taken off."""
    said = _REMARK.match(line)
    if said is None:
        return False
    parts = fold(said[1]).split()
    return not words.REDACTED.isdisjoint(parts) or (said[0][-1] != "," and len(parts) > 1 and parts[0] in _BEGINS)


def line_of(rest: str) -> str:
    """Give the first line of what stands behind a label."""
    return rest.split("\n", 1)[0].strip()


def _is_value(word: str, line: str) -> bool:
    shape = level(word)
    folded = fold(word)
    if shape >= Level.NAME:
        return True
    if (stem := _FILED.fullmatch(word)) and level(stem[1]) >= Level.LIKELY:
        return True
    if is_address(word) or len(word) > MAX_VALUE or label_of(folded) or folded in words.USER:
        return False
    if folded in words.STOP:
        return _recited(line)
    if folded in words.PREDICATES or (folded in words.ID_NOUNS and len(line.split()) > 1):
        return False
    if len(word) < 3:
        return False
    if word.isdigit():
        return 4 <= len(word) <= 12 and _ends_or_cut(line, word)
    return _phrase(line)


_FILED = re.compile(r"(\S{5,40})\.(?:pdf|docx?|txt|xlsx?|csv|jpe?g|png)")


def _recited(line: str) -> bool:
    """`correct horse battery`: three or more plain words of which only the first could begin a sentence."""
    parts = [fold(core(part)) for part in line.split()]
    said = words.STOP | words.PREDICATES | words.TROUBLES | words.NEGATIONS | _FUNCTION
    if parts[0] in words.NEGATIONS and "," in line:
        return False  # "no aplica, mandamos carta"
    return 3 <= len(parts) <= MAX_PHRASE and all(part.isalpha() and part not in said for part in parts[1:])


def _ends_or_cut(line: str, word: str) -> bool:
    behind = line.partition(word)[2].strip(" \"'.,;)")
    return not behind or fold(behind.split()[0]) not in ("characters", "digits", "days", "letters", "times", "hours")


def _phrase(line: str) -> bool:
    """Say whether a line is a word or a few plain ones, not a sentence."""
    parts = [fold(core(part)) for part in re.split(r"[\s]+", re.split(r"[,;|(\t]|\. |  ", line, maxsplit=1)[0])]
    parts = [part for part in parts if part]
    if not 1 <= len(parts) <= MAX_PHRASE:
        return False
    return not any(part in _FUNCTION for part in parts) and not (
        len(parts[0]) > 4 and parts[0].isalpha() and parts[0].endswith(("ing", "ed"))
    )


def _later(line: str) -> str | None:
    for part in line.split()[:10]:
        word = core(part)
        if level(word) >= Level.LIKELY and not is_address(word):
            return word
    return None
