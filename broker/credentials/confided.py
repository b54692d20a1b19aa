"""What is told against better knowledge, what a portal quizzes for, what recovers an account (rules)."""

import re

from broker.credentials import machine, quizzed, words
from broker.credentials.model import COMMON
from broker.credentials.nearby import around, within
from broker.credentials.shape import Level, core, level
from broker.credentials.tokens import Doc

Span = tuple[int, int]

_KNOWS = (
    r"(?:(?:i(?:'d| would|'m| am)?|we|you|one) (?:should |would )?(?:never|not|wasn't|aren't) (?:supposed to |going "
    r"to |gonna |meant to |to )?(?:send|share|write|"
    r"tell|give|say|put|do)\w*|not (?:supposed|meant|allowed|gonna|going|about) (?:to )?(?:send|share|write|tell|"
    r"give|say|put)\w*|never share|"
    r"(?:i )?shouldn't (?:be )?(?:writ|shar|send|say|tell|giv|do)\w*|don'?t (?:write|tell|share|repeat|spread|pass|"
    r"let) (?:this|it|that|the \w+|my \w+|anyone|anybody|him|her)"
    r"(?: \w+)?|told (?:me )?not to|delete (?:this )?after|redact before|sample only|off the record|(?:just "
    r")?between (?:us|you and me)|you didn't (?:get|hear) it|"
    r"against (?:the rules|my better|policy)|(?:dice|dicen|dijo) (?:mi \w+ )?(?:q|que) no (?:la |lo )?(?:ponga|d[eé]|"
    r"mande|escriba|comparta)\w*|no (?:deber[ií]a|debo|se debe) "
    r"(?:dar|pon|mand|escrib|compart|dec)\w*|pol[ií]tica dice que no|entre nos|que quede entre|no le diga a \w+|"
    r"olvide lo que le dije)"
)
_YET = (
    r"(?:\bbut\b|\bbut here\b|\bhere(?:'s| is| it is| goes)?\b|\bok(?:ay)?,? fine\b|\bwell\b|\banyway\b|\bblah\b|"
    r"\bthere\b|\bstill\b|\bso\b|\bthen\b|\bit isn't like\b|\bfine\b|\bin case\b|"
    r"\bfor the\b|\breal one\b|\bpero\b|\baqu[ií]\b|\bbueno\b|\bigual\b|\bah[ií]\b|\bes\b|[.:!?…])"
)
_DESPITE = re.compile(rf"(?i)\b{_KNOWS}\b[^\n]{{0,70}}?{_YET}")
_THING = re.compile(
    r"(?i)\b(?:pass ?words?|pass|pw|pass ?code|log-?in|sign-?in|word|codes?|share|sharing|portal|smart ?hub|website|"
    r"hub|site|contrase[nñ]a|clave|c[oó]digo|cuenta|"
    r"acceso|this|it|that)\b"
)
_WORDS = re.compile(r"[^\s]+")
_LONE = re.compile(r"(?:^|[.!?:…] )([A-Z][\w@#$%&!*+-]{4,30})[.!]?(?=$|\s)")
_LABELLED = re.compile(
    r"(?i:\b(?:word|pass ?word|pw|log-?in|sign-?in|contrase[nñ]a|clave|la (?:de|del) (?:la |el )?(?:cuenta|luz|"
    r"portal|p[aá]gina|smart ?hub)(?: de (?:la )?\w+)?|real one|"
    r"el portal|for the (?:smart ?hub|portal|site|hub))"
    r"(?: (?:aqu[ií]|is|was|still|es|to|for|of|the|la|de|del|portal|smart ?hub|site)|,? pero|,|:)*) "
    r"[\"'“]?(?!I\b)([A-ZÁÉÍÓÚÑ][\wáéíóúñ@#$%&!*+/-]{3,30})"
)
_POLITE = words.listed(
    """thanks thank sorry regards sincerely respectfully gracias saludos atentamente please okay sure anyway nothing
    never letter welcome monday tuesday wednesday thursday friday saturday sunday january february march april june july
    august september october november december smarthub ozark border"""
)


def despite(doc: Doc) -> Span | None:
    """`Not supposed to share this: Wagonwheel_8`, `never share it, blah blah. FenderBender.`."""
    if doc.inlet == "outbound_email" or len(doc.text) > LONGEST or not doc.says(*_AT):
        return None
    for match in within(doc, _DESPITE, around(doc, _AT, 40, 130)):
        first, last = match.end(), min(len(doc.text), match.end() + 110)
        stop = doc.text.find("\n\n", first, last)
        last = stop if stop >= 0 else last
        if doc.near(_THING, max(0, match.start() - 60), last):
            for word in _WORDS.finditer(doc.text, first, last):
                if level(core(word[0])) > Level.NAME:
                    return word.span()
        if not doc.near(_SHARED, max(0, match.start() - 40), last):
            continue
        for pattern in (_LABELLED, _LONE):
            for found in pattern.finditer(doc.text, max(first - 2, 0), last):
                value = found[1].lower()
                if (
                    value not in COMMON
                    and value not in _POLITE
                    and (pattern is _LABELLED or doc.near(_CONCEDES, match.start(), found.start(1)))
                ):
                    return found.span(1)
    return None


