"""What stands in the headers of a mail and of its parts, as words for the gate (rules; RFC 5322, RFC 2047, RFC 2231).

Every header is read, whatever it is called: anybody may write one. Of those that programs write, what no person reads
is left out first, for chance makes it look like anything: ids in angle brackets, signatures, hashes; of filters and
carriers short ones as well, but only where nothing else in the mail speaks of a login.
"""

import re
from collections.abc import Iterable, Iterator
from email.header import decode_header
from email.message import Message
from email.utils import collapse_rfc2231_value

MOST, LONGEST = 400, 20_000  # headers that are read one by one; what is beyond them is read in one go
MOST_SIGNS = 4_000_000  # of all that is read in one go
# Written by programs: of these the ids, the signatures and the hashes are left out, and the words are read.
_OF_PROGRAMS = (
    "arc-authentication-results", "arc-message-signature", "arc-seal", "authentication-results",
    "authentication-results-original", "content-id", "date", "diagnostic-code", "dkim-signature",
    "domainkey-signature", "final-log-id", "in-reply-to", "message-id", "original-envelope-id",
    "original-message-id", "received", "references", "resent-message-id", "return-path", "thread-index",
    "x-gm-message-state", "x-google-dkim-signature", "x-google-smtp-source", "x-postfix-queue-id", "x-received",
)  # fmt: skip
# Filters and carriers of mail write marks into these that a person would take for a secret; by their whole names, for
# anybody may write a header that begins like one.
_OF_CARRIERS = frozenset({
    "feedback-id", "openpgp", "ui-outboundreport", "x-asg-debug-id", "x-authority-analysis",
    "x-barracuda-spam-status", "x-bess-id", "x-bess-parts", "x-bess-spam-status", "x-cmae-analysis",
    "x-cmae-envelope", "x-egress", "x-feedback-id", "x-filter-id", "x-fortimail-session-id", "x-ipas-result",
    "x-ironport-anti-spam-result", "x-mdid", "x-mdid-o", "x-me-proxy", "x-me-proxy-cause", "x-me-received",
    "x-me-sender", "x-tm-as-result", "x-tmase-matchedrid", "x-tmase-result", "x-trend-ip-hd",
})  # fmt: skip
# Where a list is left: an address that names who leaves it by numbers in base 16, as services for newsletters write it.
_OF_LISTS = re.compile(r"list-(?:archive|help|owner|post|subscribe|unsubscribe)")
_BY_NUMBERS = re.compile(r"<https?://[\w.-]{1,200}/[\w/.-]{0,200}\?(?:&?(?:[ceu]|id)=[0-9a-f]{8,40}+|&?t=[a-z])++>")
# Of these the fields of a signature are left out; elsewhere the same letters may be anybody's words.
_SIGNING = re.compile(r"signature|seal|results")
# Their parameters are read one by one: a file's name stands in either, in two ways each.
_WITH_PARAMETERS = ("content-type", "content-disposition")
_PLAIN_PARAMETERS = frozenset({"boundary", "charset", "format", "delsp", "report-type", "protocol", "micalg", "size"})
_OF_FILES = frozenset({"name", "filename"})
_KIND = re.compile(r"[\w.+-]+(?:/[\w.+-]+)?")
_ID = re.compile(r"<[^<>\s]{1,998}>")
_NETWORK = re.compile(r"(?i)\[fe80:[0-9a-f:]{2,40}%\w{1,9}\]")  # of two servers beside each other
# Of what is left out only that is read which speaks of a login: its words are its sender's, and no chance.
_WORDS = r"passw|pass[._-]|passcode|passphrase|contrase|clave|maiden|soltera|pin[._-]"
_NAMES = re.compile(_WORDS, re.I)
_SPEAKS = re.compile(rf"{_WORDS}|smart-?hub|log-?in[._-]", re.I)
_SIGNED = re.compile(r"(?<![\w-])(?:b|bh|h|s|d|i|t|x|q|cv|id|x-dkim-b)=[^;\s]*(?:\s++[A-Za-z0-9+/=:]{16,}+)*")
_HASH = re.compile(r"(?<![\w+/=-])[A-Za-z0-9+/=_.:-]{24,}(?![\w+/=-])")
# A header of a program's own that is one long word of chance, under a name that speaks of no login, is an id.
_ONE_WORD = re.compile(r"[\[(\"']?[A-Za-z0-9+/=_.:-]{20,}[\])\"']?")
_OF_LOGINS = re.compile(r"pass|pwd|pin|secret|token|cookie|session|log-?in|auth|cred|key|clave|contras", re.I)
# What a carrier writes: with a digit or a sign, long, or in capitals; what is long, or the name of a rule.
_MARK = re.compile(r"(?<!\S)(?=\S*[\d=]|\S{20}|[A-Z_:=,;-]+(?!\S))[A-Za-z0-9+/=_:.,;|()\[\]<>\"'?&*-]+(?!\S)")
_LONG_MARK = re.compile(
    r"(?<![^\s,\[])(?:<[^<>\s]{20,}>|[A-Za-z0-9+/=_:.,;|()\[\]-]{20,}|[A-Z][A-Z0-9]*_[A-Z0-9_]+(?:=-?\d+\.\d+)?)"
    r"(?![^\s,\]])"
)
_PROSE = re.compile(r"\b[a-z]{2,} [a-z]{2,}\b")
# In a mail whose headers speak of these a short word may be the secret, whatever header it stands in.
_ABOUT = re.compile(rf"{_WORDS}|\b(?:pin|code|c[oó]digo|pwd?)\b|log-?in|user[\s._-]?(?:name|id)|usuario", re.I)
# What names a secret, where it stands by itself: `spf=pass` does not.
_LABEL = re.compile(r"(?i)(?<![\w=:.-])(?:pass|pwd?|pin|code|user|usuario|c[oó]digo|clave|log-?in)(?![\w-])")
_DAY = re.compile(
    r"(?:[A-Z][a-z]{2}, {1,2})?\d\d? [A-Z][a-z]{2} (?:19|20)\d\d \d\d:\d\d:\d\d [+-]\d{4}(?: \([A-Z]{2,5}\))?"
)


