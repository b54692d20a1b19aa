"""Texts that ask for a login, hand over access, or describe a password without saying it (rules)."""

import re

from broker.credentials import words
from broker.credentials.labels import Label
from broker.credentials.shape import Level, core, level
from broker.credentials.tokens import Doc

Span = tuple[int, int]

_SENTENCE = re.compile(r"[^.!?\n]+(?:\n(?!\n)[^.!?\n]+)*[.!?]?")
_THING = re.compile(
    r"(?i)\b(?:pass ?words?|pass ?codes?|pass ?phrases?|contrase[nñ]as?|claves?(?: de acceso)?|pins?|"
    r"log[ -]?in(?:s| info\w*| details?| name)?|"
    r"sign[ -]?in(?: info\w*| details?)?|log-?on|credentials?|creds|credenciales|user ?names? and|usuario y|"
    r"(?:one[ -]time|verification|security|access|sign[ -]?in|log-?in|texted|six[ -]digit|6[ -]digit) codes?|"
    r"security (?:answers?|questions?)|"
    r"c[oó]digo (?:de (?:verificaci[oó]n|acceso|seguridad|un solo uso|ingreso)|que (?:le|te|les) \w+)|"
    r"session cookie|recovery link|otp|codes? (?:that |which )?you (?:receive|received|get|got|"
    r"are sent) (?:by text|on your phone|by sms|from)|codes? (?:that |which )?(?:smart ?hub|the portal|"
    r"the co-?op|they|it) (?:just )?(?:text|sen[dt]|e-?mail)\w*)\b"
)
_ASK = re.compile(
    r"(?i)\b(?:send|share|give|provide|supply|text|(?<!your )e-?mail(?! address)|forward|tell|reply|respond|"
    r"submit|confirm|furnish|include|attach|fill in|write|"
    r"message|pass (?:me|us|along|on)|need|want|request|(?<=we )require|what(?:'s| is| are)|let (?:me|"
    r"us) (?:have|know)|"
    r"have you got|may (?:i|we) have|"
    r"(?:can|could|may) (?:i|we) (?:get|have|borrow|use)|(?:mind|consider|by|of) (?:send|shar|giv|provid|tell|"
    r"e-?mail|text|forward)ing|drop|leave|env[ií]e\w*|enviar\w*|m[aá]nd[ea]\w*|comparta\w*|compart[ei]\w*|"
    r"d[eé]nos|d[aá]nos|dar\w*|proporci[oó]n\w*|d[ií]ga\w*|necesit\w+|indique\w*|facilit\w+|escriba\w*|"
    r"responda\w*|conteste\w*|cu[aá]l es)\b"
)
_YOURS = re.compile(
    r"(?i)\b(?:your|you use|you have|you sign|you log|su|sus|tu|tus|usted|the (?:member|customer|owner|holder|"
    r"user)|(?:member|customer|client|owner|tenant|user)'?s'?|their|his|her)\b"
)
_NOT = re.compile(
    r"(?i)\b(?:no|not|never|don't|dont|doesn't|won't|cannot|can't|without|nor|nobody|neither|isn't|shouldn't|"
    r"mustn't|wouldn't|"
    r"nunca|jam[aá]s|ni|sin|tampoco|nadie|no one|refuse[sd]?|anyone|someone|somebody|anybody|whoever|if (?:he|"
    r"she|they|any)|si alguien|"
    r"reset|change|forgot\w*|keep|beware|phish\w*|scam\w*|fraud\w*|aren't|prohibit\w*|forbid\w*|avoid|"
    r"rather than|instead of|ningun[ao]?|own|restablec\w+|cambi\w+|olvid\w+|"
    r"yourself|if [^,.]{0,40}\basks?|do i|should i|must i|will you|do you|need to share|policy|rule)\b"
)
_OWN_CODE = re.compile(
    r"(?i)\bwe (?:just )?(?:sent|e-?mailed|mailed)|(?:from|in) (?:our|this|the) e-?mail|broker\.example|"
    r"le enviamos|que enviamos"
)
_FIRST = re.compile(r"(?i)^\W*(?:i|my|mi|yo|we're|i'm|i've)\b")


_BACK = re.compile(
    r"(?i)[\w-]+ (?:it|them|that|those|both)?\b[^.,;]{0,20}\b(?:us|me|back|over|here)\b|(?:nos|"
    r"nosotros|aqu[ií])\b"
)


_HERE = re.compile(r"(?i)\b(?:enter|type|put|fill in|escriba|ingrese)\b[^.]{0,40}$")
_BELOW = re.compile(
    r"(?i)^[^.]{0,40}\b(?:below|in (?:the|this|our) (?:form|box|field|reply)|abajo|en este formulario)\b"
)


