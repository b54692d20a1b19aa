"""Secrets that are described or spelled instead of said (rules)."""

import re
from itertools import pairwise

from broker.credentials import foreseen, words
from broker.credentials.labels import Label
from broker.credentials.pairs import TALK, is_placed, talks
from broker.credentials.tokens import Doc

Span = tuple[int, int]
REACH = 130  # characters behind a label that may describe its value

_SAME = re.compile(
    r"(?i)^[^\w]*(?:for \w+ |to \w+ |on \w+ |there |here |para \w+ )?(?:is|s(?= )|it's|=|:|are|es|was|will be|"
    r"stays|stayed)?\W*(?:still |"
    r"just |always |the |el |la |lo |exactly |that |one )*(?:same as|same one|same thing|mism[ao]s? (?:que|de)|"
    r"igual (?:que|a)|same (?:password|pin|word|"
    r"code) (?:as|i|we|that|for)|identical to)\b(?! (?:nothing|everything|all\b|todo|nada))"
)
_IS = re.compile(
    r"(?i)^\W*(?:[\w'-]{1,20} ){0,5}?(?:is|s(?= )|it's|its|=|:|es|was|sigue siendo|será|son|are|"
    r"would be)(?=\W)\W*(?P<rest>.*)"
)
_IS_SIGN = re.compile(r"^\s*(?:[:=]|->|-(?=\s))\s*(?P<rest>.*)")
_NOT_A_VALUE = re.compile(
    r"(?i)^(?:in|on|at|with|under|written|saved|kept|known|by|from|for|taped|stuck|hidden|stored|somewhere|en|"
    r"con|guardad\w+|"
    r"escrit\w+|anotad\w+|not|never|no|nunca|too|gone|lost|up|what i need|different|only|between|behind|about|"
    r"dentro|su|your|"
    r"mine|my own|my (?:business|problem|worry|husband's|wife's|son's|daughter's)$|my business|our business)\b"
)
_OWNED = re.compile(
    r"(?i)\b(?:my|our|his|her|their|mi|mis|nuestr[ao]s?|your|the|el|la|los|las|de mi|whose|name of|nombre de|"
    r"first|old)\b"
)
_MADE_OF = re.compile(
    r"(?i)\b(?:plus|followed by|and then|then (?:a|the|my|our)|in front|at the (?:end|front|start|beginning)|"
    r"backwards?|reversed|spelled|"
    r"al rev[eé]s|with (?:a|an|the) (?:capital|big|one|zero|number|dash|exclamation|dollar)|capital(?:ized)?|"
    r"no spaces?|all (?:one word|lower ?case|"
    r"caps|together|small)|twice|con (?:may[uú]scula|un|el n[uú]mero|el a[nñ]o)|(?:exclamation|dollar|"
    r"question) (?:points?|marks?|signs?)|sin espacios|y (?:el|su|luego) (?:a[nñ]o|n[uú]mero|fecha)|todo junto|"
    r"(?:and|&|y|with|\+) (?:the |my |his |her |our |their |el |su )?(?:birth ?)?(?:year|a[nñ]o|zip|"
    r"house number|number|age|graduation|anniversary)|"
    r"last (?:four|4|two|2)|first (?:four|4|three|3|letters?|two)|initials|iniciales|[uú]ltimos? \w+ d[ií]gitos)\b"
)
_RELATES = re.compile(
    r"(?i)\b(?:what|where|how|who|which|whatever|lo que|como|donde) (?:we|i|my \w+|our \w+|the kids|he|she|they|"
    r"grandpa|grandma|dad|mom|the \w+|it|le|nos|nac\w+|se|viv\w+|llam\w+)"
    r"(?: \w+){0,2} (?:call|name|nickname|drive|drove|raise|raised|met|married|live|lived|grew|born|had|yell|"
    r"say|said|always|called|llama\w*|dec\w+|nac\w+|viv\w+|puse)\w*|"
    r"\b(?:the |el |la )?(?:year|town|city|street|place|lake|river|road|school|day|date|song|month|a[nñ]o|"
    r"pueblo|calle|d[ií]a) (?:that |where |in which |donde |que |en que )?(?:i|we|he|she|they|my|our|mi|nac|"
    r"me)\b|\bwhere (?:we|i) (?:met|married|live|lived|grew up|went)|c[oó]mo se llama"
)
_SAID_LAST = re.compile(
    r"(?i)\b(?:my|our|mi|his|her|nuestr[ao]|the|same|name)\b[^.?!\n]{4,80}?,? (?:that is|that's|is|es|"
    r"esa es|eso es) (?:the|my|our|la|mi|el|your) (?:[\w-]{1,12} )?(?:pass ?word|passcode|pin|contrase[nñ]a|"
    r"clave)\b(?! (?:for|of|reset))"
)
_SAME_FIRST = re.compile(
    r"(?i)(?:\b(?:it's|its|it is|uses?|used|using|is|try|with|es|usamos|uso|con|still) |(?:^|"
    r"(?<=[.!?\n])\s*))(?:still |just |always |exactly |the |la |el |my |our )*(?:same|misma?|usual|regular|normal) "
    r"(?:old )?(?:pass ?word|passcode|pin|code|contrase[nñ]a|clave|login|one)\b (?:as|i |we |that|for|que|de|my|"
    r"on)\b(?! (?:nothing|everything|all\b|it all|todo|nada))"
)
_KNOWN = re.compile(
    r"(?i)\b(?:think of|just|it's|try|es|piense en) (?:my|our|the name of|mi|"
    r"el nombre de)\b[^.\n]{3,60}\b(?:and|plus|then|y|followed|with)\b[^.\n]{2,50}"
)
_SPELT_LAST = re.compile(
    r"(?i)\b[\w' -]{2,60} (?:is|are|es|that's) (?:the|my|our|la|mi) (?:pass ?word|passcode|pin|contrase[nñ]a|clave)\b"
)
# Of what is said last, and of what is said to be the same, one of these is a part.
_NAMES_ONE = words.listed("pass password passcode pin contrasena contraseña clave")
_SAMES = words.listed("same mism misma usual regular normal")
_AS_IN = re.compile(r"(?i)\b[a-z] (?:as in|for|like in|de) [a-z]{3,}")


