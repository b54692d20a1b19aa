"""What can go wrong in the vault; no text here ever holds a value or a key."""


class VaultError(Exception):
    """A sealed value was not opened."""


class WrongKey(VaultError):
    """The key for this value is not here, or is not the one that wrapped it."""


class BrokenValue(VaultError):
    """The sealed bytes are not whole."""


class MovedValue(BrokenValue):
    """The sealed bytes were changed, or belong to another table, column or row."""


class Destroyed(VaultError):
    """The key for this value was destroyed on purpose: nobody can read it again."""


class NotPermitted(VaultError):
    """No committed event of this subject permits the opening."""


class KeyFileUnsafe(VaultError):
    """The key file is missing, unreadable in form, or readable by others than its owner."""