def asks(doc: Doc) -> Span | None:
    """A text that asks somebody for a login."""
    if not doc.near(_THING, 0, len(doc.text)):
        return None
    for match in _SENTENCE.finditer(doc.text):
        sentence = match[0]
        if len(sentence) > 1000:
            continue
        if _OWN_CODE.search(sentence):
            continue
        for thing in _THING.finditer(sentence):
            before, behind = sentence[: thing.start()], sentence[thing.end() :]
            here = _HERE.search(before) and _BELOW.match(behind) and not _NOT.search(sentence)
            if here or _asks_for(sentence, thing, doc.inlet):
                return match.start() + thing.start(), match.start() + thing.end()
    return None


def _asks_for(sentence: str, thing: re.Match[str], inlet: str) -> bool:
    ask = next((each for each in _ASK.finditer(sentence) if abs(each.start() - thing.start()) < 90), None)
    if ask is None or _NOT.search(sentence):
        return False
    if re.search(r"(?i)\b(?:my|mine|mi|mis|our|nuestr[ao]s?)\b[^,;]{0,30}$", sentence[: thing.start()]):
        return False
    before = sentence[: ask.start()].rstrip().lower()
    if re.search(r"\b(?:you|i|they|he|she|members?|customers?|usted|yo)(?: \w+){0,2}$", before) and not re.search(
        r"(?:can|could|would|will|may|might|please|must|should) you(?: please| kindly)?$|if you$|you (?:must|"
        r"should|to|can)$|need you to$|can i$|may i$|could i$|you mind$",
        before,
    ):
        return False
    if ask.start() > thing.end() and not _BACK.match(sentence, ask.start()):
        return False
    mine = bool(_YOURS.search(sentence))
    if inlet in ("outbound_email", "nectar_call"):
        return True
    return mine and ask.start() < thing.start() and _FIRST.match(sentence) is None


_HANDED = re.compile(
    r"(?i)\b(?:i|we|she|he|wife|husband|bookkeeper|yo)(?:'ve| have|'ll| will| can| just| already| then|'d| had|"
    r" could)* (?:added?|put|made|make|set up|invited?|registered?|gave|give|granted?|listed?|signed up|enrolled) "
    r"(?:you|your|y'all|u|them|him|her|the broker|the agent|this office)\b[^.\n]{0,60}?\b(?:additional user|"
    r"authorized user|delegate|guest(?: user)?|secondary user|sub-?user|"
    r"co-?user|second user|another user|extra user|shared access|full access|user on|access to my (?:smarthub|"
    r"portal|online|account))\b|"
    r"\b(?:los|te|le|lo|la) (?:agregu[eé]|a[nñ]ad[ií]|puse|di de alta|inclu[ií]|invit[eé]) (?:como|a) (?:un |"
    r"una )?(?:usuari[oa] (?:adicional|autorizad[oa])|delegad[oa]|invitad[oa])|"
    r"\b(?:you(?:'re| are)|your (?:office|e-?mail|name|company) is) (?:now |already )?(?:added |listed |"
    r"set up |on my (?:account|smarthub|profile|login) (?:now )?)?"
    r"(?:as )?(?:an |a |the )?(?:additional|secondary|delegate|extra) user\b|"
    r"\b(?:tablet|phone|laptop|computer|ipad|device|browser|pc|machine|celular|"
    r"computadora)\b[^.\n]{0,40}\b(?:still |already |left |stays |remains |is |sigue )*(?:logged|signed) ?(?:in|"
    r"on)\b[^.\n]{0,60}\b(?:use it|you can|you may|go ahead|help yourself|"
    r"look around|take a look|whenever|pull|download|just open)"
)
_ADD_US = re.compile(
    r"(?i)\b(?:add|invite|register|list|set up) (?:us|me|our (?:office|e-?mail|company)|"
    r"the broker) (?:\w+ ){0,4}(?:additional|authorized|delegate|guest|secondary|second|extra) user"
)
_DENIED = re.compile(r"(?i)\b(?:not|never|no|nor|cannot|can't|won't|didn't|don't|unless|if)\b")


def hands_over(doc: Doc) -> Span | None:
    """Access given as an additional user or on a device that stays signed in."""
    if not doc.says("user", "usuari", "deleg", "guest", "access", "logged", "signed", "invitad"):
        return None
    for match in _ADD_US.finditer(doc.text):
        before = doc.text[max(0, match.start() - 60) : match.start()].rpartition(".")[2]
        if (not _NOT.search(before) and "?" not in doc.text[match.end() : match.end() + 1]) or (
            doc.inlet == "outbound_email" and not _NOT.search(before)
        ):
            return match.span()
    for match in _HANDED.finditer(doc.text):
        if not _DENIED.search(doc.text[max(0, match.start() - 30) : match.end()]):
            return match.span()
    return None


