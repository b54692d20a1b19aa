"""A user name and a secret side by side, and talk of signing in with a bare secret (rules)."""

import re

from broker.credentials import foreseen, words
from broker.credentials.labelled import is_candidate
from broker.credentials.labels import label_of
from broker.credentials.shape import EMAIL, Level, core, is_address, is_user_like, level
from broker.credentials.tokens import Doc, Token

Span = tuple[int, int]

_NOT_USERS = words.listed(
    """algorithm method hash scheme cipher token key code id
    name note notes text value type
    date time from subject reply hash sha256 md5 etag http https mailto tel"""
)
_NAMES_A_USER = words.listed("username userid user usuario usuaria uid usr uname")  # and no secret behind it
_SIGNS = words.listed("/ | : // \\")
_BETWEEN = words.listed("/ | : - , ; + & and then y luego -> => \\ // ~ con with")
SHORT = 120  # in so short a text a colon alone says enough
_MAYBE_SLASH = re.compile(r"(?:[/:|\\]\s?|\s-\s)[^\s/|]{5}")
# The second half is only looked at: it may be the first half of the next.
_SLASH = re.compile(r"(?<![\w/:.@+-])([\w.@+-]{3,64}+)(\s?[/:|\\]\s?|\s-\s)(?=([^\s/|]{5,64})(?=[\s.,;)]|$))")


def implicit(doc: Doc) -> Span | None:
    """An e-mail address and, right behind it, a word that looks like a secret."""
    if not doc.has_email:
        return None
    for index in doc.mailed:
        token = doc.tokens[index]
        glued = re.match(r"[^\w]*" + EMAIL.pattern + r"[/:,|;~]+(\S{5,64})$", token.text)
        if glued and _is_behind_mail(doc, core(glued[1]), index):
            return token.end - len(glued[1]), token.end
        if not (EMAIL.fullmatch(token.mark.core) or _KEYED_MAIL.search(token.mark.core)):
            continue
        nxt = index + 1
        if nxt < len(doc.tokens) and (doc.tokens[nxt].text in _BETWEEN or doc.tokens[nxt].mark.word in _BETWEEN):
            nxt += 1
        if nxt >= len(doc.tokens) or (nxt > index + 1 and token.mark.closes and token.text[-1] in ".!?"):
            continue
        if "\n\n" in doc.gap(nxt) or token.text[-1] in ".!?":
            continue
        found = doc.tokens[nxt]
        if found.mark.joins:
            continue  # the name of the next line
        need = Level.LIKELY if nxt == index + 1 or doc.has_access or doc.tokens[nxt - 1].text in _SIGNS else Level.MIXED
        if found.mark.level >= need or (found.mark.level >= Level.NAME and doc.has_access):
            return _span(found)
    return None


_KEYED_MAIL = re.compile(r"[?&][\w-]{1,30}=" + EMAIL.pattern + "$")
_HEADER = re.compile(r"(?i)(?<![a-z])(?:auth|basic|user_?pwd|userpass|creds?|login)[\"']?\s?[:=]\s?[\"']?$")


