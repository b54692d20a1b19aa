"""Answers to security questions (rules)."""

import re

from broker.credentials import foreseen, words
from broker.credentials.shape import Level, core, level
from broker.credentials.tokens import Doc

Span = tuple[int, int]

_QUESTION = re.compile(
    r"(?i)\banswer to (?:the|that|its|their|my) (?:\w+ )?question|\b(?:security|secret|challenge|recovery|"
    r"pregunta(?: de seguridad| secreta)?) (?:question|prompt|q)?s?\b(?! ?(?:light|lamp|deposit|guard|camera|system|"
    r"gate|fence|dept|number|code|bond))|\bpregunta (?:de seguridad|secreta)|"
    r"\b(?:security|secret|challenge) ?(?:question|answer)|\brespuesta (?:de seguridad|secreta)"
)
_ANSWER = re.compile(
    r"(?i)\b(?:security ?(?:answer|question)s?|secret ?(?:answer|question)|respuestas? (?:de seguridad|"
    r"secretas?)|pregunta (?:de seguridad|secreta)|"
    r"challenge ?answer|recovery answer)(?: ?#?\d)?\b[^\n.?\]]{0,60}?(?:\bis\b|:|=|->|"
    r"\bes\b)\s*[\"']?([^\W\d_][\w'-]{2,30})|"
    r"\b(?:mother'?s maiden name|mothers? maiden|mother'?s maiden|maiden name|(?:first|childhood|"
    r"favou?rite) (?:pet|dog|cat|car|teacher|school|job|street|city|concert|color|"
    r"food|team|movie|book|friend|grade teacher|horse|tractor)(?:'s name)?|city (?:i was|of|"
    r"where i was) (?:born|birth)|where i was born|street i grew up on|best man|"
    r"apellido de soltera(?: de mi \w+)?|primera (?:mascota|escuela)|mascota favorita|ciudad (?:de nacimiento|"
    r"donde nac[ií]))\b"
    r"[^\n.?]{0,30}?(?::|=|->|\bis\b|\bwas\b|\bes\b|\bfue\b)\s*[\"']?((?-i:[A-ZÁÉÍÓÚÑ])[\w'-]{2,30})"
)
_NO_ANSWER = words.listed(
    "not never no none required wrong incorrect the a an my "
    "your set needed too asked what n/a blank forgotten invalid missing "
    "different old new changed case first mother's where which who"
)
_ASKED = re.compile(
    r"(?i)\b(?:asks?|asked|wants?|pregunta|pregunt[oó]) (?:for |me |us |about |por )*(?:my |our |mi |"
    r"the )?(?:first|mother'?s?|childhood|favou?rite|maiden|best|primer[ao]?|mascota)"
    r" ?(?:\w+ ){0,2}\w*,? (?:and |so |y )?(?:i|we|yo)? ?(?:said|put|answered|answer|say|typed|use|puse|dije|"
    r"pongo) ((?-i:[A-Z])[\w'-]{2,30})"
)
_IN_FORM = re.compile(r"(?i)(?<![a-z])answer=([A-Za-z][\w'%-]{2,30})")
_THEN = re.compile(
    r"(?i)\b(?:answer|response|respuesta)s?(?: \w+ \w+)?\s?(?:\bis\b|:|=|->|\bes\b|\bwas\b|"
    r"would be)\s*[\"']?([^\W\d_][\w'-]{2,30})"
)
_GIVEN = re.compile(r"(?i)\b(?:security|secret) answer\s+(\S{4,40})")


# Under which name an account is kept answers no question of the portal.
_OF_ACCOUNT = re.compile(
    r"(?i)\b(?:account|bill|meter|cuenta|recibo)\b[^.\n]{0,30}\b(?:under|in|a)\b[^.\n]{0,20}\b(?:name|nombre)\b"
)


def answers(doc: Doc) -> Span | None:
    """The answer to a security question; our own mails answer questions, of another kind."""
    if doc.inlet == "outbound_email" or not doc.says(
        "security",
        "secret",
        "segur",
        "challenge",
        "maiden",
        "soltera",
        "first ",
        "favo",
        "childhood",
        "mascota",
        "born",
        "grew up",
    ):
        return None
    for match in doc.finditer(_GIVEN):
        if level(core(doc.said(match, 1))) >= Level.NAME:
            return match.span(1)
    for match in doc.finditer(_ASKED):
        if match[1].lower() not in _NO_ANSWER:
            return match.span(1)
    if "question" in doc.lower and (found := doc.search(_IN_FORM)):
        return found.span(1)
    asked = doc.search(_QUESTION)
    if asked is None and doc.search(_OF_ACCOUNT):
        return None
    talk = (
        asked is not None
        or doc.has_access
        or doc.has_place
        or doc.says("if it asks", "asks for", "it asks", "pregunta", "answer")
    )
    for match in doc.finditer(_ANSWER):
        group = 1 if match[1] else 2
        if match[group].lower() not in _NO_ANSWER and (group == 1 or talk):
            return match.span(group)
    if asked is not None:
        for match in _THEN.finditer(doc.text, asked.start()):
            if match[1].lower() not in _NO_ANSWER:
                return match.span(1)
    return None


foreseen.hardly_ever(_GIVEN, _ASKED, _ANSWER, _IN_FORM, _OF_ACCOUNT)
