"""Whether the words for whoever receives a pack mean somebody from outside, who then does not decide on it (rules)."""

import re

from broker.parties.mailbox import house_of, mailbox_of

_ADDRESS = re.compile(r"[^\s<>(),;:\"]+@[^\s<>(),;:\"]+")


def names(text: str, full_name: str, house: str, address: str) -> bool:
    """Say whether a text holds this person's name (in any order), house, address, or the house behind its @.

    Case, punctuation and blanks aside. A house that gives mailboxes to anybody says nothing of its people.
    """
    words = _words(text)
    if _is_in(_words(house), words) or {*_words(full_name)} <= {*words}:
        return True
    found = [each.rstrip(".") for each in _ADDRESS.findall(text)]
    if any(mailbox_of(each) == mailbox_of(address) for each in found):
        return True
    theirs = house_of(address)
    return bool(theirs) and (any(house_of(each) == theirs for each in found) or _is_in(_words(theirs), words))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _is_in(some: list[str], words: list[str]) -> bool:
    return any(words[at : at + len(some)] == some for at in range(len(words) - len(some) + 1)) if some else False