def slashed(doc: Doc) -> Span | None:
    """`name / secret`, `name:secret`, with or without talk of signing in."""
    if not doc.says("/", ":", "|", "\\", " -", "-\n"):
        return None
    worth = len(doc.text) >= foreseen.WORTH or doc.search(_MAYBE_SLASH) is not None
    for match in doc.finditer(_SLASH) if worth else ():
        if match[3].isalpha():
            continue
        user, secret = match[1], core(match[3])
        if ":" in match[2] and user.lower() in _NAMES_A_USER:
            continue
        if match[2] == ":" and user[-2:].isdigit() and _MINUTES.match(secret):
            continue  # a time of the day
        shape = level(secret)
        if shape < Level.NAME:
            continue
        if any(label_of(part) for part in re.split(r"[\W_]+", user.lower())):
            continue  # the rules of labels decide
        if _FIELD.fullmatch(user) or _PACKED.search(user) or _PARAMETER.search(secret):
            continue
        if is_address(secret) or user.isdigit() or is_address(f"x.{user}"):
            continue
        talk = 2 if _HEADER.search(doc.text, max(0, match.start() - 24), match.start()) else _talk(doc, match.start())
        if (
            talk == 0
            and match[2].strip() == "/"
            and (level(user) is Level.NAME or _given(user, match[2]))
            and shape >= Level.LIKELY
            and "//" not in doc.text
        ):
            return match.start(3), match.start(3) + len(secret)
        if talk == 0 and (
            shape < (Level.NAME if _given(user, match[2]) else Level.MIXED) or "-" in match[2] or not _user_like(user)
        ):
            continue
        if talk == 0 and " " not in match[2] and len(doc.text) > SHORT:
            continue
        if talk == 0 and ":" in match[2] and (len(doc.text) > SHORT or user.isalpha()):
            continue
        if (
            user.lower() in words.ID_NOUNS
            or user.lower() in _NOT_USERS
            or ((talk < 2 or doc.inlet in PROGRAMS) and ":" in match[2] and not _user_like(user))
            or (doc.inlet in PROGRAMS and ":" in match[2] and user.isalpha())  # the name of a member of an object
        ):
            continue
        if shape is Level.NAME and talk < 2 and not _given(user, match[2]):
            continue
        return match.start(3), match.start(3) + len(secret)
    return None


_MINUTES = re.compile(r"\d\d(?![^\W_])")
_PACKED = re.compile(r"(?i)(?:64|b64|base64|data|content|blob|pdf|png)$")  # names of what programs pack
_PARAMETER = re.compile(r"\?[\w.-]+=")
_FIELD = re.compile(r"[A-Z]\w*+(?:-[A-Z]\w*+)+")  # X-Request-Id: a header of a program


def _given(user: str, sign: str) -> bool:
    """Say whether this can only be a user name: `rob.west`, `rob77 /`."""
    return (
        is_user_like(user)
        or (
            "/" in sign
            and user.islower()
            and user.isalpha()
            and len(user) >= 4
            and user not in words.STOP | words.ID_NOUNS | words.EVERYDAY
        )
        or ("/" in sign and " " in sign and level(user) is Level.NAME)
    )


def _user_like(word: str) -> bool:
    return (
        word.islower() and len(word) >= 4 and (any(c.isdigit() or c in "._-@" for c in word) or word not in words.STOP)
    )


def _is_behind_mail(doc: Doc, secret: str, index: int) -> bool:
    """Say whether what is glued to an address is a secret; two words with a sign are one behind `login` alone."""
    if _TWO_WORDS.fullmatch(secret):
        return not words.ACCESS.isdisjoint(doc.words(index - 3, index))
    return level(secret) >= Level.NAME and not is_address(secret)


_TWO_WORDS = re.compile(r"[A-Za-z]{3,20}[._][A-Za-z]{3,20}")


def _talk(doc: Doc, at: int) -> int:
    """Say how much the words before a place talk of signing in: 0, 1 (a place), 2 (an act)."""
    near = re.findall(
        r"[\w-]+", (doc.text[max(0, at - 80) : at] + " " + doc.text[at : at + 90].partition(" ")[2]).lower()
    )
    if any(word in words.ACCESS for word in near) or re.search(
        r"\b(?:log|sign) ?(?:in|on)\b|\baccess\b", " ".join(near)
    ):
        return 2
    return int(any(word in words.PLACES for word in near))


def adjacent(doc: Doc) -> Span | None:
    """`login wbrown Lilac88`, `SmartHub: wbrown, Lilac88`: a name that is no word and then a secret."""
    if not (doc.has_access or doc.has_place) or doc.best < Level.LIKELY:
        return None
    for index in doc.entries:
        for far in range(1, 9):
            at = index + far
            if at >= len(doc.tokens) or "\n\n" in doc.gap(at):
                break
            here = doc.tokens[at]
            if here.mark.level < Level.LIKELY or far < 2 or not is_candidate(doc, at, near=True):
                continue
            if _behind_name(doc, at, index) and not _identifier_before(doc, at):
                return _span(here)
    return None