def hints(doc: Doc) -> Span | None:
    """A password that is described or spelled: `same as the alarm code`, `my dog's name and 1987`."""
    if not doc.has_label:
        return _said_last(doc) if doc.says("same ", "misma ", "mismo ") else None
    for match in doc.finditer(_QUESTIONED):
        if _MADE_OF.search(match[1]) or (_folded(match[1]) & words.PEOPLE and _OWNED.search(match[1])):
            return match.span()
    for index in doc.labelled:
        token = doc.tokens[index]
        if (
            token.mark.label is Label.CODE
            or not token.mark.word.isalpha()
            or any(word in words.NEGATIONS for word in doc.words(index - 4, index))
        ):
            continue
        at = token.end - (2 if token.text.lower().endswith("'s") else token.text[-1] in ":=")
        rest = doc.text[at : token.end + REACH].split("\n")[0]
        rest = re.split(r"[.!?](?:\s|$)", rest)[0]
        if "?" in doc.text[token.end : token.end + len(rest) + 1] or _AND_QUESTION.match(rest):
            continue
        if _describes(rest) or (token.mark.label is Label.STRONG and _spelt(rest)):
            return token.start, token.end
    return _said_last(doc)


# What a page asks beside the password is told here, and not what she answers.
_AND_QUESTION = re.compile(r"(?i)\W*(?:and|y) (?:the|its|la|su) (?:\w+ )?(?:question|pregunta)\b")
_GUIDED = re.compile(
    r"(?i)\b(?:use|try|put|type|enter|it's|its|it is|is|es|think of|uses?|ponga|con|"
    r"son)\b[^.?!\n]{0,20}?\b(?:my|our|the|his|her|mi|el|la|nuestr[ao]|del)\b[^.?!\n]{2,90}"
)
_TWISTED = re.compile(
    r"(?i)\b(?:make|change|turn|swap) (?:the |each |every )?[\"']?\w[\"']? (?:an? |into |to |"
    r"for )[^.\n]{0,40}\b(?:add|sign|number|zero|one|capital)\b|\b(?:with|but|except|con) (?:\w+ )?(?:a|an|the|"
    r"una?|el|la) [\w$@!-]{1,6} (?:instead of|for|in place of|where|en vez de|por) (?:the |an? |la |"
    r"el )?(?:(?:first|last|second|letter|primera) ){0,2}[\"']?\w[\"']?s?\b"
)
# A twist says one of the first, or one of the second with one of the third.
_MAKES = words.listed("make change turn swap")
_BUT, _FOR = words.listed("with but except con"), words.listed("instead for place where vez por")
# With what a word of `words.PEOPLE` begins.
_PEOPLE = frozenset(word.partition("'")[0] for word in words.PEOPLE)
_BACKWARDS = re.compile(
    r"(?i)\b(?:it's|its|it is|es) (?:just |only |simply |solo )?(?:my|our|mi|the|his|"
    r"her) [^.\n]{2,30} (?:backwards?|in reverse|reversed|al rev[eé]s)\b"
)
_SAME_AS = re.compile(
    r"(?i)\b(?:code|pin|password|numbers?|clave|"
    r"contrase[nñ]a)\b[^.?\n]{0,40}\bsame (?:\w+ ){0,2}(?:numbers?|digits?|words?|code|thing) (?:as|that|we|i)\b"
)
_IS_ASKED = re.compile(r"[^.?!\n]{0,60}\?")
_LETTERS = re.compile(r"(?<![\w'])(?:[A-Za-z](?:, | |-)(?:then |and )?){3,}[A-Za-z](?![\w'])")
# Of each such run a part is this; it is found three times as fast.
_MAYBE_LETTERS = re.compile(r"[ -](?:then |and )?[A-Za-z](?:, |[ -])(?:then |and )?[A-Za-z](?:, |[ -])")
_SPELLS = re.compile(
    r"(?i)\b(?:spell\w*|letter by letter|letra por letra|capital|upper ?case|lower ?case|big|"
    r"little|may[uú]scula|zero|one|two|three|four|five|six|seven|eight|nine)\b"
)