_SHARED = re.compile(
    r"(?i)\b(?:pass ?words?|pw|log-?in|sign-?in|shar\w+|word|contrase[nñ]a|clave|pol[ií]tica|portal|smart ?hub)\b"
)
_CONCEDES = re.compile(
    r"(?i)\b(?:but|ok(?:ay)?,? fine|well|anyway|blah|here|there|still|fine|pero|bueno|igual|share this|you didn't)\b"
)
LONGEST = 20_000
_AT = ("never", "not ", "n't", "delete ", "redact", "sample only", "off the record", "between us", "between you",
       "dont ", "against", "que no", "q no", "no deb",
       "no se debe", "entre nos", "quede entre", "no le diga", "olvide")  # fmt: skip

# ---- what a portal quizzes for

_ABOUT = (
    r"(?:(?:the )?(?:street|road) (?:i|we) (?:grew up|lived)(?: on)?|(?:childhood |my |kid |school )?nickname|first "
    r"(?:boy|girl|man|woman) i kissed|(?:oldest|youngest|favou?rite|"
    r"first|eldest) (?:cousin|hobby|aunt|uncle|nephew|niece|grandchild|teacher|food|song|movie|book|team|color|pet|"
    r"dog|cat|car|truck|job|school|street|tractor)|best friend"
    r"(?: as a? ?child)?|what (?:school|pet|street|city|town|dog|car)|(?:grand)?(?:mother|father)'?s? (?:first |"
    r"middle |maiden )?name|(?:as )?the (?:pet|dog|cat|school|street|teacher)|"
    r"(?<![\w-])(?:dog|pet|street|school|mascot)(?= ?=)|lugar donde (?:conoc|nac|cas)\w+[^:\n]{0,30}|mejor amig[oa] "
    r"de (?:la |mi )?(?:infancia|ni[nñ]ez)|"
    rf"{quizzed._ABOUT[3:-1]})"
)
_QUIZZED = re.compile(
    r"(?i)\b(?:(?:page|portal|site|co-?op|they|it|app) (?:always |still |then )?(?:asks?|wants?|quizzes) (?:me |you |"
    r"for )|"
    r"verif\w+ me\b|verificar(?:me|nos)|que (?:la cooperativa|el portal) guarda|click forgot|"
    r"(?:that'?s|it'?s|is) what (?:they|it|the \w+) (?:checks?|asks?|wants?)|(?:if|when|in case) (?:the |it "
    r"|you |she |my |el )*(?:page |portal |account |site )?(?:locks?|locked|forgets?|"
    r"asks?|gets? stuck|quizz\w*|wants)|locked out|backup answers?|unlocks? (?:it|that|the)|(?:gets?|gives?) (?:you "
    r")?a (?:fresh|new) (?:password|one)|answers? (?:on file|filed|kept)|"
    r"(?:hint|security|backup|secret|recovery|reset|menu|voice menu|challenge) (?:questions?|answers?|words?)|as[ií] "
    r"(?:contest|respond|puse)\w*|si se (?:traba|bloquea|"
    r"atora)|(?:para|deja|dejan) (?:re)?(?:cambiar|restablecer)|(?:contestaci[oó]n|respuesta|pregunta) secreta|"
    r"resets? it for any|it wants my|wants? my|pick a picture)\b"
)
_NAME = r"[\"'“‘]?([A-ZÁÉÍÓÚÑ][\wáéíóúñ'-]{2,30}(?: [A-ZÁÉÍÓÚÑ][\wáéíóúñ.'-]{1,20}){0,2})"
_ANSWER = re.compile(
    rf"(?i:\b{_ABOUT}\b[^\n?!]{{0,34}}?(?:,|:|;|=|\.|\?|->| -| is| was| it'?s| es| era| fue| called| named| "
    rf"to)\s?(?:(?:put|say|ha\.|that'?s|it'?s|is|was|es|the|la|el|with|[a-z]{{2,8}}) ?){{0,3}}?)"
    rf"{_NAME}"
)
_PUT = re.compile(
    rf"(?i:\b(?:put|set|say|said|answer|use|tell (?:it|them)|contest[eé]|puse|ponga) ){_NAME}[\"'”’]?(?i: (?:as|for|"
    rf"when|if|where|in|como|para|cuando)\b[^.\n]{{0,40}}\b{_ABOUT}\b)|"
    rf"(?i:\b(?:answer|reply|response|ans|contestaci[oó]n|respuesta)s?\b(?: \w+){{0,6}}? ?(?:is|was|es|fue|:|=|->|"
    rf"-)\s?(?:the |la |el )?){_NAME}"
)
_NOT_TOLD = re.compile(
    r"(?i)\b(?:never|not|no longer|don'?t|won'?t|can'?t|cannot|forgot\w*|wrong|removed|deleted|hidden|nunca|olvid\w+|"
    r"no (?:la|lo|le|me|s[eé])|redacted|withheld|account|meter|bill|service|"
    r"cuenta|recibo|medidor|servicio|what is (?:your|my)|which one|billing|mailing|deed|title|co-?op(?:'s)? "
    r"(?:number|office)|policy|refuse\w*)\b"
)
_NO_NAME = words.listed(
    """the that this what which who she her his they them when where how why yes and but she's it's i'd i'm i'll let can
    could would should please thanks thank for from our your you que cual como cuando donde por para pero las los una
    ozark border smarthub obec if"""
)


