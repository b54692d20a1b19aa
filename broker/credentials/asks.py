"""Texts that ask somebody for a login, plainly or in a roundabout way (rules)."""

import re
from collections.abc import Iterator
from itertools import islice

from broker.credentials import words
from broker.credentials.asking import (
    ASK,
    BACK,
    BELOW,
    BLANKS,
    BY_PHONE,
    FIRST,
    HERE,
    NOT,
    NUMBERS,
    OWN_CODE,
    PURPOSE,
    REFUSES,
    THAT,
    THEN,
    THING,
    TITLE,
    TOOL,
    TYPE_IT,
    WITH,
    WITHOUT,
    YOURS,
)
from broker.credentials.caseless import lowered
from broker.credentials.tokens import SENT, Doc
from broker.credentials.views import View, rewrite, words_of

Span = tuple[int, int]

_SENTENCE = re.compile(r"[^.!?\n]++(?:\n(?!\n)[^.!?\n]++)*+[.!?]?")
_ENDS = (".", "!", "?", "\n\n")  # of what stands before a sentence
LONG = 1000  # characters; no honest sentence is longer
MOST_ASKED = 8000  # sentences of one text that could ask
MOST = 6  # things of one sentence that are looked at
CLOSE = 90  # characters between what is asked for and the word that asks
FURTHER_IN_A_LIST = 300  # the same where it is one of several things, each with its letter or number
_LISTED = re.compile(r"(?:\([a-h1-8]\)|[;,] [b-h2-8]\)) (?:and )?(?:your|the|his|her) (?:\w+ ){0,3}$")
_OURS = SENT  # a request there is always one to a member


def asks(doc: Doc) -> Span | None:
    """A text that asks somebody for a login."""
    ours = doc.inlet in _OURS
    if not doc.says(*_CORES) and not (ours and doc.says(*_PHONE_CORES)):
        return None
    said = View(doc.lower)
    if not ours and "___" not in doc.text and said.search(THING) is None:
        return None
    named = False
    read: dict[str, Span | None] = {}  # what is asked in each sentence: a thread of mails says the same again
    cores = doc.which(_CORES + _PHONE_CORES if ours else _CORES)
    untitled = rewrite(doc.view, TITLE, lambda match: match[1] + " ")
    if untitled is not doc.view:
        said = View(lowered(untitled.text))
    text = said.text
    form = said.search(BLANKS) if "___" in text else None
    if form is not None and not NOT.search(text, max(0, form.start() - 80), form.end() + 80):
        return form.span()
    for match in _SENTENCE.finditer(text) if ours else _with_a_thing(said):
        then = THEN.match(match[0]) if named else None
        if then is not None and not NOT.search(match[0]):
            return match.start(), match.start() + then.end()
        named = False
        if match.end() - match.start() > LONG or not _worth(match[0], cores, doc.inlet):
            continue
        if match[0] not in read:
            if len(read) == MOST_ASKED:
                return match.span()  # nobody writes so; it could not be checked in time
            read[match[0]] = _in_sentence(match[0], doc.inlet)
        found = read[match[0]]
        if found is not None:
            return match.start() + found[0], match.start() + found[1]
        named = (
            ours
            and match.end() - match.start() < 300
            and THING.search(match[0]) is not None
            and not REFUSES.search(match[0])
        )
    return None


def _with_a_thing(said: View) -> Iterator[re.Match[str]]:
    """Give the sentences of a text that name what somebody could be asked for; no name of it goes over their end."""
    text, end = said.text, 0
    for thing in said.finditer(THING):
        if thing.start() < end:
            continue
        before = [(text.rfind(sign, end, thing.start()), len(sign)) for sign in _ENDS]
        sentence = _SENTENCE.search(text, max([end, *(at + length for at, length in before if at >= 0)]))
        if sentence is not None:
            end = sentence.end()
            yield sentence


