"""What may be tried on the public page of a letter, and how often."""

from broker.limits.address import address_of
from broker.limits.counting import DAY, HOUR, Limit, give_back, take, take_all, take_from

__all__ = ["DAY", "HOUR", "Limit", "address_of", "give_back", "of_code", "take", "take_all", "take_from"]

# A code has 35 random bits and four digits beside it. Five an hour and fifteen a day from one address leave somebody
# who knows a code a chance of 1 in 667 a day to guess the digits (1 in 200 from many addresses), and nobody a chance
# worth naming to guess a code. The clerk is not locked out by what somebody else tried elsewhere.
CODE_HOUR, CODE_DAY = Limit("code", 5, HOUR), Limit("code", 15, DAY)
CODE_HOUR_BY_ALL, CODE_DAY_BY_ALL = Limit("code-all", 25, HOUR), Limit("code-all", 50, DAY)
ADDRESS = Limit("address", 30, HOUR)
FILES = Limit("file", 20, HOUR)
# What may be pressed for one letter in a day: from one address, and from all. Each button has limits of its own, so
# that nobody who has the letter, its signer included, uses up the presses of the clerk.
RELEASED, RELEASED_BY_ALL = Limit("released", 5, DAY), Limit("released-all", 20, DAY)
DOUBTS, DOUBTS_BY_ALL = Limit("doubt", 5, DAY), Limit("doubt-all", 20, DAY)  # words and mails: a doubt always suspends
CLERK_CODES, CLERK_CODES_BY_ALL = Limit("clerk-code", 3, DAY), Limit("clerk-code-all", 12, DAY)


def of_code(code: str, address: str) -> tuple[tuple[Limit, str], ...]:
    """Give what one try at a letter's code counts against, the narrowest first."""
    both = f"{code}|{address}"
    return (
        (ADDRESS, address),
        (CODE_HOUR, both),
        (CODE_DAY, both),
        (CODE_HOUR_BY_ALL, code),
        (CODE_DAY_BY_ALL, code),
    )