def bare(doc: Doc) -> Span | None:
    """`rob77 Gr4vel!x`, `rob77 and then Gravel!9`: a user name and a word with signs, without any talk."""
    if doc.best < Level.MIXED:
        return None
    for index in doc.shaped:
        token = doc.tokens[index]
        if index == 0 or token.mark.level < Level.MIXED or "," in token.mark.core or "\n\n" in doc.gap(index):
            continue
        back = index - 1
        while back > 0 and index - back < 4 and doc.tokens[back].mark.word in ("and", "then", "y", "luego", "plus"):
            back -= 1
        if (
            doc.tokens[back].mark.level is Level.NAME
            and doc.tokens[back].mark.core.islower()
            and "," not in doc.tokens[back].mark.core
            and is_candidate(doc, back)
        ):
            return _span(token)
    return None


def _behind_name(doc: Doc, at: int, access: int) -> bool:
    back = at - 1
    while back > access and doc.tokens[back].mark.word in _BETWEEN | {"", "is", "es"}:
        back -= 1
    name = doc.tokens[back].mark
    if back <= access or name.level < Level.PLAIN or name.access or name.place:
        return False
    if name.word in _NOT_USERS or name.word in words.ID_NOUNS:
        return False
    direct = doc.tokens[back - 1].mark
    known = name.level is Level.NAME or is_user_like(name.core) or EMAIL.fullmatch(name.core) is not None
    said = direct.user or (direct.access and direct.joins)
    shape = doc.tokens[at].mark.level
    line = at + 1 == len(doc.tokens) or "\n" in doc.gap(at + 1)
    listed = (
        (direct.access or direct.place)
        and len(name.word) >= 4
        and (
            shape >= Level.MIXED
            or (
                line
                and doc.inlet != "outbound_email"
                and not name.word.endswith(("s", "ed", "ing"))
                and doc.tokens[back].text.islower()
            )
        )
    )
    return known or ((said or listed) and name.word not in words.STOP and name.word not in words.ENTER)


def _identifier_before(doc: Doc, at: int) -> bool:
    return any(word in words.ID_NOUNS for word in doc.words(at - 1, at))


TALK = re.compile(
    r"(?i)\b(?:log(?:s|ged|ging)?[ -]?(?:in|on|into|out|off)|log(?:s|ged)? (?:me|us|her|him|them|you|it|myself|"
    r"yourself) (?:in|on|into)|"
    r"(?:go|goes|gone|went|got|going) in (?:as|with|using|by|under|through|to my|to our)|"
    r"sign(?:s|ed|ing)?[ -]?(?:in|on|into)|logins?|logons?|"
    r"log-?ins?|sign-?[io]ns?|"
    r"credentials?|creds|get(?:s|ting)? (?:in|into|you in|me in|us in)|lets? (?:you|me|us|them|her|him) in|"
    r"web access|online access|access to|"
    r"opens? (?:with|up|it|the)|unlocks?|usernames?|user ?(?:id|name)|entrar|entra|entro|iniciar sesi[oó]n|"
    r"inicio(?: de)? sesi[oó]n|"
    r"ingresar|ingreso|ingresa|usuario|acced\w+|acceso|change your mind|reset it|changed it|set it to|new one|"
    r"cambia(?:s|n)? de (?:idea|opini[oó]n)|"
    r"passwords?|pass ?codes?|pw|pwd|passwd|contrase[nñ]as?|(?:my|our|his|her) user|entren|entran|entramos|"
    r"entre con|meterse|se mete)\b"
)
PLACE = re.compile(
    r"(?i)\b(?:smart ?hub|portal|web ?sites?|web|co-?op (?:web ?)?(?:site|page|app|account)|site asks|page asks|"
    r"(?:the|that|your|their|its) (?:site|page|screen)|"
    r"online|app|sitio|p[aá]gina|on-line)\b"
)

