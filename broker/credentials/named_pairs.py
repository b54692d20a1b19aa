"""A user name and a secret that their labels tell apart, however plain the secret is (rules)."""

import re
from urllib.parse import unquote

from broker.credentials import foreseen, words
from broker.credentials.labels import Label, fold, label_of
from broker.credentials.learned import is_common
from broker.credentials.pairs import TALK
from broker.credentials.shape import EMAIL, Level, core, is_address, is_mask, is_user_like, level
from broker.credentials.tokens import Doc, Token

Span = tuple[int, int]

BACK, AHEAD = 7, 4  # words between a label for a user and one for a secret; behind that one
_SMALL = words.listed(
    "is es = : - - word the my our and y la el mi on for at of to en del de para portal smarthub site"
)
_NOT_VALUES = words.STOP | words.PREDICATES | words.TROUBLES | words.REDACTED | words.ID_NOUNS | words.USER
_PROGRAMS = frozenset({"api_json", "nectar_call", "csv_upload"})
SHORT = 8  # words of a text that has room for a label and its value alone


def labelled_pair(doc: Doc) -> Span | None:
    """`user rob pass kettle`: a word for a user, one for a secret, and a word behind each."""
    for index in doc.labelled:
        if doc.tokens[index].mark.label not in (Label.STRONG, Label.WEAK) or doc.tokens[index - 1].mark.label:
            continue
        who = next((at for at in range(index - 2, max(-1, index - BACK), -1) if _is_user(doc.tokens[at])), None)
        if who is None or not any(_is_name(doc.tokens[at]) for at in range(who + 1, index)):
            continue
        if "?" in doc.text[doc.tokens[who].start : doc.tokens[index].end + 1]:
            continue
        for at in range(index + 1, min(len(doc.tokens), index + AHEAD)):
            token = doc.tokens[at]
            if token.mark.word in _SMALL or not token.mark.core:
                continue
            if token.mark.joins and "\n" in doc.gap(at):
                break  # the name of the next line: nothing stood behind this one
            if _is_value(token) and "\n\n" not in doc.gap(at):
                return _span(token)
            break
    return None


def _is_user(token: Token) -> bool:
    return token.mark.user or token.mark.word in ("u/n", "un", "id", "e-mail", "email", "correo")


def _is_name(token: Token) -> bool:
    word, text = token.mark.word, token.mark.core
    if word in _NOT_VALUES or token.mark.access or token.mark.place or token.mark.label is not None:
        return False
    return len(text) >= 3 and (EMAIL.fullmatch(text) is not None or _is_rare(token))


def _is_rare(token: Token) -> bool:
    """Say whether this is no word of everyday talk."""
    mark = token.mark
    if mark.level >= Level.NAME or is_user_like(mark.core):
        return True
    return mark.core.isalpha() and not is_common(mark.word)


def _is_value(token: Token) -> bool:
    mark = token.mark
    if (
        mark.word in _NOT_VALUES | words.PLACES
        or is_mask(mark.core)
        or is_address(mark.core)
        or mark.label is not None
        or token.text.endswith("?")
    ):
        return False
    return len(mark.core) >= 4 and _is_rare(token)


def trailing(doc: Doc) -> Span | None:
    """`My SmartHub passcode kettleful`: a short text that ends with a label and a word that nobody says otherwise."""
    if not 2 <= len(doc.tokens) <= SHORT or not doc.labelled or doc.inlet in _PROGRAMS:
        return None
    last, index = doc.tokens[-1], len(doc.tokens) - 1
    label = next((doc.tokens[at] for at in (index - 1, index - 2) if at in doc.labelled), None)
    if (
        label is None
        or label.mark.label is not Label.STRONG
        or label.mark.word.endswith("s")
        or any(w in words.NEGATIONS for w in doc.words(0, index))
    ):
        return None
    between = doc.words(doc.tokens.index(label) + 1, index)
    if (
        "=" not in last.text
        and all(word in _SMALL for word in between)
        and len(last.mark.core) >= 5
        and _is_value(last)
    ):
        return _span(last)
    return None


_TWO = re.compile(
    r"(?i)\b(?:with|as|use|using|con|como)\s{1,3}([a-z][\w.@-]{3,40})\s{1,3}(?:and|then|&|y|plus|luego|"
    r"and then)\s{1,3}(\S{5,40})"
)


