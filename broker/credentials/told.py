"""Secrets that somebody says are one, and that look like something else: a number, a road, a plain word (rules)."""

import re
from itertools import islice

from broker.credentials import foreseen, words
from broker.credentials.labels import Label, fold
from broker.credentials.shape import Level, is_mask, level
from broker.credentials.tokens import Doc

Span = tuple[int, int]

MOST = 20_000  # characters of a text that is read so
_BEHIND_USER = re.compile(
    r"(?<=[\w.]),? (?:PW|pw|Pw|password|Password|clave)[: ] ?"
    r"(?=[A-Za-z\d-]{0,20}\d)([A-Za-z]{2,6}(?:-[A-Za-z\d]{1,6}){1,3})(?=[.,;]?(?:\s|$))"
)
_IS = re.compile(
    r"(?:(?i: (?:for|to|on|at|de|del|para|en) (?:\w{1,20} ){0,3}\w{1,20}))?(?i: (?:is|es|was|=)|:) [\"'\u201c]?"
    r"((?=[A-Za-z-]{0,30}\d)[A-Za-z\d]{1,8}(?:-[A-Za-z\d]{1,8}){1,3}|\d{1,5}(?: [A-Z][a-z]{2,12}){1,3})"
    r"[\"'\u201d]?(?=[.,;!)]?(?:\s|$))"
)
# Behind one of these the label is what something else is about: "the number to call about my password is …".
_ABOUT = words.listed(
    """about for of with on regarding sobre without bad wrong lost forgot forgotten error help reset page form de por"""
)
_SPACED = re.compile(
    r"(?i)\b(?:pin|nip)\b(?![^.\n]{0,30}\b(?:parcel|tax|assessor|county|property|card)\b)[^.:;\n]{0,30}?"
    r"(?: (?:is|es|was)|:|=) ?(\d(?:[ -]\d){3,7})(?![ -]?\d)(?! ?(?:%|kwh|kw|digits?))"
)
_BY_PHONE = re.compile(
    r"(?i)\b(?:four|4|six|cuatro) (?:numbers|digits|n[uú]meros|d[ií]gitos)\b"
    r"(?![^.\n]{0,60}\b(?:account|acct|meter|bill|zip|card|social|invoice|cuenta|medidor|recibo)\b)"
    r"[^.\n]{0,60}?\b(?:co-?op|cooperativa|phone|telephone|call|girl|lady|"
    r"clerk|tel[eé]fono|llam\w+)\b[^.\n]{0,40}?\b(?:are|is|son|es) (\d[\d -]{2,8}\d)\b"
)
_ASKED_BY_PHONE = re.compile(
    r"(?i)\b(?:co-?op|cooperativa|phone|telephone|line|call|clerk|tel[eé]fono|website|page)\b[^.\n]{0,40}?"
    r"\b(?:wants|asks for|needs|pide|quiere) (?:four|4|six|6|cuatro|seis) (?:numbers|digits|n[uú]meros|d[ií]gitos)\b"
    r"(?![^.\n]{0,60}\b(?:meter|bill|zip|card|social|invoice|medidor|recibo)\b)"
    r"[^.\n]{0,90}?\b(?:mine|ours|hers|his|m[ií]os|nuestros) (?:are|is|son) (\d(?:[ ,-]{1,2}\d){3,7}|\d{4,8})\b"
)
_WORD_BY_PHONE = re.compile(
    r"(?i)\b(?:(?:secret|verbal|security|phone|telephone) (?:word|password|phrase)|palabra (?:secreta|de seguridad))\b"
    r"[^.\n]{0,70}?\b(?:call|calls|phone|telephone|ask|asks|want|wants|pide|piden|llam\w+|tel[eé]fono)\b"
    r"[^.\n]{0,50}?\b(?:is|say|es|diga|digan) (?:just |s[oó]lo )?[\"'\u201c]?([^\W\d_]{4,20})\b"
    r"(?=[\"'\u201d]?[.,;!]?(?:\s|$))|\b(?:call|phone|ask|asks|want|wants)\b[^.\n]{0,40}?"
    r"\b(?:secret|verbal|security|phone|telephone) (?:word|password|phrase)[,:]? (?:is|say|it's) (?:just )?"
    r"[\"'\u201c]?([^\W\d_]{4,20})\b(?=[\"'\u201d]?[.,;!]?(?:\s|$))"
)
_TEMPORARY = re.compile(
    r"\b(?i:temp(?:orary)?(?: (?:one|pass|pw|word|login))?)(?i: is| at|:|=)? ?"
    r"((?=[\w.!-]{0,20}\d)[A-Z][a-z]{2,14}[-._!]?\d{2,6}!?)(?![\w-])"
    r"[^.\n]{0,50}?\b(?i:until|till|expires?|picks?|chang(?:e|es)|choos(?:e|es)|tonight|sign)\b"
)
# A code in an answer of one line: who sent it, or that it hurries, says what it is.
_BEFORE = (
    r"(?:they|it|smart ?hub|the co-?op) (?:just )?(?:sent|texted|e-?mailed)(?: me)?|me (?:sali[oó]|lleg[oó]|mandaron)"
)
_BEHIND = (
    r"(?:that'?s|that is) what (?:came|it said|they sent|the text said)|hurry|(?:it says|good for) \d{1,2} ?min\w*|"
    r"it expires?|(?:before|till) it expires|vence\w*|ap[uú]rese"
)
_ANSWER = re.compile(
    rf"(?i)(?:ok|here(?:'s| it is| is| ya go| you go)?|aqu[ií] (?:va|est[aá])|so)?[ ,:]*(?:{_BEFORE})?[ ,:]*"
    rf"(\d{{3}}[ -]?\d{{3}})[ ,.]*(?:{_BEHIND})?[ .!]*"
)
_HURRIES = re.compile(rf"(?i)\b(?:{_BEFORE}|{_BEHIND})")
SHORT = 70  # characters of such an answer
_ANSWERS = frozenset({"web_form", "email_reply"})