_SAME = re.compile(
    r"(?i)^\W*(?:for \w+ |to \w+ |on \w+ |there |para \w+ )?(?:is|it's|=|:|are|es|was|will be)?\W*(?:still |"
    r"just |always |the |el |la |lo )*(?:same as|same one as|mism[ao] (?:que|de)|same password)\b"
)
_DESCRIBED = re.compile(
    r"(?i)^\W*(?:\w+ ){0,4}?(?:is|it's|=|:|es|was)\W*(?:still |just |always )*(?:my|our|the|his|her|mi|el|la|"
    r"nuestr[ao]|su|name of|nombre de)\b"
)


def hints(doc: Doc) -> Span | None:
    """A password that is described: `same as the alarm code`, `my dog's name and 1987`."""
    if not doc.has_label:
        return None
    for index in doc.labelled:
        token = doc.tokens[index]
        if token.mark.label not in (Label.STRONG, Label.PIN, Label.WEAK):
            continue
        if any(word in words.NEGATIONS for word in doc.words(index - 4, index)):
            continue
        rest = doc.text[token.end - (token.text[-1] in ":=") : token.end + 110].split("\n")[0]
        rest = re.split(r"[.!?](?:\s|$)", rest)[0]
        if "?" in doc.text[token.end : token.end + len(rest) + 1]:
            continue
        if _SAME.match(rest) and len(rest.split()) > 3:
            return token.start, token.end
        folded = {word.strip(",;:+") for word in re.findall(r"[\w']+", rest.lower())}
        if _DESCRIBED.match(rest) and folded & words.PEOPLE:
            return token.start, token.end
        if _VARIED.search(rest) and not folded & words.NEGATIONS:
            return token.start, token.end
        if (
            token.mark.label is Label.STRONG
            and folded.isdisjoint(("rules", "rule", "policy", "requirements"))
            and _spelt(rest, folded)
        ):
            return token.start, token.end
    found = _SAID_LAST.search(doc.text)
    return found.span() if found and set(re.findall(r"[\w']+", found[0].lower())) & words.PEOPLE else None


_SAID_LAST = re.compile(
    r"(?i)\b(?:my|our|mi|his|her|nuestr[ao]|the)\b[^.?!\n]{4,80}?,? (?:that is|that's|is|es|"
    r"esa es) (?:the|my|our|la|mi) (?:pass ?word|passcode|pin|contrase[nñ]a|clave)\b(?! (?:for|of|reset))"
)
_VARIED = re.compile(r"(?i)^\W*(?:\w+ ){0,3}?(?:is|=|:|es)\W.{0,30}\b(?:backwards?|reversed|spelled|al rev[eé]s)\b")


def _spelt(rest: str, folded: set[str]) -> bool:
    """`capital L a r k, six, one, dash`: a value that is spelled out, and no rule about values."""
    said = [word for word in re.findall(r"[\w']+", rest.lower()) if word in words.SPELL]
    rule = folded & words.listed(
        "must should at least needs need requires require minimum contain have has characters letters one-time debe"
    )
    return (len(said) >= 3 and not rule) or (
        len(said) >= 2 and not rule and bool(re.match(r"(?i)^\W*(?:is|es|:|=)", rest))
    )


_ANSWER = re.compile(
    r"(?i)\b(?:security (?:answer|question)|secret answer|respuesta (?:de seguridad|secreta)|"
    r"challenge answer)\b[^\n.?]{0,60}?(?:is|:|=|->|es)\s*[\"']?([^\W\d_][\w'-]{2,30})|"
    r"\b(?:mother'?s maiden name|maiden name|first pet|favou?rite teacher|first school|"
    r"apellido de soltera)\b[^\n.?]{0,30}?(?::|=|->|\bis\b|\bes\b)\s*[\"']?([A-Z][\w'-]{2,30})"
)
_NO_ANSWER = words.listed(
    "not never no none required wrong incorrect the a an my your set needed too asked what n/a blank forgotten"
)


_GIVEN = re.compile(r"(?i)\b(?:security|secret) answer\s+(\S{4,40})")


def answers(doc: Doc) -> Span | None:
    """The answer to a security question."""
    if not doc.says("security", "secret", "seguridad", "challenge", "maiden", "pet", "teacher", "school", "soltera"):
        return None
    for match in _GIVEN.finditer(doc.text):
        if level(core(match[1])) >= Level.NAME:
            return match.span(1)
    for match in _ANSWER.finditer(doc.text):
        group = 1 if match[1] else 2
        if match[group].lower() not in _NO_ANSWER:
            return match.span(group)
    return None
