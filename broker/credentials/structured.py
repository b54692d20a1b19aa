"""Secrets where programs and clerks keep them: short keys, cells, questions with their answers (rules).

No single word says what they are; two places beside each other do: a key for who signs in, and the next one.
"""

import re

from broker.credentials import foreseen, words
from broker.credentials.labelled import DELIMITERS
from broker.credentials.labels import fold, label_of
from broker.credentials.shape import EMAIL, Level, core, is_address, level
from broker.credentials.tokens import Doc

Span = tuple[int, int]

# Keys for who signs in, and keys that name a secret only behind one of those.
_WHO = (
    r"(?:un|us|usr|uid|u|user(?:name| ?id)?|usuario|login|log-?in(?: ?id)?|sign-?in|sh ?id|sh ?u(?:n|ser)?|"
    r"web ?(?:id|name|"
    r"user)|acc(?:eso)?\.? ?web|handle|account id|sign-?on name|(?:hub|web|portal|site) (?:id|name|user)|u_?name)"
)
_WHAT = (
    r"(?:pd|wd|pw?d|kw|kwd|pc|pk|ps|p|k|x|ct|ct[nñ]a|ctrs?n?|contra|clv|cl|sh ?p[cwd]|sec|secret[oa]?|word|key|phrase|"
    r"web ?(?:word|key|pass)|palabra|acceso|code ?word|keyword|(?:hub|portal|site) (?:pd|wd|word|key|pw)|p_?word)"
)
_SHORT = re.compile(
    rf"(?i)(?<![\w@./-]){_WHO}(?P<one>\s?[:=#.–-]{{1,12}}\s?|"
    rf"\s)[\"']?(?P<user>[\w.@+-]{{3,64}})[\"']?[\s,;/|&]{{1,6}}(?:and |y )?"
    rf"{_WHAT}(?P<two>\s?[:=.–-]{{1,12}}\s?|\s)[\"']?(?P<value>[^\s,;|&\"']{{3,40}})"
)
_TWO_KEYS = re.compile(
    r"[\"']u[\"']\s?:\s?[\"'][^\"'\n]{3,64}[\"']\s?,\s?[\"']p[\"']\s?:\s?[\"'](?P<value>[^\"'\n]{4,64})[\"']"
)
_SIGN = re.compile(r"[:=#.–-]")
# With what each key of `_WHO` and of `_WHAT` begins.
_WHOS = words.listed(
    """un us usr uid u user username userid usuario login loginid log sign signin signon sh shid shu shun shuser web
    webid webname webuser acc acceso accweb accesoweb handle account hub portal site uname"""
)
_WHATS = words.listed(
    """pd wd pw pwd kw kwd pc pk ps p k x ct ctna ctña ctr ctrs ctrn ctrsn contra clv cl sh shpc shpw shpd sec secret
    secreto secreta word key phrase web webword webkey webpass palabra acceso code codeword keyword hub portal site
    pword"""
)


def abbreviated(doc: Doc) -> Span | None:
    """`un = rob77, pd = gravel`, `UID rob77, KWD gravel`: short keys that say what they are only together."""
    if not (doc.has_any(_WHOS) and doc.has_any(_WHATS)):
        return None
    for match in doc.finditer(_TWO_KEYS) if doc.says('"u"', "'u'") else ():
        value = match["value"]
        if not value.isdigit() and level(value) >= Level.LIKELY:
            return match.span("value")
    for match in doc.finditer(_SHORT):
        value, user = core(doc.said(match, "value")), doc.said(match, "user")
        signed = bool(_SIGN.search(match["one"])) + bool(_SIGN.search(match["two"]))
        if len(value) < 4 or is_address(value) or fold(value) in words.STOP | words.PREDICATES | words.REDACTED:
            continue
        figures = value.replace("-", "").isdigit() and not (doc.inlet == "url_param" and user[0].isalpha())
        if fold(user) in words.STOP | words.ID_NOUNS or label_of(fold(user)) or figures:
            continue
        named = level(user) >= Level.NAME or EMAIL.fullmatch(user) is not None
        if signed == 2 or (level(value) >= Level.NAME and (signed or named)) or (named and signed):
            return match.span("value")
    return None


