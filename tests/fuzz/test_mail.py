"""A sample of what `./run fuzz mail` runs whole: no reader dies, hangs, hoards or reaches out."""

from tests.fuzz.mail import mails_read, pdfs_read
from tests.fuzz.mutations import MAIL_WORDS, mails, mutated
from tests.fuzz.running import Count

SEED = 20261126
MEMORY_KB = 512 * 1024


def held(count: Count) -> None:
    assert (count.deaths, count.too_long, count.sockets) == (0, 0, 0), count.as_dict()
    assert 0 < count.memory < MEMORY_KB


def test_mutated_mails_are_read_or_given_up() -> None:
    count = mails_read(300, SEED)
    held(count)
    assert count.files == 300
    assert not [each for each in count.answers if each.startswith(("broke", "refused"))]  # reading raises nothing


def test_mutated_pdfs_are_looked_into_or_given_up() -> None:
    count = pdfs_read(60, SEED)
    held(count)
    assert count.files == 60


def test_the_same_seed_gives_the_same_mutations() -> None:
    assert list(mutated(mails(), MAIL_WORDS, 5, 1)) == list(mutated(mails(), MAIL_WORDS, 5, 1))
    assert list(mutated(mails(), MAIL_WORDS, 5, 1)) != list(mutated(mails(), MAIL_WORDS, 5, 2))
