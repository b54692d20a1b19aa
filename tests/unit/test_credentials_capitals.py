"""Who types with the capitals locked is read as anybody else; what everybody writes in capitals stays so."""

import pytest

from broker.credentials import clothes, scan
from broker.credentials.views import View


def small(text: str) -> list[str]:
    """Give the reading of a text in small letters, if there is one."""
    return [view.text for view in clothes._in_small_letters(View(text))]


@pytest.mark.parametrize(
    "text",
    [
        "earlp55 mud&boots22 for the smarthub page",
        "my accountant gets in to smarthub using ledger'd9 and you may as well",
        "luz: elgallo / pechuga&ala",
        "dear co-op, my portal hasn't changed, still scarecrow56. use it for the bills.",
        "ya me cansé: entre usted con arriaga_pozo y huarache8, y me dice cuánto gasté",
    ],
)
@pytest.mark.parametrize("inlet", ["web_form", "email_reply", "admin_note"])
def test_a_login_in_capitals_is_found_as_it_is_in_small_letters(text: str, inlet: str) -> None:
    small_too, shouted = scan(text, inlet), scan(text.upper(), inlet)
    assert small_too is not None
    assert shouted is not None
    assert 0 <= shouted.start < shouted.end <= len(text)


@pytest.mark.parametrize(
    "text",
    [
        "METER AM51180446 READ 10/22/2025 1,204 KWH RATE RES-1 AMOUNT DUE 142.18",
        "I FORGOT MY PASSWORD. CAN YOU USE THE LETTER INSTEAD?",
        "NO COMPARTO MI CONTRASEÑA CON NADIE, GRACIAS",
        "PLEASE SEND MY BILLS FOR THE MILL, ACCOUNT 40900017, SERVICE ADDRESS 12 HWY 5",
        "WE WERE ON SL-175 AND NOW IT SHOWS LED-40.",
    ],
)
def test_honest_capitals_pass(text: str) -> None:
    assert [scan(text, inlet) for inlet in ("web_form", "email_reply", "admin_note", "pdf_text")] == [None] * 4


def test_what_everybody_writes_in_capitals_stays_so() -> None:
    text = "METER AM51180446 IS GRAVEL9, RES-1 10KWH (AM4) #4471A. 10/22/2025 MARKET7 ÑANDÚ"
    assert small(text) == ["meter AM51180446 is gravel9, RES-1 10KWH (AM4) #4471A. 10/22/2025 market7 ñandú"]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("K" * 12, True),
        ("K" * 11, False),
        ("K" * 12 + " abc", True),
        ("K" * 12 + " abcd", False),
        ("my portal hub", False),
        ("", False),
        ("KETTLE AND PAN " * 133, True),
        ("KETTLE AND PAN " * 134, False),  # a page
    ],
)
def test_capitals_are_read_so_where_most_letters_are(text: str, read: bool) -> None:
    assert len("KETTLE AND PAN ") * 134 > clothes.LONGEST >= len("KETTLE AND PAN ") * 133
    assert (text.lower() in [view.text for view in clothes.undressed(View(text))]) is read


def test_a_place_in_small_letters_is_the_same_place() -> None:
    (view,) = clothes._in_small_letters(View("THE \u0130 PORTAL AND GRAVEL9", lambda start, end: (start + 3, end + 3)))
    assert view.text == "the i portal and gravel9"
    assert view.back(17, 24) == (20, 27)
