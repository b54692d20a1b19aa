"""The verification code on a letter: seven random characters and a check, written XXXX-XXXX (rules).

Crockford's alphabet has no I, L, O or U. The check is a weighted sum in the field of 32 elements with a different
weight at each place, so every single wrong character and every swap of two is noticed.
"""

from collections.abc import Sequence

from broker import looking

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RANDOM_CHARACTERS = 7
_MISREAD = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None, " ": None})
_POLYNOMIAL = 0b100101  # x^5 + x^2 + 1: x runs through all 31 non-zero elements


def verification_code(values: Sequence[int]) -> str:
    """Write seven numbers of 0 to 31 as a code."""
    if len(values) != RANDOM_CHARACTERS or not all(0 <= value < len(ALPHABET) for value in values):
        raise ValueError("a code is made of seven numbers of 0 to 31")
    text = "".join(ALPHABET[value] for value in (*values, _check(values)))
    return f"{text[:4]}-{text[4:]}"


def read_code(text: str) -> str | None:
    """Give the one spelling of a code as a person typed it; None when it cannot be one."""
    plain = text.upper().translate(_MISREAD)
    if len(plain) != RANDOM_CHARACTERS + 1 or not set(plain) <= set(ALPHABET):
        return None
    values = [ALPHABET.index(character) for character in plain]
    return f"{plain[:4]}-{plain[4:]}" if _check(values[:-1]) == values[-1] else None


def _check(values: Sequence[int]) -> int:
    total = 0
    for value in values:  # Horner: place i gets the weight x^(7-i); the check itself has weight 1
        total = _times_x(total ^ value)
    return total


def _times_x(value: int) -> int:
    value <<= 1
    return value ^ _POLYNOMIAL if value & 0b100000 else value


# What pages show as an example. It is well formed, so that whoever tries it is told the truth of it: there is no such
# letter, for it is never drawn.
EXAMPLE = verification_code([ALPHABET.index(sign) for sign in "7Q4M2K9"])


def can_be_entered(drawn: str) -> bool:
    """Say whether pages take this code: one with MFA or 2FA in it reads like a code that signs in somewhere.

    As it is printed (`DEMM-2FA8`) and without the hyphen, in the form that asks for the digits of an account beside it
    and in the one that asks for nothing else. Such a code is never drawn, or whoever has its letter would be refused by
    the gate each time that she enters it.
    """
    plain = drawn.replace("-", "")
    typed = [f"code: {each}" for each in (f"{plain[:4]}-{plain[4:]}", plain)]
    return all(looking.look(text, "web_form") is None for each in typed for text in (each, f"{each}\ndigits: 0042"))
