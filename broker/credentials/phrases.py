"""Names of secrets of more than one word (rules)."""

import re

from broker.credentials import foreseen, words
from broker.credentials.pairs import TALK
from broker.credentials.shape import Level, level
from broker.credentials.tokens import Doc
from broker.credentials.value import stated

Span = tuple[int, int]

_NAME = re.compile(
    r"(?i)\b(?:pass[ -](?:word|phrase)|(?:secret|security) answer|respuesta (?:secreta|de seguridad)|(?:secret|"
    r"magic|access|log-?in|sign[ -]?[io]n) ?-?(?:word|phrase|key)|palabra (?:secreta|clave|de acceso)|"
    r"(?:c[oó]digo|clave|frase) (?:de acceso|secret[ao]|de entrada)|(?:security|access|entry|log-?in) (?:phrase|"
    r"word)|(?:log-?in|user|web|portal|my|account|member|client) secret|secreto)\b"
)
_BEHIND = re.compile(
    r"(?:[ \t]+(?:is|es|was|for \w+(?: \w+)? is))?[ \t]*(?P<sign>[:=|]|->|=>|-{1,2}(?=\s)|\b(?<=is)|"
    r"(?<=es))?[ \t\"']*(?P<line>\n[\s>]*)?"
)


MOST = 4000
_INITIALS = re.compile(
    r"(?i)(?<![\w@])(?:u|un|id|uid|usr|user|username|login|e-?mail|e|mail|m|"
    r"usuario)\s?[:=]\s*(\S{3,64})[\s,;/|&]{1,6}"
    r"(?:p|ps|phrase|word|key|clave|code|secret|c)\s?[:=]\s*(\S{3,64})"
)

_WHOS = words.listed("u un id uid usr user username login e email mail m usuario")
_WHATS = words.listed("p ps phrase word key clave code secret c")


def initials(doc: Doc) -> Span | None:
    """`u: rob77 p: kettle`: short labels that say what they are only together."""
    if (":" not in doc.text and "=" not in doc.text) or not (doc.has_any(_WHOS) and doc.has_any(_WHATS)):
        return None
    for match in doc.finditer(_INITIALS):
        value = stated(doc.said(match, 2))
        if value is not None and (level(value) >= Level.NAME or value.isalpha()):
            return match.span(2)
    return None


_SAID_PHRASE = re.compile(
    r"(?i)\b(?:pass ?phrase|pass ?word|contrase[nñ]a|clave|frase)\b[^\n.:]{0,24}?(?:\b(?:gave|said|told|uses?|"
    r"used|given|left|dict\w+|is a (?:\w+ )?(?:sentence|phrase|"
    r"verse|line|saying|song|prayer)|es una (?:\w+ )?(?:frase|oraci[oó]n))(?: (?:me|us|was|"
    r"is))?):\s*(?=[^\n:]{0,80}?\w+ \w+ \w+)(\S+)"
)
_QUOTED_PHRASE = re.compile(
    r"(?i)\b(?:phrase|words?|saying|sentence|line|frase|palabras?)\s?[:,]? ?[\"“]([^\"”\n]{5,60})[\"”]"
)
_QUOTED_VALUE = re.compile(
    r"(?i)\b(?:pass ?phrase|pass ?word|pass ?code|contrase[nñ]a|clave|frase)\b\W{0,3}(?:is|es|"
    r"was)?\W{0,3}[\"“]([^\"”\n]{3,30} [^\"”\n]{2,30})[\"”]"
)
_TITLED = re.compile(
    r"(?i:\b(?:pass ?phrase|pass ?word|contrase[nñ]a|clave)\b(?: \w+){0,3}? (?:is|es|"
    r"was)) ((?:[A-Z][a-z]+ ){1,4}(?:[A-Z][a-z]+|\d{1,4}))(?=[.,;!\n]|$)"
)
_THE_WORD = re.compile(
    r"(?i)\b(?:pass ?word|pass ?code|pass|pw|contrase[nñ]a|clave)\b(?: \w+){0,4}? (?:is|es|was) (?:just |still |"
    r"only |simply )?(?:the word|la palabra|the name|el nombre)s? "
    r"[\"“']?([^\W\d_]{4,20})\b(?! (?:of|de|for|that|you|we|i)\b)"
)


def recited(doc: Doc) -> Span | None:
    """A secret of plain words: behind a colon, in quotes, or called a word."""
    if doc.says("phrase", "password", "contrase", "clave", "frase", "pass word") and (
        match := doc.search(_SAID_PHRASE)
    ):
        return match.span(1)
    found = doc.has_label and (doc.search(_QUOTED_VALUE) or doc.search(_TITLED))
    if found and not _REDUCED.search(found[1]):
        return found.span(1)
    if doc.says("the word", "la palabra", "the name", "el nombre"):
        match = doc.search(_THE_WORD)
        if match is not None and match[1].lower() not in words.STOP:
            return match.span(1)
    if (
        ('"' in doc.text or "“" in doc.text)
        and doc.says("phrase", "word", "saying", "sentence", "line", "frase", "palabra")
        and (doc.has_access or doc.near(TALK, 0, len(doc.text)))
    ):
        for match in doc.finditer(_QUOTED_PHRASE):
            if not _REDUCED.search(match[1]):
                return match.span(1)
    return None


_REDUCED = re.compile(
    r"(?i)\b(?:password|forgot|incorrect|invalid|wrong|expired|sign in|log ?in|user ?name|"
    r"error|hint|must|required|characters|enter|change|reset)\b"
)


def named(doc: Doc) -> Span | None:
    """`secret word: x`, `palabra clave es x`."""
    if not doc.says("word", "key", "phrase", "palabra", "respuesta", "answer", "secret", "clave", "frase", "digo de"):
        return None
    for count, match in enumerate(doc.finditer(_NAME)):
        if count > MOST:
            return match.span()  # nobody writes so; it could not be checked in time
        behind = _BEHIND.match(doc.text, match.end())
        if behind is None:
            continue
        rest = doc.text[behind.end() : behind.end() + 160]
        value = stated(rest.split("\n")[0])
        if value is None:
            continue
        said = behind["sign"] is not None or behind[0].strip() in ("is", "es", "was")
        if level(value) >= Level.NAME or (said and level(value) >= Level.PLAIN):
            start = doc.text.find(value, behind.end())
            return start, start + len(value)
    return None


foreseen.hardly_ever(_INITIALS, _NAME, _THE_WORD, _QUOTED_PHRASE, _QUOTED_VALUE, _TITLED, _SAID_PHRASE)