_AS = re.compile(
    r"(?i)\b(?:(?:log|sign)(?:ged|ging|ed|ing)?[ -]?(?:in|on|into)|get(?:ting)? in|entr(?:a|e|o|ar|amos)|"
    r"ingres(?:a|e|o|ar)|acced(?:a|e|o|er)|inici(?:a|e|o|ar)? sesi[oó]n)"
    r"(?:\s{1,3}(?:to|en|a|al)\s{1,3}\S{1,20}(?:\s{1,3}\S{1,20})?)?"
    r"\s{1,3}(?:as|como)\s{1,3}([\w.@-]{3,40})[,:]?\s{1,3}(with|using|and|con|usando|y)\s{1,3}(\S{4,40})(?=\s|$)"
)
_ENDS = re.compile(r"[.;!)]?\s{0,3}(?:$|\n|(?<=[.;!])\s)")


def named_and_told(doc: Doc) -> Span | None:
    """`log in as rob77 with kettle22`: what stands behind the name that a text tells to sign in as."""
    for match in doc.finditer(_AS):
        name, said = fold(match[1]), doc.said(match, 3)
        secret = core(said)
        word, at = fold(secret), match.start(3) + said.find(secret)
        if name in _NOT_VALUES or is_common(name) or label_of(word) is not None or is_address(secret):
            continue
        if level(secret) >= Level.NAME:
            return at, at + len(secret)
        # A plain word is one where nothing follows: "with Duo on my phone", "with care", "and wait" name no secret.
        ends = match[2].lower() not in ("and", "y") and _ENDS.match(doc.text, at + len(secret))
        plain = len(word) >= 5 and secret.isalpha() and secret.islower() and word not in _NOT_VALUES | words.EVERYDAY
        if ends and plain and not is_common(word):
            return at, at + len(secret)
    return None


def handed_pair(doc: Doc) -> Span | None:
    """`log in with rob and kettle22`: the second of two words that a text tells to sign in with."""
    if (told := named_and_told(doc)) is not None:
        return told
    if doc.best < Level.NAME or not doc.near(TALK, 0, len(doc.text)):
        return None
    for match in doc.finditer(_TWO):
        name, secret = match[1], core(doc.said(match, 2))
        if fold(name) in _NOT_VALUES or level(secret) < Level.NAME or not any(map(str.isalpha, secret)):
            continue
        if not is_common(fold(name)) and label_of(fold(secret)) is None and not is_address(secret):
            at = match.start(2) + doc.said(match, 2).find(secret)
            return at, at + len(secret)
    return None


_KEYED = re.compile(r"(?i)(?:^|[?&;\s])([\w.-]{1,20}?)(?:\[\])?=([^&;\s]{3,64})")
_WHO = words.listed("name uname u_name who u user username uid login id usuario email correo mail user_id user_name un")
_WHAT = words.listed(
    "pword p_word opens abre how p pass pw pwd password passwd clave key secret contra contrasena secreto word"
)
_CODES = re.compile(
    r"(?i)[?&;](?:verif\w{0,12}|otp|mfa|2fa|tfa|sms|totp|one[_-]?time|pin[_-]?(?:web|app|hub)|(?:web|app|hub|"
    r"portal)[_-]?pin)(?:[_-]?(?:code|"
    r"pin))?=(\d{3}[+ -]?\d{1,5})(?=[&;\s]|$)"
)


def in_query(doc: Doc) -> Span | None:
    """`?u=rob&p=kettle`: parameters that name a user and a secret, or a code that a portal sent."""
    if doc.inlet != "url_param":
        return None
    if found := doc.search(_CODES):
        return found.span(1)
    who = False
    what: Span | None = None
    for match in doc.finditer(_KEYED):
        key, value = fold(match[1]), doc.said(match, 2)
        short = key.rpartition("_")[2]
        if key in _WHO or short in _WHO:
            who = True
        elif (
            (key in _WHAT or short in _WHAT)
            and len(value) >= 4
            and not value.isdigit()
            and fold(unquote(value).strip("[]<>(){}*_ ")) not in _NOT_VALUES
            and not is_mask(unquote(value))
        ):
            what = match.span(2)
    return what if who else None


def _span(token: Token) -> Span:
    start = token.start + token.text.find(token.mark.core)
    return start, start + len(token.mark.core)


foreseen.hardly_ever(_AS)