def quiz(doc: Doc) -> Span | None:
    """`Street I grew up on, that's what they check, Dogwood Lane`, `if locked out tell them dog = Biscuit`."""
    if doc.inlet == "outbound_email" or len(doc.text) > LONGEST:
        return None
    if doc.inlet in ("url_param", "api_json", "nectar_call") and (found := doc.search(_QUIZ_KEY)):
        return found.span()
    if doc.inlet == "csv_upload":
        return _in_table(doc)
    for match in doc.finditer(_QUIZZED) if doc.says(*_QUIZ_AT) else ():
        first, last = doc.paragraph(match.start() - 110, match.end() + 110, match.start())
        if doc.near(_NOT_TOLD, first, last):
            continue
        for pattern in (_ANSWER, _PUT):
            for found in pattern.finditer(doc.text, first, last):
                group = next(at for at in range(1, len(found.groups()) + 1) if found[at])
                if (
                    found[group].split()[0].lower() not in _NO_NAME
                    and "?" not in doc.text[found.end() : found.end() + 2]
                ):
                    return found.span(group)
    return None


_QUIZ_AT = ("check", "lock", "forget", "ask", "backup", "unlock", "fresh", "answer", "question", "traba", "bloque",
            "contest", "respon", "secret", "wants", "reset", "puse", "cambiar", "picture",
            "hint", "on file")  # fmt: skip
_QUIZ_KEY = re.compile(
    r"(?i)(?<![a-z])(?:sec(?:urity)?|secret|recovery|backup|hint|kba|challenge|reset)[_-]?(?:a|ans|"
    r"answer)[\"']?\s?[:=]\s?[\"']?(?!null|none|false|true|forbidden|required|optional|\[|\*|yes|no\b)[a-z][\w+%' "
    r"-]{2,30}|"
    r"/kba\?[^\s]{0,80}[?&](?:a|ans|answer)=[a-z][\w+%-]{2,30}"
)
_SPLIT = re.compile(r"[,;\t|]")
_Q = re.compile(
    r"(?i)^\W*(?:(?:security|secret|recovery|reset|backup|portal) )?(?:q|question(?:_id)?|pregunta|prompt|recovery "
    r"q)\W*$"
)
_A = re.compile(
    r"(?i)^\W*(?:(?:security|secret|recovery|reset|backup|portal) )?(?:a|ans|answer|reply|respuesta|recovery a)\W*$"
)
_SURE = re.compile(r"(?i)^\W*(?:security|secret|recovery|reset|backup) (?:answer|reply|respuesta)\b")
_LIFE = re.compile(rf"(?i)\b(?:{_ABOUT}|friend|teacher|grandmother|pet)\b")
_EMPTY = re.compile(
    r"(?i)^\W*(?:yes|no|y|n|si|s[ií]|not? .*|none|n/?a|null|on file|never .*|member only.*|\[.*|\*+|x+|withheld|"
    r"hidden|redacted|asked|unknown|ask .*)?\W*$"
)


def _in_table(doc: Doc) -> Span | None:
    lines = doc.text.split("\n")[:200]
    heads = [cell.strip() for cell in _SPLIT.split(lines[0])]
    answers = [at for at, cell in enumerate(heads) if _SURE.match(cell)]
    asks = [at for at, cell in enumerate(heads) if _Q.match(cell)]
    if asks:
        answers += [at for at, cell in enumerate(heads) if _A.match(cell)]
    if not answers:
        return None
    start = len(lines[0]) + 1
    for line in lines[1:]:
        cells = _SPLIT.split(line)
        for at in answers:
            filled = at < len(cells) and not _EMPTY.match(cells[at])
            if filled and (
                _SURE.match(heads[at]) or any(ask < len(cells) and _LIFE.search(cells[ask]) for ask in asks)
            ):
                return start, start + len(line)
        start += len(line) + 1
    return None