_PORTAL = re.compile(r"(?i)smart-?hub|\bobec\b|portal|\bhub\b|\bsitio\b|web ?site|\blog-?in|sign-?in|\bmfa\b|\bkba\b")
_QUESTION = (
    r"(?:first|1st|childhood|favou?rite|fav|oldest|youngest|middle|maiden|mother'?s?|mothers?|father'?s?|grand\w+|best|"
    r"honeymoon|wedding|nickname|pet|mascota|madre|padrino|madrina|primer[ao]?|ciudad|city|town|street|school|escuela|"
    r"abuel[ao]|amig[oa]|apodo|soltera|birth|born|grew|raised|met)"
)
_KEPT = re.compile(r"(?i)smart-?hub|portal|\bkba\b|challenge|security|secret|desaf[ií]o|\breto\b|\bmfa\b|\bquiz")
_LINE = re.compile(
    rf"(?im)^[ \t\"'-]{{0,8}}(?:prompt|text[o]?|question|pregunta|reto|q\d?|desaf[ií]o|"
    rf"challenge)\W{{1,4}}[^\n]{{0,60}}?\b{_QUESTION}\b"
    r"[^\n]{0,60}\n[ \t\"'-]{0,8}(?:reply|answer|value|valor|respuesta|a\d?|response|text|"
    r"val)\W{1,4}([^\W\d_][^\n]{2,30})"
)
_IN_QUERY = re.compile(
    rf"(?i)[?&](?:sq|q\d?|question|pregunta)=[^&\s]*?{_QUESTION}[^&\s]*&(?:sa|a\d?|answer|"
    rf"respuesta)=([^\W\d_][^&\s]{{2,30}})|"
    r"[?&](?:madre|mascota|maiden|pet|escuela|school|padrino|abuela)=([^\W\d_][^&\s]{2,30})"
)
_ASIDE = re.compile(
    rf"(?i)\b{_QUESTION}\b[^.?!:=\n]{{0,40}}(?:\?|\s?[:=]|\s->|"
    rf"\s-)\s?[\"']?((?-i:[A-ZÁÉÍÓÚÑ])[\w'-]{{2,30}}(?: (?-i:[A-Z])[\w'-]{{2,20}})?)"
)
_IN_TABLE = re.compile(
    r"(?i)\A[^\n]{0,80}(?:question|pregunta)[^\n]{0,30}(?:answer|"
    r"respuesta)[^\n]{0,60}\n(?:[^\n]{0,200}\n){0,5}?[^\n]{0,40}\b(?:pet|"
    r"maiden|mother\w*|school|street|grew|born|nickname|favou?rite|childhood|best man|first car|mascota|madre|"
    r"escuela|apodo|"
    r"padrino|abuel[ao]|soltera)\b[^\n]{0,40}[,;\t][^\W\d_]{2,}"
)
_QUIZ = re.compile(
    r"(?i)\b(?:quiz|security q|sec\.? (?:q|question)|preg(?:unta)?s?\.? seg|secret q|if (?:it|the \w+|they) asks?|"
    r"it (?:may|might|will) ask|challenge|want to know|si (?:le )?pregunta|for the questions?)"
)


def answered(doc: Doc) -> Span | None:
    """A question of a portal and its answer, in a program's text, an address or a note."""
    if doc.inlet == "outbound_email":
        return None
    if not doc.says(
        "ask", "quiz", "question", "preg", "prompt", "reto", "desaf", "challenge", "sec", "want to know", "sq=", "a1="
    ):
        return None
    if doc.inlet == "url_param" and doc.search(_PORTAL) and (found := doc.search(_IN_QUERY)):
        return found.span(1 if found[1] else 2)
    if doc.search(_KEPT) and (found := doc.search(_LINE)):
        return found.span(1)
    if doc.inlet == "csv_upload" and (found := doc.search(_IN_TABLE)):
        return found.span()
    if doc.search(_QUIZ):
        for found in doc.finditer(_ASIDE):
            if found[1].lower() not in words.STOP | words.PREDICATES:
                return found.span(1)
    return None


_WHOSE = words.listed(
    """user login who usuario portal handle username userid quien correo email loginid webid site sitio person nombre
    elechandle webuser contact acceso signin name"""
)
_VAGUE = words.listed(
    """key word what val secret secreta x shh opens open abre abrecon whattheytype elecheckey eleckey webkey signinkey
    wd pd kwd codeword palabra llave entra entracon typed hintcol phrase accessword portalword hubword creds cred
    fld2 userfld2 extra2 shv webword"""
)
_DIGIT = re.compile(r"\d(?!\b)")
MAX_LINES = 300


_SITES = tuple(sorted(words.listed("hub obec portal sitio site log sign mfa kba")))


def vague_column(doc: Doc) -> Span | None:
    """A column for who signs in, and beside it one that says little, filled with what looks like secrets."""
    if "\n" not in doc.text or not doc.says(*_SITES) or doc.search(_PORTAL) is None:
        return None
    lines = doc.text.split("\n", MAX_LINES)[:MAX_LINES]
    at = 0
    for number, line in enumerate(lines[:-1]):
        for sign in DELIMITERS if not _DIGIT.search(line) else ():
            if sign in line and len(line) < 600 and (found := _rows(lines, number, sign, at)):
                return found
        at += len(line) + 1
    return None


def _rows(lines: list[str], number: int, sign: str, at: int) -> Span | None:
    heads = [re.sub(r"[\W_]+", "", fold(cell)) for cell in lines[number].split(sign)]
    who = next((place for place, head in enumerate(heads) if head in _WHOSE), None)
    what = next((place for place, head in enumerate(heads) if head in _VAGUE), None)
    if who is None or what is None or what <= who:
        return None
    at += len(lines[number]) + 1
    for line in lines[number + 1 : number + 20]:
        cells = line.split(sign)
        if len(cells) > what:
            cell = cells[what].strip().strip('"')
            if _secretive(cell) and not any(char in cells[who] for char in "?!"):
                start = at + line.find(cell)
                return start, start + len(cell)
        at += len(line) + 1
    return None


def _secretive(cell: str) -> bool:
    parts = cell.split()
    if not 1 <= len(parts) <= 5 or is_address(cell):
        return False
    if len(parts) == 1:
        return level(cell) >= Level.NAME or bool(
            re.search(r"[^\W_][-./^+*&!~]+[^\W_]", cell)
            and cell[0].isalpha()
            and not cell.isupper()
            and level(cell) > Level.NEVER
            and not any(map(str.isdigit, cell[:2]))
        )
    return (
        all(part.isalnum() for part in parts)
        and all(fold(part) not in words.ID_NOUNS for part in parts)
        and cell.islower()
        and not any(fold(part) in words.STOP for part in parts[:1])
    )


foreseen.hardly_ever(_SHORT, _QUIZ, _LINE)
