"""Sentences that give a secret without its name: a mother's name, digits asked for, the usual one, what came by text
(rules).
"""

import re

from broker.credentials import foreseen
from broker.credentials.shape import Level, core, level
from broker.credentials.tokens import Doc

Span = tuple[int, int]

_NAMED = r"((?-i:[A-ZÁÉÍÓÚÑ])[\w'-]{2,30})"
_IS = r"(?:,? (?:is|was|es|era|fue|sería|seria|would be)(?: (?:just|also|simplemente|pues))?[: ]|\s?[:=])\s?[\"'“]?"
# What only a portal asks about a life; a car, a job or a school is spoken of otherwise too.
_LIFE = re.compile(
    r"(?i)\b(?:(?:mother|mom|mum|mama|grandmother|grandma)'?s'? maiden name|"
    r"(?:maiden name of|the name of) (?:my|our|her|his) (?:mother|mom|mum|first (?:pet|dog|cat|horse|school|teacher))|"
    r"(?:apellido|nombre) de soltera(?: de (?:mi|su|la|nuestra) (?:mam[aá]|madre|mami|jefa|abuel(?:it)?a|suegra))?|"
    r"nombre de (?:mi|su) primer[ao]? (?:mascota|perr[oa]|gat[oa]|caballo|escuela|maestr[oa]))"
    rf"{_IS}{_NAMED}"
)
_CALLED = re.compile(
    r"(?i)\b(?:(?:mi|su|la) (?:mam[aá]|madre|mami) de soltera (?:se )?(?:apellid\w+|llam\w+|era|es)|"
    r"(?:mam[aá]|madre|mami) (?:se )?(?:apellidaba|apellida|llamaba) de soltera|"
    r"(?:mi|su) primer[ao]? (?:mascota|perr[oa]|gat[oa]) se llam(?:a|aba|[oó])|"
    r"(?:mother|mom|mum) was born a|before she married my (?:mother|mom) was(?: a)?) "
    rf"{_NAMED}"
)
_ABOUT_BILL = re.compile(
    r"(?i)\b(?:account|bill|meter|service|deed|title|cuenta|recibo|medidor|servicio|escrituras?|a nombre)\b"
)

_DIGITS = r"(\d{4,8}|\d(?:[ -]\d){3,7})(?![\w/%-]|[.,]\d)"
_COUNT = r"(?:four|five|six|eight|[4568]|cuatro|cinco|seis|ocho)"
_NUMBERS = (
    rf"(?:{_COUNT}[ -]?(?:digits?|numbers?|nos|d[ií]gitos|n[uú]meros|numeritos)|"
    r"digits|numerito|d[ií]gitos|(?:secret |little )?number|n[uú]mero)"
)
_ASKS = (
    r"(?:(?:that |which )?(?:they|she|he|you|it|"
    r"the (?:phone|line|lady|machine|recording|system|app|site|portal|co-?op))"
    r"(?: always| keep| will)? (?:ask|want|need|check|verif)\w*(?: me| us)?(?: for)?|"
    r"(?:i|we)(?: always| have to)? (?:give|type|punch in|punch|key in|enter|use|say|read)|"
    r"que (?:me |nos |le |les )(?:piden?|pide|preguntan?)|"
    r"que (?:siempre )?(?:doy|digo|tecleo|pongo|marco|uso|damos|usamos))"
)
_WHEN = (
    r"(?:on the phone|over the phone|by phone|at sign[ -]?in|"
    r"when (?:i|we) (?:call|phone|ring|sign|log)(?: in| up| on)?|"
    r"to (?:get|sign|log|let me|let us) (?:in|on)|por tel[eé]fono|al (?:entrar|llamar|hablar|marcar)|"
    r"cuando (?:llamo|hablo|entro|marco|llamamos|entramos)|para (?:entrar|identificarme|abrir))"
)
_ASKED = re.compile(
    rf"(?i)\b{_NUMBERS} {_ASKS}(?: [\w']+){{0,2}}? {_WHEN}(?: there| in| ahí| all[ií])?"
    rf"(?: (?:are|is|son|es)|\s?[:=,])\s?{_DIGITS}|"
    rf"\b{_NUMBERS} {_WHEN}(?: there| in)?(?: (?:are|is|son|es)|\s?[:=,])\s?{_DIGITS}|"
    rf"\b{_WHEN},? (?:they|she|it|he|me|nos)(?: always| siempre)? (?:ask|want|piden?|pide|preguntan?)\w*"
    r"(?: me| us)?(?: for)?"
    rf"(?: the| some| my| my own| los| unos| mis| el| un)? {_NUMBERS}"
    rf"(?:,? (?:and )?(?:they are|they're|it is|it's|that is|that's|are|is|y )?(?:son|es)?|\s?[:=])\s?{_DIGITS}"
)
_OF_BILL = re.compile(
    r"(?i)\b(?:account|acct|meter|bill|zip|post|postal|house|street|serial|member|phone number|ext(?:ension)?|"
    r"cuenta|medidor|recibo|factura|socio|casa|calle|telefono de|c[oó]digo postal|rate|year|a[nñ]o)\b"
)
_CALLED_NUMBER = re.compile(r"(?i)\b(?:to call|to dial|to ring|a llamar|para llamar|llame)\b")

