"""How a full name is written, so that one name is one person to whoever compares names (rules)."""

import unicodedata

# Their letters look alike: a name in two of them reads as another one, and is none.
_ALIKE = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU")
_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn")


def plain(name: str) -> str:
    """Write a name in one way: compatible letters as one (NFKC), single blanks, nothing that nobody sees."""
    words = " ".join(unicodedata.normalize("NFKC", name).split())
    seen = (each for each in words if unicodedata.category(each) not in _UNSEEN)
    return " ".join(unicodedata.normalize("NFKC", "".join(seen)).split())


def is_mixed(name: str) -> bool:
    """Say whether a name has letters of two scripts that look alike."""
    named = (unicodedata.name(each, "") for each in plain(name) if each.isalpha())
    return len({word for each in named if (word := each.partition(" ")[0]) in _ALIKE}) > 1
