"""What to answer when a portal asks about a life: a pet, a school, a street, a mother's name (rules)."""

import re

from broker.credentials import foreseen, words
from broker.credentials.labels import fold
from broker.credentials.tokens import Doc

Span = tuple[int, int]

# What such questions are about; each is asked of a person and of no meter.
_ABOUT = (
    r"(?:maiden(?: name)?|mother'?s? (?:maiden|middle|first)?|moms? maiden|(?:first|1st|childhood|oldest|favou?rite|"
    r"fav|"
    r"dream|best|old) (?:pet|dog|cat|horse|car|truck|tractor|job|boss|employer|school|teacher|street|road|friend|kiss|"
    r"concert|band|movie|film|book|song|food|dish|color|colour|team|sport|hobby|cousin|sib\w*|vacation|place|city|"
    r"bike|toy|phone|girlfriend|boyfriend|grade teacher|man)|(?:pet|dog|cat|horse)'?s? name|"
    r"name of (?:\w+ ){0,2}(?:pet|dog|"
    r"cat|school|street|teacher|mother|father|grand\w+)|grand(?:mother|father|ma|pa)'?s? (?:\w+ )?(?:name|job|nickname|"
    r"occupation|town)|(?:father|mother|dad|mom|spouse|wife|husband|brother|sister|son|daughter|sibling|uncle|"
    r"aunt)'?s? "
    r"(?:middle|first|birth|job|nickname|hometown|occupation)\w*|hometown|honeymoon\w*|(?:city|town|place|where|what "
    r"(?:city|town|road|street)) (?:\w+ ){0,5}(?:born|grew up|met|married|lived|raised)|(?:road|street) (?:\w+ ){0,3}"
    r"(?:lived|grew up)|where (?:\w+ ){0,3}(?:born|grew up|met|married)|high school|grade school|mascot|best man|"
    r"(?:child\w*|kid) nickname|"
    r"apellido de (?:soltera|mi|su|la)|(?:mi |su |la |el )?(?:primer[ao]?|mejor) (?:mascota|perr[oa]|gat[oa]|carro|"
    r"coche|"
    r"auto|trabajo|empleo|escuela|maestr[oa]|amig[oa]|novi[oa]|calle|jefe)|(?:comida|color|equipo|pel[ií]cula|"
    r"canci[oó]n|"
    r"libro|mascota|maestr[oa]) (?:favorit\w+|preferid\w+|de la infancia)|mascota|(?:ciudad|pueblo|lugar|donde|"
    r"d[oó]nde) "
    r"(?:\w+ ){0,3}(?:naci\w*|natal|creci\w*|conoc\w+|cas[oóaé]\w*)|ciudad natal|segundo nombre|nombre de (?:mi|su|la|"
    r"el) (?:\w+ ){0,2}(?:mam[aá]|madre|pap[aá]|padre|abuel[ao]|perr[oa]|gat[oa]|mascota|escuela|calle|madrina|"
    r"padrino)|"
    r"apodo|luna de miel|padrino|madrina|abuel[ao])"
)
_ASKED = re.compile(
    r"(?i)\b(?:asks?|asked|ask(?:ing|'s)|quiz\w*|wants? to know|want(?:s)? my|prompts?|(?:security|secret|challenge|"
    r"recovery|reset|portal|verification|backup|identity) (?:questions?|q'?s?|answers?|words?|stuff)|challenge|kba|"
    r"pregunt\w+|reto|desaf[ií]o|respuestas?|contrase[nñ]a de respaldo|portal answer)\b"
)
_SAYS = (
    r"(?:put|puts|say|says|said|answer(?:s|ed)?(?: (?:is|was|would be))?|type|enter|give|use|tell (?:it|them)|reply|"
    r"it'?s|"
    r"is|was|would be|equals|will be|conteste\w*|ponga\w*|pongan|pon|diga\w*|respond\w+|contest\w+|pongo|puse|dije|"
    r"es|fue|"
    r"era|escrib\w+|usen?)"
)
_VALUE = (
    r"[\"'“]?((?-i:[A-ZÁÉÍÓÚÑ0-9])[\w'.-]{1,30}(?: (?-i:[A-ZÁÉÍÓÚÑ])[\w'-]{1,20}){0,2}|"
    r"[a-zñáéíóú]{4,20}(?=[\"'”.,;!)\n]|$))"
)
_TOLD = re.compile(
    rf"(?i)\b{_ABOUT}\b[^\n?!]{{0,50}}?(?:\?+[\"']?\s{{0,2}}|\s?[:=]\s?|\s->\s?|\s-{{1,2}}\s|[,.]?\s)(?:(?:just |"
    rf"always |"
    rf"then |so |i |we |siempre |you |the |la |el |mi |respuesta |and |y |pues )*{_SAYS}[:,]?\s|(?<=[:=?>-] )|"
    rf"(?<=[:=]))"
    rf"(?:the |la |el |always |siempre |with |con )*{_VALUE}"
)
_BEFORE = re.compile(rf"(?i)\b(?:put|answer|use|say|type)s? {_VALUE}\s(?:when|if|where|for) [^.\n]{{0,40}}\b{_ABOUT}\b")
_MARKED = re.compile(
    r"(?i)\b(?:(?:security|secret|challenge|recovery) (?:question|q|word|phrase)|pregunta (?:de seguridad|secreta))\b"
    rf"[^\n]{{0,60}}?\b(?:answer(?:ed|s)?|ans|respuesta|reply)\b[ :,=]{{1,3}}(?:is |was |es )?{_VALUE}|"
    r"\b(?:challenge|security|secret|recovery) (?:word|answer|phrase|response)s?\b[^\n.?]{0,40}?\b(?:is|was|=|:|are)\s?"
    rf"(?:always |still )?{_VALUE}"
)
_PAIR = re.compile(
    r"(?im)^[ \t]{0,4}(?:q|q\d|question|prompt|challenge|pregunta|reto|desaf[ií]o|ask|topic|tema)\s?:\s?([^\n]{4,80})\n"
    r"[ \t]{0,4}(?:a|a\d|answer|response|reply|respuesta|dato|valor|value|ans)\s?:\s?([^\W\d_][^\n]{2,40})"
)
_KEYED = re.compile(
    r"(?i)(?:^|[\s{,?&;\"'])(?:mothers?[_ -]?maiden(?:[_ -]?name)?|maiden(?:[_ -]?name)?|first[_ -]?(?:pet|school|"
    r"car|job|"
    r"employer|teacher|street)|pet[_ -]?name|birth[_ -]?(?:city|town)|city[_ -]?(?:of[_ -]?birth|born)|"
    r"childhood[_ -]?\w{3,10}|"
    r"best[_ -]?(?:friend|man)|fav(?:ou?rite)?[_ -]?(?:teacher|food|color|movie|team|pet)|honeymoon(?:[_ -]?\w+)?|"
    r"apellido[_ -]?(?:de[_ -]?)?soltera|primera[_ -]?(?:mascota|escuela)|ciudad[_ -]?natal)[\"']?\s?[:=]\s?[\"']?"
    r"([^\W\d_][\w' -]{2,30})"
)
_TABLE = re.compile(
    r"(?i)(?:question|pregunta|prompt|challenge|reto)[^\n]{0,30}[,;\t|][^\n]{0,10}(?:answer|reply|respuesta|"
    r"response|dato)"
)
_DENIED = re.compile(
    r"(?i)\b(?:never|not|don'?t|won'?t|can'?t|cannot|no longer|forgot\w*|wrong|removed|deleted|hidden|nunca|olvid\w+|"
    r"ni|redacted|withheld|which one|what (?:is|was) (?:your|my)|lock(?:s|ed))\b"
)
_NONE = words.STOP | words.PREDICATES | words.REDACTED | words.listed("one name names question questions yes no maybe")