_NAMES = re.compile(r"(?i)\b(?:name|surname|street|road|county|town|highway|apellido|nombre|calle|company)\b")


def _of_a_name(doc: Doc, spelt: re.Match[str]) -> bool:
    """Say whether a name or a street is spelled, and nothing is said of a password."""
    return not doc.has_label and _NAMES.search(doc.text, max(0, spelt.start() - 60), spelt.end() + 40) is not None


def described(doc: Doc) -> Span | None:
    """A secret that is described or spelled without a word that names it."""
    talk = doc.has_label or talks(doc) or is_placed(doc)
    if (
        doc.says("backward", "reverse", "al rev")
        and (found := doc.search(_BACKWARDS))
        and _folded(found[0]) & words.PEOPLE
    ):
        return found.span()
    same = doc.search(_SAME_AS) if doc.says("same ") else None
    if same and not _folded(same[0]) & words.NEGATIONS and not _IS_ASKED.match(doc.text, same.end()):
        return same.span()
    twisted = doc.has_any(_MAKES) or (doc.has_any(_BUT) and doc.has_any(_FOR))
    twisted = twisted and (talk or doc.says("secret"))
    if twisted and (found := doc.search(_TWISTED)):
        return found.span()
    spells = (talk or doc.says("spell")) and doc.search(_MAYBE_LETTERS) is not None
    spelt = doc.search(_LETTERS) if spells else None
    if spelt and not _of_a_name(doc, spelt) and doc.search(_SPELLS) and not _alphabet(spelt[0]):
        return spelt.span()
    if talk and doc.has_any(_PEOPLE):
        for found in doc.finditer(_GUIDED):
            said = _folded(found[0])
            if (
                said & words.PEOPLE
                and not said & (words.NEGATIONS | _RULES)
                and _MADE_OF.search(found[0])
                and _strong(doc, found)
            ):
                return found.span()
    return None


def _strong(doc: Doc, found: re.Match[str]) -> bool:
    """Say whether what is described signs somebody in, and is no line of a form."""
    return doc.near(TALK, max(0, found.start() - 90), min(len(doc.text), found.end() + 60)) and ":" not in found[0]


def _alphabet(letters: str) -> bool:
    """`A, B, C, D` is a list of parts."""
    row = [letter.lower() for letter in letters if letter.isalpha() and letter.isascii()]
    return all(ord(after) - ord(before) == 1 for before, after in pairwise(row))


_QUESTIONED = re.compile(r"(?i)\b(?:pin|pass ?word|pw|clave|contrase[nñ]a)\?+ +([^.?!\n]{3,60})")
# A plain word right behind the label, and then how it is written.
_GLOSSED = re.compile(
    r"(?i)^[\s:=-]{0,3}(?:is |es )?(?!reset|help|page|must|rules|needs|has|"
    r"should)[^\W\d_]{4,20}, [^.\n]{0,40}\b(?:first letter|capital|all (?:lower|small|one)|lower ?case|"
    r"small letters|number \w+ at|at the end|may[uú]scula)\b"
)


def _folded(text: str) -> set[str]:
    return {word.strip(",;:+") for word in re.findall(r"[\w']+", text.lower())}


