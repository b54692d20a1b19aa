"""Of a further reading of a long text only what is new is read, with what stands around it."""

import random
from pathlib import Path

import pytest

from broker.credentials import engine, foreseen, fresh, scan
from broker.credentials.views import View, plain

PLAIN = "The outage of {} October lasted three hours at the mill, and the meter showed it.\n"
LINES = [PLAIN.format(day) for day in range(1, 400)]
ROOT = Path(__file__).resolve().parents[2]


def read_of(text: str) -> fresh.Read:
    read = fresh.Read()
    read.fresh(plain(text))
    return read


def test_a_short_text_is_read_whole_each_time() -> None:
    view = plain("".join(LINES)[:1000])
    read = read_of(view.text)
    assert read.fresh(view) is view
    longer = plain("".join(LINES)[:1001])
    read = read_of(longer.text)
    assert read.fresh(longer) is None


def test_a_long_text_is_read_whole_at_first_and_not_once_more() -> None:
    view = plain("".join(LINES))
    read = fresh.Read()
    assert read.fresh(view) is view
    assert read.fresh(view) is None


@pytest.mark.parametrize("at", [0, 1, 200, len(LINES) - 1])
def test_of_a_line_that_is_new_the_surroundings_are_read_and_lead_back(at: int) -> None:
    read = read_of("".join(LINES))
    changed = [*LINES[:at], "The kettle sings.\n", *LINES[at + 1 :]]
    view = plain("".join(changed))
    part = read.fresh(view)
    assert part is not None
    assert part.text in view.text
    assert part.whole == len(view.text)
    start = part.text.index("kettle")
    assert view.text[slice(*part.back(start, start + 6))] == "kettle"
    before, behind = start, len(part.text) - start
    assert at == 0 or before >= fresh.AROUND or view.text.startswith(part.text)
    assert behind >= fresh.AROUND or view.text.endswith(part.text)
    assert len(part.text) < 3 * fresh.AROUND


def test_two_places_are_parted_and_each_leads_back() -> None:
    read = read_of("".join(LINES))
    changed = [*LINES]
    changed[20], changed[300] = "The kettle sings.\n", "A lantern burns.\n"
    view = plain("".join(changed))
    part = read.fresh(view)
    assert part is not None
    assert part.text.count("\n\n\n\n") == 1
    for word in ("kettle", "lantern"):
        start = part.text.index(word)
        assert view.text[slice(*part.back(start, start + len(word)))] == word
    gap = part.text.rindex("\n\n\n\n")
    first, last = part.back(gap - 3, gap + 5)
    assert view.text[first:last].count("\n") > 200  # the first letter of the second part belongs to it
    first, last = part.back(gap - 3, gap + 4)
    assert view.text[first:last].count("\n") < 3
    whole = part.back(0, len(part.text))
    assert view.text[slice(*whole)].startswith(part.text[:40])
    assert view.text[slice(*whole)].endswith(part.text[-40:])


def test_stretches_that_meet_are_one() -> None:
    spans = [(0, 5), (10, 20), (15, 30), (30, 40), (50, 60), (52, 55)]
    assert foreseen.joined(spans) == [(0, 5), (10, 40), (50, 60)]


def test_places_that_are_near_are_read_in_one() -> None:
    read = read_of("".join(LINES))
    changed = [*LINES]
    changed[20], changed[22] = "The kettle sings.\n", "A lantern burns.\n"
    part = read.fresh(plain("".join(changed)))
    assert part is not None
    assert "kettle sings.\n" + LINES[21] + "A lantern" in part.text


def test_where_most_is_new_all_is_read() -> None:
    read = read_of("".join(LINES))
    view = plain("".join(LINES[:80] + [line.replace("mill", "barn") for line in LINES[80:]]))
    assert read.fresh(view) is view


def test_a_part_of_a_part_knows_how_long_the_whole_is() -> None:
    read = read_of("".join(LINES))
    view = View("".join([*LINES[:50], "The kettle sings.\n", *LINES[50:60]]), whole=90_000)
    part = read.fresh(view)
    assert part is not None
    assert part.whole == 90_000


@pytest.mark.parametrize("wrapped", ["my portal passw%6Frd is Gravel&#57;", "mi cla%76e del portal es Gra&#118;el9"])
def test_a_login_in_wrappings_is_found_in_a_long_text_and_its_place_is_told(wrapped: str) -> None:
    text = "".join(LINES[:200]) + wrapped + "\n" + "".join(LINES[200:])
    found = scan(text, "email_reply")
    assert found is not None
    assert "Gra" in text[found.start : found.end]
    assert found.end - found.start < 100


def test_a_long_text_with_every_kind_of_wrapping_is_read_a_few_times_and_passes() -> None:
    """In every order there would be more readings than any text may need: it would be refused as hiding something."""
    text = "".join(LINES[:40]) + (
        "<p>Usage &amp; cost of <b>October%2C 2025</b>, see /help/pin/rates and q=one+two here.</p>\n"
        "=?utf-8?Q?Bill=20of=20October?= and a caf=C3=A9 in bills_of_october_2025.pdf for caf\\u00e9s.\n"
    )
    assert len(text) > engine.AT_ONCE
    views = list(engine._readings(text, "email_reply"))
    assert 2 <= len(views) <= 6
    assert any("caf\u00e9 in" in view.text and "October, 2025" in view.text for view in views)
    assert scan(text, "email_reply") is None


def test_our_own_handbooks_are_read_a_few_times() -> None:
    for path in sorted((ROOT / "docs").glob("*.md")):
        text = path.read_text(encoding="utf-8")[:60_000]
        views = list(engine._readings(text, "email_reply"))
        assert sum(len(view.text) for view in views) < 5 * len(text) + 3_000, path.name


def test_what_is_read_of_any_text_leads_into_it() -> None:
    rng = random.Random(3)
    for _round in range(200):
        lines = [rng.choice(("a\n", "\n", "p%61ge\n", PLAIN.format(rng.random()), "word " * 300)) for _ in range(80)]
        text = "".join(lines)
        for view in engine._readings(text, "email_reply"):
            for _place in range(5):
                start = rng.randrange(len(view.text) + 1)
                end = rng.randrange(start, len(view.text) + 1)
                first, last = view.back(start, end)
                assert 0 <= first <= last <= len(text)
