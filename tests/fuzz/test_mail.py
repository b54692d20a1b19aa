"""A sample of what `./run fuzz mail` runs whole: no reader dies, hangs, hoards or reaches out."""

import pytest

from broker import sandbox
from tests.fuzz.bombs import BOMBS
from tests.fuzz.mail import LOOK, mails_read, pdfs_read
from tests.fuzz.mutations import MAIL_WORDS, mails, mutated
from tests.fuzz.running import Count, run

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


@pytest.mark.parametrize("packed_as", BOMBS)
def test_a_pdf_that_says_it_is_a_gigabyte_is_found_without_letting_it_grow(packed_as: str) -> None:
    sandbox.close()  # a child of its own: what the others took does not count
    sandbox.isolation()
    count = Count()
    answer = run(count, [(LOOK, {"name": "bill.pdf", "data": sandbox.pack(BOMBS[packed_as]())})])[0]
    held(count)
    assert answer is not None
    assert "file.pdf_bomb" in answer["codes"]


def test_the_same_seed_gives_the_same_mutations() -> None:
    assert list(mutated(mails(), MAIL_WORDS, 5, 1)) == list(mutated(mails(), MAIL_WORDS, 5, 1))
    assert list(mutated(mails(), MAIL_WORDS, 5, 1)) != list(mutated(mails(), MAIL_WORDS, 5, 2))