def _worth(sentence: str, cores: list[str], inlet: str) -> bool:
    """Say cheaply whether a sentence in lower case could name a secret and could ask for it."""
    if not any(map(sentence.__contains__, cores)):
        return False
    said = words_of(sentence)
    if not said.isdisjoint(_ASKING) or any(word.startswith(_STEMS) for word in said):
        return True
    return inlet in _OURS


_WORD = re.compile(r"[^\W\d_]+")
_CORES = (
    "pass",
    "pwd",
    "contrase",
    "clave",
    "pin",
    "nip",
    "log",
    "sign",
    "cred",
    "datos de",
    "user",
    "usuario y",
    "code",
    "number",
    "digo",
    "security",
    "secret",
    "cookie",
    "link",
    "otp",
    "digit",
    "you use",
    "you type",
    "you get",
    "access",
    "maiden",
    "name",
    "street",
)
_PHONE_CORES = ("text", "sms", "pop", "buzz", "comes", "arrives", "authenticator", "mensaje")
_ASKING = words.listed(
    """send share give provide supply text e mail email forward tell reply respond submit confirm furnish include
    attach fill write jot read dictate shoot drop pass hand slip fax upload paste list message disclose reveal
    verify relay call come need needs needed want request require requires required looking waiting missing lack
    what whats which let have got borrow confirming verifying tiene tienes may can could might do mind consider
    by of leave ask get obtain collect enter type put without until unless"""
)
_STEMS = (
    "env",
    "reenv",
    "mand",
    "mánd",
    "compart",
    "denos",
    "dénos",
    "deme",
    "déme",
    "danos",
    "dar",
    "das",
    "propor",
    "diga",
    "díga",
    "dinos",
    "dime",
    "pas",
    "pás",
    "necesit",
    "indi",
    "facil",
    "escrib",
    "escríb",
    "respond",
    "respónd",
    "contest",
    "contést",
    "cuál",
    "cual",
    "anot",
    "hag",
    "hág",
    "dict",
    "díct",
    "requer",
    "ocup",
    "falta",
    "qué",
    "ingres",
    "sin",
)


def _in_sentence(sentence: str, inlet: str) -> Span | None:
    things = list(islice(THING.finditer(sentence), MOST))
    if not things and not (inlet in _OURS and BY_PHONE.search(sentence)):
        return None
    if inlet not in _OURS and FIRST.match(sentence) and "without" not in sentence and "unless" not in sentence:
        return None
    if OWN_CODE.search(sentence):
        return None
    denied = NOT.search(PURPOSE.sub("", sentence)) is not None
    if not denied:
        for pattern in (
            (TOOL, TYPE_IT) if inlet not in _OURS or not BY_PHONE.search(sentence) else (TOOL, TYPE_IT, NUMBERS)
        ):
            if found := pattern.search(sentence):
                return found.span()
    for thing in things:
        before, behind = sentence[: thing.start()], sentence[thing.end() :]
        following = _WORD.match(behind.strip().lower())
        if _OTHER_PIN.search(before):
            continue
        if (following and following[0] in words.TROUBLES) or (inlet not in _OURS and _NEW.search(before)):
            continue
        if WITHOUT.search(before) and (inlet in _OURS or YOURS.search(sentence)) and not _MINE.search(before):
            return thing.span()
        if denied:
            continue
        if (HERE.search(before) and BELOW.match(behind)) or _asks_for(sentence, thing, inlet):
            return thing.span()
    return None