def told(doc: Doc) -> Span | None:
    """`if it asks my first pet put Canelo`, `"q": "Name of first pet?", "a": "Snickers"`."""
    if doc.inlet == "outbound_email" or len(doc.text) > 20_000:
        return None
    if not doc.says(
        "ask", "quiz", "question", "preg", "challenge", "reto", "desaf", "want", "prompt", "maiden", "soltera", "kba",
        "security", "secret", "portal answer", "first_", "mascota", '"a"', "respuesta",
        "\na: ",
        "\nans",
        "\ndato",
    ):  # fmt: skip
        return None
    for match in doc.finditer(_PAIR):
        if _LIFE.search(match[1]) and _good(doc.said(match, 2)):
            return match.span(2)
    asked = doc.search(_ASKED)
    if asked is None:
        return None
    for pattern in (_TOLD, _BEFORE, _MARKED, _KEYED):
        for match in doc.finditer(pattern):
            group = next(at for at in range(1, len(match.groups()) + 1) if match[at])
            said = doc.text[max(0, match.start() - 40) : match.end()]
            if _good(doc.said(match, group)) and not _DENIED.search(said.rpartition("\n")[2]):
                return match.span(group)
    if doc.inlet in ("csv_upload", "pdf_upload") and (head := doc.search(_TABLE)):
        return _in_table(doc, head.end())
    return None


_LIFE = re.compile(rf"(?i)\b{_ABOUT}\b")
_CELLS = re.compile(r"[,;\t|]")


def _in_table(doc: Doc, start: int) -> Span | None:
    at = doc.text.find("\n", start) + 1
    for line in doc.text[at:].split("\n")[:20] if at else ():
        found = _LIFE.search(line)
        if found is not None:
            cells = _CELLS.split(line[found.end() :])
            if len(cells) > 1 and _good(cells[1].strip(' "')):
                return at, at + len(line)
        at += len(line) + 1
    return None


def _good(value: str) -> bool:
    first = fold(value.strip("\"'“ ").split()[0]) if value.strip("\"'“ ") else ""
    return len(first) > 1 and first not in _NONE


foreseen.hardly_ever(_PAIR, _BEFORE, _MARKED, _KEYED)