# Each way to say it has one of these: a cheap question before a dear one.
_TALKED = (
    "log", "sign", "cred", "get", "let", "web access", "online access", "access to", "go", "went", "open", "unlock",
    "user", "entra", "entre", "entro", "inici", "ingres", "usuario", "acced", "acceso", "change", "reset", "set it",
    "new one", "cambia", "pass", "pw", "contrase", "meter", "mete",
)  # fmt: skip
_PLACED = ("smart", "portal", "web", "op", "site", "page", "screen", "online", "on-line", "app", "sitio", "gina")


def talks(doc: Doc) -> bool:
    """Say whether a text speaks anywhere of signing in."""
    return doc.says(*_TALKED) and doc.near(TALK, 0, len(doc.text))


def is_placed(doc: Doc) -> bool:
    """Say whether a text speaks anywhere of a portal, a page or a program."""
    return doc.says(*_PLACED) and doc.near(PLACE, 0, len(doc.text))


PROGRAMS = frozenset({"api_json", "nectar_call"})


def among_words(doc: Doc, index: int) -> bool:
    """Say whether a word stands among words, not alone behind a key or in a cell."""
    near = [token.mark for token in doc.tokens[max(0, index - 3) : index + 3]]
    return sum(mark.core.isalpha() and not mark.joins for mark in near) >= 2


def in_prose(doc: Doc) -> Span | None:
    """`sign on yourselves, we use X there`, `the website opens with their mail and X`."""
    if doc.best < Level.NAME or not (talks(doc) or is_placed(doc)):
        return None
    for index in doc.shaped:
        token = doc.tokens[index]
        shape = token.mark.level
        start, end = token.start - 130, token.end + 70
        if not (doc.near(TALK, start, end) or doc.near(PLACE, start, end)):
            continue
        if not is_candidate(doc, index) or (doc.inlet in PROGRAMS and not among_words(doc, index)):
            continue
        start, end = doc.paragraph(start, end, token.start)
        strong = doc.near(TALK, start, token.start) * 2 + doc.near(TALK, token.end, end)
        place = doc.near(PLACE, start, end)
        if not strong and not place:
            continue
        if _proves(doc, index, shape, strong=strong, place=place):
            return _span(token)
    return None


_WHAT = re.compile(
    r"(?i)\W{1,3}(?:is|es|was|era|should be|ought to be) (?:what|the one|how|lo que|la que|it)\b|"
    r"\W{1,3}(?:lets|gets|will get|opens|me deja|works|should work)\b"
)


def _proves(doc: Doc, index: int, shape: Level, *, strong: int, place: bool) -> bool:
    own = doc.tokens[index]
    if shape >= Level.LIKELY and _WHAT.match(doc.text, own.end):
        return True
    if index == 0:
        return False
    previous = doc.tokens[index - 1].mark
    frame = previous.word in words.ENTER or previous.joins or own.text[0] in "\"'“`"
    second = previous.word in ("and", "y", "con", "then", "plus", "with", "e", "luego")
    if shape is Level.NAME:
        # As user names look: only the second of two, or what is used "there" and "as" nothing else.
        return strong >= 2 and second and index > 2 and _named_before(doc, index)
    if not frame:
        return shape >= Level.MIXED and strong >= 2 and previous.level >= Level.NAME
    return bool(strong) or (
        place
        and (
            second
            or previous.word in _USE
            or (shape >= Level.MIXED and (previous.joins or previous.word in ("it's", "its", "is", "es")))
        )
    )


_USE = words.listed("use uses type enter try usamos uso used put puts pongo ponemos poner pon")


def _named_before(doc: Doc, index: int) -> bool:
    near = doc.tokens[max(0, index - 4) : index - 1]
    return any(
        t.mark.level >= Level.NAME
        or EMAIL.fullmatch(t.mark.core)
        or t.mark.word in ("email", "e-mail", "gmail", "mail", "correo", "name")
        for t in near
    )


def _span(token: Token) -> Span:
    start = token.start + token.text.find(token.mark.core)
    return start, start + len(token.mark.core)
