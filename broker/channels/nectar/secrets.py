"""What opens a portal is dropped from all that comes, and refused in all that goes (rules).

A name counts in any case and spelling, at any depth, in lists, and where it stands as a value beside its own
(`{"name": "username", "value": …}`). A link that opens one of Nectar's pages counts wherever it stands.
Source: reference of Nectar's API, sections 1 (line 6), 5.3 and 7.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

MAX_DEPTH = 64
INLET = "nectar_call"
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_PARTS = (
    "username", "passw", "passphrase", "passcode", "secret", "credential", "magiclink", "apikey", "securityquestion",
    "securityanswer", "invitationurl", "accesstoken", "refreshtoken", "privatekey",
)  # fmt: skip
_WORDS = frozenset({"mfa", "otp", "totp", "pin", "token", "login", "pwd", "passwd"})
_SAYS_THE_NAME = frozenset({"name", "key", "field", "rawname", "label", "fieldname"})
_VALUES = frozenset(
    {"value", "val", "values", "old", "new", "oldvalue", "newvalue", "content", "answer", "text", "data"}
)
_OPENS = re.compile(r"nectarclimate\.com/p/|/create-datasource/magic-link/|\bwhsec_", re.IGNORECASE)
# A text of more than one word, or one that names what it may be.
_SAYS = re.compile(r"\s|pass|pwd|pin\b|clave|contrase", re.IGNORECASE)
# The fields in which Nectar gives a link of its own to a file, and the parameters by which its store lets that link in
# for an hour: they are cut off before the gate reads it. Anything else in such a link, it reads.
LINKS = frozenset({"url", "auditTrailUrl", "downloadUrl", "uploadUrl"})
_LETS_IN = re.compile(
    r"(?<=[?&])(?:X-Amz-(?:Algorithm|Credential|Date|Expires|Security-Token|Signature|SignedHeaders)"
    r"|AWSAccessKeyId|Key-Pair-Id|Signature|Expires|Policy)=[\w.~%*+/=-]*(?:&|$)"
)
_OUTGOING = frozenset({"user", "users"})


class TooDeep(ValueError):
    """Something is nested deeper than any answer has a reason to be."""


class SecretRefused(PermissionError):
    """A call was about to carry what could open a portal; it was not made."""


def is_secret(name: str) -> bool:
    """Say whether a value of this name could open a portal."""
    words = [each.lower() for each in _WORD.findall(name)]
    whole = re.sub(r"[^a-z0-9]", "", name.lower())
    return (
        any(part in whole for part in _PARTS)
        or whole in _WORDS
        or whole.startswith(("mfa", "otp"))
        or any(each in _WORDS for each in words)
    )


def strip_secrets(value: Any, *, depth: int = 0) -> Any:
    """Give the value without anything that could open a portal; raises `TooDeep` where nobody can be sure."""
    if depth > MAX_DEPTH:
        raise TooDeep("too deep")
    if isinstance(value, dict):
        named = _named(value)
        return {
            key: strip_secrets(each, depth=depth + 1)
            for key, each in value.items()
            if not is_secret(key) and not (named and key.lower() in _VALUES)
        }
    if isinstance(value, list):
        return [strip_secrets(each, depth=depth + 1) for each in value]
    if isinstance(value, str):
        return _text(value, depth)
    return value


def refuse_secrets(value: Any, *, depth: int = 0) -> None:
    """Raise `SecretRefused` where a body or query that would go out has a name of something that opens a portal."""
    if depth > MAX_DEPTH:
        raise SecretRefused("too deep")
    if isinstance(value, dict):
        for key, each in value.items():
            if is_secret(str(key)) or str(key).lower() in _OUTGOING:
                raise SecretRefused("a call that names what opens a portal")
            refuse_secrets(each, depth=depth + 1)
    elif isinstance(value, list | tuple):
        for each in value:
            refuse_secrets(each, depth=depth + 1)
    elif isinstance(value, str) and _text(value, depth) != value:
        raise SecretRefused("a call that carries what opens a portal")


def texts_in(value: Any) -> Iterator[str]:
    """Give what a clean value says in words: each object's texts with their names, as one text for the gate.

    Ids, addresses of a page and days say nothing in words; one of them beside another would only look like a pair.
    """
    if isinstance(value, dict):
        said = [f"{key}: {each}" for key, each in value.items() if isinstance(each, str) and _SAYS.search(each.strip())]
        if said:
            yield "\n".join(said)
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ():
        yield from texts_in(each)


def without_links(value: Any) -> Any:
    """Give a clean value whose links of Nectar's own (`LINKS`) have lost what signs them; anything else as it is."""
    if isinstance(value, dict):
        return {
            key: _LETS_IN.sub("", each) if key in LINKS and isinstance(each, str) else without_links(each)
            for key, each in value.items()
        }
    return [without_links(each) for each in value] if isinstance(value, list) else value


def _named(row: dict[str, Any]) -> bool:
    """Whether a row says in a value that it holds a secret: whatever stands beside that name is the secret."""
    return any(
        isinstance(each, str) and key.lower() in _SAYS_THE_NAME and len(each) <= 60 and is_secret(each)
        for key, each in row.items()
    )


def _text(text: str, depth: int) -> str:
    if _OPENS.search(text):
        return ""
    if text[:1] in "{[" and text[-1:] in "}]":
        try:
            inner = json.loads(text)
        except (ValueError, RecursionError):
            return text
        # JSON inside a string, as some senders nest what changed: without the secret it is no longer that text.
        return text if strip_secrets(inner, depth=depth + 1) == inner else ""
    return text
