"""What stands in the headers of a mail and of its parts, as words for the gate (rules; RFC 5322, RFC 2047, RFC 2231).

Every header is read, whatever it is called: anybody may write one. Of those that programs write, what no person reads
is left out first, for chance makes it look like anything: ids in angle brackets, signatures, hashes.
"""

import re
from collections.abc import Iterator
from email.header import decode_header
from email.message import Message
from email.utils import collapse_rfc2231_value

MOST, LONGEST = 400, 20_000  # headers that are read one by one; what is beyond them is read in one go
MOST_SIGNS = 4_000_000  # of all that is read in one go
# Written by programs: of these the ids, the signatures and the hashes are left out, and the words are read.
_OF_PROGRAMS = (
    "arc-authentication-results", "arc-message-signature", "arc-seal", "authentication-results", "content-id", "date",
    "diagnostic-code", "dkim-signature", "domainkey-signature", "final-log-id", "in-reply-to", "message-id",
    "original-envelope-id", "original-message-id", "received", "references", "resent-message-id", "return-path",
    "thread-index", "x-gm-message-state", "x-google-dkim-signature", "x-google-smtp-source", "x-postfix-queue-id",
    "x-received",
)  # fmt: skip
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


def of(part: Message) -> list[str]:
    """Give each header of a mail or of a part of one as `Name: words`, and each name of a file in it."""
    return [*_named(part), *(f"{name}: {words}" for name, words in _lines(part) if words or names_a_secret(name))]


def together(heads: list[str]) -> list[str]:
    """Give the texts to read: one by one, and all as one, for a name may stand in one and the secret in the next."""
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
        if kind in _OF_PROGRAMS:
            yield from ((name, each) for each in _left(kind, words))
        elif _is_an_id(name, words):
            continue
        else:
            yield name, words


def _left(kind: str, words: str) -> Iterator[str]:
    """Give what is left of a header that a program wrote, and each id, signature and hash that speaks of a login."""
    kept = [each[0] for each in _ID.finditer(words) if speak_of_a_login(each[0])]
    bare = _ID.sub(" ", words)
    for machines in (_NETWORK, *((_SIGNED,) if _SIGNING.search(kind) else ()), _HASH):
        kept += [each[0] for each in machines.finditer(bare) if names_a_secret(each[0])]  # a domain is no secret
        bare = machines.sub(" ", bare)
    # What names a secret may do so of what stands behind it.
    yield words if names_a_secret(bare) else " ".join((bare, *kept)).strip()
    yield from (each.partition("=")[2] for each in kept if "=" in each)


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