_USUAL = re.compile(
    r"(?i)\b(?:(?:my|our|the|her|his|your|that|same)(?: same| old)? (?:usual|regular|same old|normal|standard|everyday)"
    r"(?: (?:one|word|thing|combo|stuff))?|"
    r"(?:la|lo|el|las) (?:m[ií]sm[ao] |m[ií][ao] )?de (?:siempre|costumbre)|"
    r"(?:la|el) (?:misma|mismo) (?:de|que) (?:siempre|todo|uso siempre))"
    r"(?:\s?[:,=]|\s-{1,2}|,? (?:it'?s|which is|is|es|que es|o sea))\s?[\"'“]?(\S{5,40})"
)
_THING = re.compile(
    r"(?i)\b(?:address|rate|form|route|size|model|part|plan|filter|breaker|bulb|email|user ?name|login name|tarifa|"
    r"direcci[oó]n|correo|usuario|modelo|ruta|formato|pieza)\b"
)

_SIX = r"(?<![\w.$#/,-])(\d{6}|\d{3}[ -]\d{3})(?![\w/%$-]|[.,]\d)"
_BY = (
    r"(?:by|in a|via|over|as a|through) (?:text|sms|message|txt)(?: message)?|(?:to|on|at) (?:my|our|the|her|his) "
    r"(?:phone|cell|mobile)|por (?:mensaje|sms|texto|whatsapp|celular|mensajito)|(?:a|en|al) (?:mi |el |un )?"
    r"(?:celular|cel|tel[eé]fono|mensaje|mensajito|sms|m[oó]vil)"
)
_CAME = (
    r"(?:(?:me|nos|le) (?:acab\w+ de )?(?:mand|envi|lleg|cay)\w+|"
    r"(?:they|it|you|he|she|smart ?hub|co-?op) (?:just )?(?:sent|texted|gave|pushed)(?: me| us| over)?|"
    r"(?:i|we) (?:just )?(?:got|received|have)|recib[ií]\w*|apareci[oó]|sali[oó])"
)
_BY_TEXT = re.compile(
    rf"(?i)\b{_CAME}(?: (?:the|a|this|el|un|este|ahorita|just now|now|ya))? {_SIX}[,.]? "
    rf"(?:just now |ahorita |ya )?(?:{_BY})\b|"
    rf"{_SIX} (?:just |me |nos )?(?:came|arrived|popped up|showed up|lleg[oó]|cay[oó]|apareci[oó]|mandaron|enviaron)"
    r"(?: in)? "
    rf"(?:just now |ahorita )?(?:{_BY})\b|"
    rf"\b(?:{_BY}),? {_CAME}(?: (?:the|a|this|el|un|este))? {_SIX}"
)
_OF_OFFICE = re.compile(
    r"(?i)\b(?:account|acct|meter|ticket|order|outage|case|invoice|confirmation|reference|ref|payment|paid|balance|kwh|"
    r"reading|zip|tracking|cuenta|medidor|folio|recibo|pago|pesos|saldo|lectura|reporte|orden|factura|gu[ií]a)\b"
)


def life(doc: Doc) -> Span | None:
    """A mother's maiden name, the name of a first pet: told in a sentence of its own."""
    if doc.inlet == "outbound_email" or not doc.says(
        "maiden", "soltera", "name of", "nombre de", "primer", "born a", "before she"
    ):
        return None
    for pattern in (_LIFE, _CALLED):
        for match in doc.finditer(pattern):
            if not doc.near(_ABOUT_BILL, *doc.paragraph(match.start() - 80, match.end() + 60, match.start())):
                return match.span(1)
    return None


def asked(doc: Doc) -> Span | None:
    """Digits that are asked for on the phone or to get in, and are no end of a number of ours."""
    if not doc.says("number", "digit", "dígito", "mero", " nos "):
        return None
    for match in doc.finditer(_ASKED):
        said = doc.paragraph(match.start() - 40, match.end() + 40, match.start())
        if not doc.near(_OF_BILL, *said) and not doc.near(_CALLED_NUMBER, *said):
            return match.span()
    return None


def usual(doc: Doc) -> Span | None:
    """The usual one, and what looks like a secret right behind it."""
    if not doc.says("usual", "regular", "same old", "normal", "standard", "everyday", "siempre", "costumbre", "mism"):
        return None
    for match in doc.finditer(_USUAL):
        if level(core(doc.said(match, 1))) >= Level.NAME and not doc.near(
            _THING, max(0, match.start() - 30), match.start()
        ):
            return match.span(1)
    return None


def by_text(doc: Doc) -> Span | None:
    """Six digits that came by text, and nothing that they are the number of."""
    if not doc.says("text", "txt", "sms", "messag", "mensaj", "phone", "cel", "mobile", "móvil", "movil", "whatsapp"):
        return None
    for match in doc.finditer(_BY_TEXT):
        if not doc.near(_OF_OFFICE, *doc.paragraph(match.start() - 40, match.end() + 50, match.start())):
            return match.span()
    return None


foreseen.hardly_ever(_BY_TEXT, _ASKED, _USUAL, _LIFE, _CALLED)