# One item of a list of what opens what: `wifi Guernsey7`, `SmartHub = Holstein8`.
_ITEM = re.compile(
    r"(?i)(?:^|(?<=[\n,;. \t]))(?P<portal>smart ?hub\b)?"
    r"(?(portal)|(?:wi-?fi|router|alarm|alarma|gate|door|shed|garage|safe|lock|padlock|camera|bank|voicemail|candado|"
    r"puerta|port[oó]n|banco)\b)(?P<is>[ \t]?[=:,][ \t]?|[ \t](?:is|es)[ \t]|[ \t]-[ \t]|[ \t])"
    r"(?P<value>(?=[a-z!$&.-]{0,20}\d)[a-z][\w!$&.-]{3,20}|\d{4,6})(?=[ \t]{0,2}(?:[,;.\n]|$|and\b|y\b))"
)
MOST_ITEMS = 60


def listed(doc: Doc) -> Span | None:
    """`wifi Guernsey7, SmartHub Holstein8, alarm 5150`, `SmartHub is haybale13, not haybale12`: by what each opens."""
    if len(doc.text) > MOST or doc.has_user or not doc.says("smarthub", "smart hub"):
        return None
    items = list(islice(_ITEM.finditer(doc.text), MOST_ITEMS))
    others = any(not item["portal"] for item in items)
    for item in items:
        if item["portal"] and level(item["value"]) >= Level.NAME and (others or item["is"].strip(" \t,")):
            return item.span("value")
    return None


def as_a_number(doc: Doc) -> Span | None:
    """`The SmartHub password is Hwy-H-2290`, `… is 412 County Road`: said to be one, and shaped like something else."""
    for index in doc.labelled:
        token = doc.tokens[index]
        if token.mark.label is not Label.STRONG or not _ABOUT.isdisjoint(doc.words(index - 3, index)):
            continue
        found = _IS.match(doc.text, token.end)
        if found is not None and not is_mask(found[1]):
            return found.span(1)
    found = doc.search(_BEHIND_USER) if doc.has_user and doc.labelled else None
    return None if found is None else found.span(1)


def by_phone(doc: Doc) -> Span | None:
    """`PIN with the co-op is 4 4 8 1`, `the four numbers that I give the girl on the phone are 7302`."""
    if len(doc.text) > MOST:
        return None
    if doc.says("pin", "nip") and (found := doc.search(_SPACED)):
        return found.span(1)
    if doc.says("numbers", "digits", "meros", "gitos"):
        for pattern in (_BY_PHONE, _ASKED_BY_PHONE):
            if found := doc.search(pattern):
                return found.span(1)
    if doc.says("word", "phrase", "palabra"):
        for found in doc.finditer(_WORD_BY_PHONE):
            group = 1 if found[1] else 2
            if fold(found[group]) not in _NO_WORDS and not found[group].endswith(("ed", "ing", "ada", "ido")):
                return found.span(group)
    return None


_NO_WORDS = words.STOP | words.PREDICATES | words.TROUBLES | words.REDACTED | words.listed("that what which required")


def temporary(doc: Doc) -> Span | None:
    """`She is at temp Spring-4471 until she picks her own`: a password for the first time."""
    if len(doc.text) > MOST or not doc.says("temp"):
        return None
    found = doc.search(_TEMPORARY)
    return None if found is None else found.span(1)


def in_an_answer(doc: Doc) -> Span | None:
    """`they sent me 551093`, `here ya go 839 201, it says 10 min`: a code, and nothing that it could be instead."""
    said = doc.text.strip()
    if len(said) > SHORT or doc.inlet not in _ANSWERS:
        return None
    found = _ANSWER.fullmatch(said)
    if found is None or _HURRIES.search(said) is None:
        return None
    at = doc.text.find(found[1])
    return at, at + len(found[1])


foreseen.hardly_ever(_SPACED, _BY_PHONE, _ASKED_BY_PHONE, _WORD_BY_PHONE, _TEMPORARY)