# A name of a program's (`"text":`), a field's in a page (`email<input`); `purge-free-text` is one, too.
_NAME = re.compile(r"[\"']\s?[:=]|<")
_FIELDS = frozenset({"text", "email", "e-mail", "list", "pass", "request"})
_VERIFIED = re.compile(r"e-?mail verified\b")  # how a signer was known, as our letters say it
_NEW = re.compile(r"\b(?:a |another |an? (?:new|fresh|temporary) |new )(?:\w+ )?$")
_MINE = re.compile(r"\b(?:my|mine|mi|mis|our|nuestr[ao]s?)\b[^,;]{0,30}$")
_BARELY = re.compile(
    r"\W*(?:please |kindly |we |still )*(?:need|require|send|give|provide|forward) (?:me |"
    r"us )?(?:the|member'?s?|customer'?s?) "
)
_TRIED = re.compile(
    r"\b(?:tried|tries|wanted|offer(?:s|ed)?|wants|going|willing|able|likes?|refuse[sd]?|"
    r"started|began|happy|glad|ready|used) to$|\bdonde(?: se| uno)?$|\basked (?:me|us) to$|"
    r"\b(?:quer[ií]an?|quiso|quisieron|ofreci[oó]|intent[oó]|iba a)$"
)
# What she offers to do herself, and what is no PIN to a portal.
_OFFERED = re.compile(r"(?:dicto|doy|paso|mando|env[ií]o|comparto|escribo|digo)$")
_OTHER_PIN = re.compile(r"\b(?:parcel|tax|assessor|property|debit|bank|card)(?:'s)? $")
_SUBJECT = re.compile(
    r"\b(?:you|i|i'll|i'd|i've|they|he|she|it|members?|customers?|"
    r"caller|co-?op|cooperativa|portal|smart ?hub|system|site|usted|"
    r"yo)(?: (?!and\b|y\b|to\b)\w+){0,2}$"
)
# Spanish that says what somebody does or did: quien envía, alguien mandó, suspendido por enviar.
_REPORTS = re.compile(r"\b(?:quien(?:es)?|alguien|persona|programa)(?: (?:nos|me|le|les|se|que|ya))*$|\bpor$")
_WAS = re.compile(r"(?:envi|mand|compart|escrib|pid)(?:ó|ió|aron|ieron)\b")
_INVITED = re.compile(
    r"(?:members?|customers?|people|folks|most)(?: usually| just| normally| simply| often| always){1,3}$|(?:can|"
    r"could|would|will|may|might|please|must|should|if) you(?: please| kindly| just| all| guys| members| folks|"
    r" both| two)*$|you (?:must|"
    r"should|to|can|could|"
    r"may)(?: just| please)?$|need you to$|(?:can|may|could) i$|you mind$|for you to$|unless you$"
)


def _asks_for(sentence: str, thing: re.Match[str], inlet: str) -> bool:
    if _MINE.search(sentence[: thing.start()]):
        return False
    tool = WITH.search(sentence[: thing.start()]) is not None
    close = FURTHER_IN_A_LIST if _LISTED.search(sentence[: thing.start()]) else CLOSE
    for ask in ASK.finditer(sentence):
        if abs(ask.start() - thing.start()) >= close or thing.start() <= ask.start() < thing.end():
            continue
        named = _NAME.match(sentence, ask.end()) or (ask[0] in _FIELDS and sentence[ask.end() : ask.end() + 1] == ":")
        if named or sentence[ask.start() - 1 : ask.start()] == "-" or _VERIFIED.match(sentence, ask.start()):
            continue
        before = sentence[: ask.start()].rstrip().lower()
        if inlet not in _OURS and _OFFERED.search(ask[0]):
            continue
        if _TRIED.search(before) or _REPORTS.search(before) or _WAS.match(sentence, ask.start()):
            continue
        if _SUBJECT.search(before) and not _INVITED.search(before):
            continue
        if ask.start() >= thing.end() and not BACK.match(sentence, ask.start()):
            continue
        if (
            tool
            and not (ask.start() >= thing.end() and THAT.match(sentence, ask.start()))
            and not (
                ask.start() < thing.start()
                and re.match(r"\W*(?:reply|respond|call|come|get|answer|resp[oó]nd\w+|cont[eé]st\w+)\b", ask[0])
            )
        ):
            continue
        if inlet in _OURS:
            return True
        if ask.start() < thing.start() and _BARELY.match(sentence) and thing.start() < 24:
            return True
        if ask.start() < thing.start() and FIRST.match(sentence) is None and YOURS.search(sentence):
            return True
    return False