def of(part: Message) -> list[str]:
    """Give each header of a mail or of a part of one as `Name: words`, and each name of a file in it."""
    return [*_named(part), *(f"{name}: {words}" for name, words in _lines(part) if words or names_a_secret(name))]


def without_marks(heads: list[str], said: Iterable[str]) -> list[str]:
    """Give the headers of a mail without the marks of filters and carriers that may look like a secret by chance.

    `said`: what the mail says in words. Where these or other headers name a secret, only those are left out that are
    long, or names of rules.
    """
    lines = [each.partition(": ") for each in heads]
    is_about = any(map(names_a_secret, said)) or any(
        _ABOUT.search(words) for name, _, words in lines if not (name.lower() in _OF_CARRIERS or _is_of_programs(name))
    )
    marks = _LONG_MARK if is_about else _MARK
    return [f"{name}{sign}{_unmarked(name, words, marks)}" for name, sign, words in lines]


def together(heads: list[str], said: Iterable[str] = ()) -> list[str]:
    """Give the texts to read: one by one, and all as one, for a name may stand in one and the secret in the next."""
    heads = without_marks(heads, said)
    whole = "\n".join(heads)[:MOST_SIGNS]
    return [*(each[:LONGEST] for each in heads[:MOST]), whole] if heads else []


def are_whole(heads: list[str]) -> bool:
    """Say whether `together` gives these to their end."""
    return sum(len(each) + 1 for each in heads) <= MOST_SIGNS


def speak_of_a_login(text: str) -> bool:
    """Say whether what nobody is shown names a login: then its words are its sender's, and no chance."""
    return _SPEAKS.search(text) is not None


def names_a_secret(text: str) -> bool:
    """Say whether it names what somebody signs in with, and not only where."""
    return _NAMES.search(text) is not None


def decoded(text: str) -> str:
    """Give a header's text with its encoded words read (RFC 2047); as it stands where they cannot be read."""
    try:
        pieces = decode_header(text)
        return "".join(
            piece.decode(charset or "ascii", "replace") if isinstance(piece, bytes) else piece
            for piece, charset in pieces
        )
    except (LookupError, ValueError):
        return text


def _lines(part: Message) -> Iterator[tuple[str, str]]:
    for name, value in part.items():
        kind = name.lower()
        if kind in _WITH_PARAMETERS:
            continue
        words = " ".join(decoded(str(value)).split())
        if _is_of_programs(kind):
            yield from ((name, each) for each in _left(kind, words))
        elif _OF_LISTS.fullmatch(kind):
            yield name, _BY_NUMBERS.sub("", words)
        elif _is_an_id(name, words):
            continue
        else:
            yield name, words


def _is_of_programs(name: str) -> bool:
    return name.lower() in _OF_PROGRAMS or name.lower().endswith("authentication-results")


def _left(kind: str, words: str) -> Iterator[str]:
    """Give what is left of a header that a program wrote, and each id, signature and hash that speaks of a login."""
    if _DAY.fullmatch(words):
        return
    kept = [each[0] for each in _ID.finditer(words) if speak_of_a_login(each[0])]
    bare = _ID.sub(" ", words)
    for machines in (_NETWORK, *((_SIGNED,) if _SIGNING.search(kind) else ()), _HASH):
        kept += [each[0] for each in machines.finditer(bare) if names_a_secret(each[0])]  # a domain is no secret
        bare = machines.sub(" ", bare)
    # What names a secret may do so of what stands behind it.
    yield words if names_a_secret(bare) else " ".join((bare, *kept)).strip()
    yield from (each.partition("=")[2] for each in kept if "=" in each)


def _unmarked(name: str, words: str, marks: re.Pattern[str]) -> str:
    # Words beside each other are somebody's, and so is the one between them.
    if name.lower() not in _OF_CARRIERS or _PROSE.search(words) or _LABEL.search(words) or speak_of_a_login(words):
        return words
    return " ".join(marks.sub(" ", words).split())


def _is_an_id(name: str, words: str) -> bool:
    """Say whether a header of a program's own is one long word of chance."""
    is_one = _ONE_WORD.fullmatch(words) is not None and name.lower().startswith("x-")
    return is_one and not _OF_LOGINS.search(name) and not speak_of_a_login(words)


def _named(part: Message) -> Iterator[str]:
    for header in _WITH_PARAMETERS:
        for line in part.get_all(header) or []:
            yield from _said_in(header, line)


def _said_in(header: str, line: str) -> Iterator[str]:
    """Give what such a line says: its value and its parameters but for what a program writes there."""
    alone = Message()
    alone[header] = line
    try:
        given = alone.get_params(failobj=[], header=header, unquote=True)
    except Exception:  # noqa: BLE001 - a broken parameter says nothing; the whole line is read
        yield decoded(str(line))
        return
    for name, value in given[1:]:
        said = decoded(collapse_rfc2231_value(value))
        if name.lower() not in _PLAIN_PARAMETERS or speak_of_a_login(said):
            yield said
        if name.lower() not in (*_PLAIN_PARAMETERS, *_OF_FILES) and names_a_secret(name):
            yield f"{name}: {said}"
    kind = decoded(str(given[0][0])) if given else ""
    if kind and (not _KIND.fullmatch(kind) or speak_of_a_login(kind)):
        yield kind
