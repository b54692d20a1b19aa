"""Several limits counted together: in order, up to the first that allows no more, and exactly, for many at once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.utils import timezone

from broker.limits import counting
from broker.limits.counting import DAY, Limit, counts_anew, take_all
from broker.limits.models import Tries

pytestmark = pytest.mark.usefixtures("committing")
NOW = timezone.now()
AT_ONCE, EACH = 12, 6


def tries(limit: Limit, value: str = "who") -> int:
    row = Tries.objects.filter(key=counting._key(limit, value, NOW)).first()
    return row.tries if row else 0


def take(*limits: Limit, times: int = 1) -> bool:
    return take_all(*[(limit, "who") for limit in limits], now=NOW, times=times)


def test_one_that_is_spent_leaves_those_after_it_uncounted_and_those_before_it_counted() -> None:
    narrow, wide = Limit("narrow", 2, DAY), Limit("wide", 9, DAY)
    assert [take(narrow, wide) for _ in range(4)] == [True, True, False, False]
    assert (tries(narrow), tries(wide)) == (2, 2)
    assert [take(wide, narrow) for _ in range(3)] == [False] * 3
    assert (tries(narrow), tries(wide)) == (2, 5), "what was counted for a refused try stays counted"
    assert counts_anew((wide, "who"), (narrow, "who"), now=NOW) == counting.ends(narrow, NOW)


def test_the_first_of_a_span_is_counted_wherever_it_stands() -> None:
    known, new, third = Limit("known", 5, DAY), Limit("new", 5, DAY), Limit("third", 5, DAY)
    assert take(known)
    assert take(known, new, third)
    assert [tries(each) for each in (known, new, third)] == [2, 1, 1]
    assert take(third, known, new)
    assert [tries(each) for each in (known, new, third)] == [3, 2, 2]
    assert take()


def test_what_is_worth_many_tries_is_counted_as_them_or_not_at_all() -> None:
    wide, narrow = Limit("wide", 9, DAY), Limit("narrow", 5, DAY)
    assert [take(wide, narrow, times=3) for _ in range(2)] == [True, False]
    assert (tries(wide), tries(narrow)) == (6, 3)
    assert take(wide, narrow, times=2)
    assert (tries(wide), tries(narrow)) == (8, 5)
    small, large = Limit("small", 4, DAY), Limit("large", 99, DAY)
    assert [take(small, large, times=50) for _ in range(2)] == [
        True,
        False,
    ]  # more than a span allows takes a whole one
    assert (tries(small), tries(large)) == (4, 50)


def test_a_count_goes_with_the_transaction_that_it_was_made_in() -> None:
    one, other = Limit("one", 5, DAY), Limit("other", 5, DAY)
    assert take(one, other)
    with transaction.atomic():
        assert take(one, other)
        transaction.set_rollback(True)
    assert (tries(one), tries(other)) == (1, 1)


@pytest.mark.parametrize(("first", "second"), [(20, 7), (7, 20), (7, 7)])
def test_many_at_once_share_exactly_what_both_allow(first: int, second: int) -> None:
    one, other = Limit("one", first, DAY), Limit("other", second, DAY)
    gate = threading.Barrier(AT_ONCE)

    def some(_: int) -> int:
        try:
            gate.wait(60)
            return sum(take(one, other) for _ in range(EACH))
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert sum(pool.map(some, range(AT_ONCE))) == min(first, second)
    assert (tries(one), tries(other)) == (first, min(first, second))
