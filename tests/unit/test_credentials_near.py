"""How far a word is from a label: what is told apart by its letters alone is what the whole comparison tells apart."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from broker.credentials import words
from broker.credentials.labels import label_of, maybe_label, near
from broker.credentials.shape import MIN_VALUE


def distance(word: str, right: str) -> int:
    """Count letters lost, added, changed or swapped with their neighbour, by the textbook's table."""
    table = {(i, 0): i for i in range(len(word) + 1)} | {(0, j): j for j in range(len(right) + 1)}
    for i, a in enumerate(word, 1):
        for j, b in enumerate(right, 1):
            found = min(table[i - 1, j] + 1, table[i, j - 1] + 1, table[i - 1, j - 1] + (a != b))
            if i > 1 and j > 1 and (a, word[i - 2]) == (right[j - 2], b):
                found = min(found, table[i - 2, j - 2] + 1)
            table[i, j] = found
    return table[len(word), len(right)]


@st.composite
def misspelt(draw: st.DrawFn) -> tuple[str, str]:
    """A label, and itself with a few letters lost, added, changed or swapped."""
    right = draw(st.sampled_from(words.FUZZY))
    word = list(right)
    for _ in range(draw(st.integers(0, 4))):
        at, letter = draw(st.integers(0, max(0, len(word) - 1))), draw(st.sampled_from("abdeoprstwxz"))
        kind = draw(st.sampled_from(["lost", "added", "changed", "swapped"]))
        if kind == "added" or not word:
            word.insert(at, letter)
        elif kind == "lost":
            del word[at]
        elif kind == "changed":
            word[at] = letter
        else:
            word[at : at + 2] = word[at : at + 2][::-1]
    return "".join(word), right


@given(misspelt() | st.tuples(st.text("adoprsw", max_size=10), st.sampled_from(words.FUZZY)), st.integers(1, 2))
@example(("passwrod", "password"), 1)
@example(("passage", "password"), 2)
@example(("", "password"), 2)
def test_a_word_is_near_exactly_when_so_few_letters_differ(pair: tuple[str, str], limit: int) -> None:
    assert near(*pair, limit) is (distance(*pair) <= limit)


SHORT = st.text("abc", max_size=6)


@settings(max_examples=500)
@given(word=SHORT, right=SHORT, limit=st.integers(0, 3))
def test_short_words_of_few_letters_are_told_apart_alike(word: str, right: str, limit: int) -> None:
    assert near(word, right, limit) is (distance(word, right) <= limit)


@given(misspelt().map(lambda pair: pair[0]) | st.text("acdefkoprstuwyz", min_size=3, max_size=14))
@example("kontrasenya")
@example("pasguord")
@example("pazfrase")
@example("rakefrase")
@example("asfrase")
@example("passfrse")
@example("loginpw")
@example("passwod")
@example("cthontrahena")
@example("contrsna")
@example("passfrasa")
@example("nassfrase")
@example("paword")
def test_what_names_a_secret_may_name_one(word: str) -> None:
    if len(word) >= MIN_VALUE and label_of(word) is not None:
        assert maybe_label(word)