def _describes(rest: str) -> bool:
    if _GLOSSED.match(rest):
        return True
    if _SAME.match(rest) and len(rest.split()) > 2:
        return True
    said = _IS.match(rest) or _IS_SIGN.match(rest)
    if said is None:
        return False
    value = said["rest"]
    if _NOT_A_VALUE.match(value):
        return False
    folded = _folded(
        re.sub(r"(?i)\b(?:no|without|sin) (?:any )?(?:spaces?|caps?|capitals?|espacios?|dash\w*)", "", value)
    )
    if folded & words.NEGATIONS or folded & _RULES:
        return False
    person = bool(folded & words.PEOPLE)
    if _RELATES.search(value):
        return True
    return bool(
        (person and _OWNED.search(value))
        or (_MADE_OF.search(value) and (person or _OWNED.search(value) or _TWO.match(value)))
    )


_TWO = re.compile(r"(?i)[\w']{3,}(?: [\w']+){0,3} (?:spelled|backwards?|reversed|al rev|plus|followed|with)")
_RULES = words.listed(
    "must should needs need requires require minimum least characters "
    "debe policy rule rules requirements expires expired wrong changed"
)


# What both of them know is named in a question, and then said to be the secret.
_BOTH_KNOW = re.compile(
    r"(?i)\b(?:remember|know|recall|knew|acuerda|acuerdas|sabes?|conoces?)\b[^.?!\n]{3,80}\? {1,2}(?:that's|"
    r"that is|that was|that one is|it's|es|eso es|[eé]s[ae] es) (?:the|my|our|her|his|their|la|mi|el|su) "
    r"(?:[\w-]{1,12} )?(?:pass ?word|passcode|pin|contrase[nñ]a|clave)\b"
    r"(?! (?:reset|page|form|rules?|thing|problem|error|they|i |that))"
)


def _said_last(doc: Doc) -> Span | None:
    named = doc.has_any(_NAMES_ONE)
    if named and "?" in doc.text:
        for found in doc.finditer(_BOTH_KNOW):
            if _OWNED.search(found[0]):
                return found.span()
    for found in doc.finditer(_SAID_LAST) if named else ():
        if _folded(found[0]) & words.PEOPLE or _MADE_OF.search(found[0]) or _RELATES.search(found[0]):
            return found.span()
    for found in doc.finditer(_SAME_FIRST) if doc.has_any(_SAMES) else ():
        before = _folded(doc.text[max(0, found.start() - 40) : found.start()].rpartition(".")[2])
        if "?" not in doc.text[found.end() : found.end() + 60].split(".")[0] and not before & (
            words.NEGATIONS | {"is", "can", "should"}
        ):
            return found.span()
    if doc.labelled and doc.search(_AS_IN) and _folded(doc.text) & words.SPELL:
        return doc.tokens[doc.labelled[0]].start, doc.tokens[doc.labelled[0]].end
    for found in doc.finditer(_SPELT_LAST) if named else ():
        if (
            len([word for word in re.findall(r"[\w']+", found[0].lower()) if word in words.SPELL]) >= 2
            and not _folded(found[0]) & _RULES
        ):
            return found.span()
    if doc.has_access or doc.has_place:
        for found in doc.finditer(_KNOWN):
            if _folded(found[0]) & words.PEOPLE and _MADE_OF.search(found[0]):
                return found.span()
    return None


_NOT_SPELT = _RULES | words.listed("at contain have has letters one-time rules policy")


# A time of day and a month: `November 27, 1:21 p.m.` is no word of a spelling alphabet with two letters.
_WHEN = re.compile(r"(?i)\b[ap]\.? ?m\b|\bnovember \d{1,2}\b")


def _spelt(rest: str) -> bool:
    """`capital L a r k, six, one, dash`: a value that is spelled out, and no rule about values."""
    rest = _WHEN.sub(" ", rest)
    folded = _folded(rest)
    if folded & _NOT_SPELT:
        return False
    if len(_AS_IN.findall(rest)) >= 1 and bool(re.match(r"(?i)^\W*(?:is|es|:|=|,)", rest)):
        return True
    said = [
        word
        for word in re.findall(r"[\w']+", rest.lower())
        if word in words.SPELL or (len(word) == 1 and word.isalpha() and word not in "aiyoe")
    ]
    return len(said) >= 3 or (len(said) >= 2 and bool(re.match(r"(?i)^\W*(?:is|es|:|=)", rest)))


foreseen.hardly_ever(_SAME_AS, _TWISTED, _SAME_FIRST, _KNOWN, _QUESTIONED, _SAID_LAST, _SPELT_LAST, _BACKWARDS, _AS_IN)
foreseen.hardly_ever(_BOTH_KNOW)