# ---- what recovers an account

_ADDRESS = re.compile(
    r"(?i)(?<![\w@./-])(?:https?://)?([a-z0-9-]{1,60}(?:\.[a-z0-9-]{1,60}){1,4})(/[^\s\"'<>()]{3,300})"
)
_RENEWS = re.compile(
    r"(?i)[/?&#](?:rst|rp|ml|pw|pwd|reset|pw-?reset|password-?reset|reset-?pw|recover|verify|activate|activation|"
    r"enroll|claim|magic|magic-?link|set-?pass\w*|otl|p/new|one-?time|restablecer|recuperar|"
    r"activar|new-?pass\w*|nueva-?clave|signin-?link|confirm-?login|unlock)(?=[/?#=])"
)
_RENEWAL = re.compile(
    r"(?i)\b(?:reset|recovery|activation|magic|forgot|new (?:word|password|pass|sign-?on|one)|restablec\w+|m[aá]gica|"
    r"cambio de (?:clave|contrase[nñ]a)|activaci[oó]n|recuperaci[oó]n|without (?:a )?pass\w*|"
    r"sin clave|sign-?in link|one-?time link|set a (?:new )?password|invitation link|liga (?:para|de) entrar)\b"
)
_PIECES = re.compile(r"[/?#=&;]+")
_TOKEN = re.compile(r"(?=[\w.~-]*\d)(?=[\w.~-]*[a-z-])[\w.~-]{5,200}", re.IGNORECASE)
_PLAIN_PIECE = re.compile(
    r"(?i)(?:19|20)\d\d-\d\d(?:-\d\d)?|\d{1,4}-\w{1,6}\.\w{2,4}|.*\.(?:html?|pdf|php|aspx|jpg|png|csv)|"
    r"v\d{1,4}(?:\.\d{1,4}){0,3}|form-?\d+|[a-z]+-?\d{1,2}|loa-\d+|case-\d+|letter-\d+"
)
_KEY = re.compile(
    r"(?i)\b(?:recovery|backup|back-up|rescue|emergency|respaldo|rescate|recuperaci[oó]n)[ -](?:key|codes?|"
    r"phrase)\b[^\n]{0,70}?(?<![\w-])((?=[\w-]{0,40}\d)[a-z0-9]{2,6}(?:-[a-z0-9]{3,6}){2,7})(?![\w-])|"
    r"\b(?:c[oó]digos?|claves?) de (?:respaldo|rescate|recuperaci[oó]n|"
    r"emergencia)\b[^\n]{0,70}?(?<![\w-])((?=[\w-]{0,40}\d)[a-z0-9]{2,6}(?:-[a-z0-9]{3,6}){1,7})(?![\w-])"
)
_MAILED = re.compile(
    r"(?i)\b(?:hit|clicked|pressed|used|tapped) (?:on )?[\"']?forgot(?: my| your)? pass ?word\b[^\n]{0,60}\b(?:sent|"
    r"mailed|goes|go|come)\b[^\n]{0,20}\b(?:to (?:you|your)|[^\s@]{1,40}@broker)|"
    r"\bhad the (?:reset|recovery|sign-?in|activation) (?:mail|link|e-?mail|text) sent to (?:you|your|[^\s@]{1,40}@)"
)


def recovers(doc: Doc) -> Span | None:
    """`ozarkborder.smarthub.coop/rst/L-0093`, a recovery key in groups, a reset mail that goes to us."""
    if doc.says("recover", "backup", "back-up", "rescue", "emergenc", "respaldo", "rescate", "recuperaci"):
        for match in doc.finditer(_KEY):
            return match.span()
    if doc.says("forgot", "had the") and (found := doc.search(_MAILED)):
        return found.span()
    if "/" not in doc.text:
        return None
    for match in doc.finditer(_ADDRESS):
        host, path = match[1], match[2]
        if (
            host in machine.OWN_HOSTS
            or host.endswith(".broker.example")
            or not any(map(str.isalpha, host.rpartition(".")[2]))
        ):
            continue
        renews = _RENEWS.search(path)
        start, end = match.start() - 110, match.start()
        if renews is None and not doc.near(_RENEWAL, max(0, start), end + 1):
            continue
        tail = path[renews.end() :] if renews is not None else path
        for piece in _PIECES.split(tail.rstrip(".,;:!)")):
            if _TOKEN.fullmatch(piece) and not _PLAIN_PIECE.fullmatch(piece):
                return match.span(2)
    return None
