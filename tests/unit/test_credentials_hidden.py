"""A login that is packed, torn, or filled with what nobody sees is found: in a short text and inside a page."""

import base64
import re
from collections.abc import Callable
from time import process_time

import pytest

from broker.audit import receipt_check
from broker.credentials import scan
from broker.inlets import logs

LINES = "SmartHub user name: rita88\nPassword: Tulip!7749"
SAID = "My SmartHub login is rita88 and the password is Tulip!7749"
HONEST = "The meter at the mill was exchanged in October, and the chart shows two series since then.\n"
PAGE = HONEST * 24


def percent(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


def packed(text: str, coding: str = "utf-8") -> str:
    return base64.b64encode(text.encode(coding)).decode()


def torn(text: str, length: int, by: str = "\n") -> str:
    return by.join(text[at : at + length] for at in range(0, len(text), length))


HIDDEN = {
    "percent signs over lines": torn(percent(LINES), 9),
    "percent signs over lines of a quoted mail": "> " + torn(percent(LINES), 9, "\n> "),
    "soft breaks in a quoted mail": "> My SmartHub login is rita88 and the pass=\n> word is Tul=\n> ip!7749",
    "base64 over lines of a quoted mail": "> " + torn(packed(SAID), 20, "\n> "),
    "numbers without a semicolon": "".join(f"&#{ord(char)}" for char in SAID),
    "a joiner as an entity": "&#8203;".join(SAID),
    "soft hyphens": "&shy;".join(SAID),
    "breaks between letters": "<br>".join(SAID),
    "remarks between letters": "<!-- a -->".join(SAID),
    "entities of signs of no width": "".join(f"&#{ord(char)};" for char in "\u200b".join(SAID)),
    "base64 of signs of no width": packed("\u200b".join(SAID)),
    "base64 of wide letters": packed(SAID, "utf-16-le"),
    "hexadecimal of percent signs": percent(SAID).encode().hex(),
    "tabs between letters": "\t".join(SAID),
    "percent u": "".join(f"%u{ord(char):04x}" for char in SAID),
    "braces": "".join(f"\\u{{{ord(char):x}}}" for char in SAID),
    "pluses": SAID.replace(" ", "+"),
    "letters that show nothing": "\u3164".join(SAID),
}
# The same clothes on what is nothing: how a program writes, not what it says.
CLEAN = {
    "percent signs over lines": torn(percent("Usage of October 2025 in kWh."), 9),
    "numbers without a semicolon": "Caf&#233 bill &#38 usage of October",
    "base64 of wide letters": packed("Usage of October 2025 by day, in kWh.", "utf-16-le"),
    "hexadecimal of percent signs": percent("Usage of October 2025").encode().hex(),
    "tabs between letters": "\t".join("NESWJFMAMJJASOND"),
    "remarks between words": "Usage<!-- October --> and <!-- row 3 -->cost",
    "pluses": "usage+of+October+2025+by+day",
    "joiners": "the kilo&shy;watt&shy;hours of October",
}


@pytest.mark.parametrize("around", ["", PAGE], ids=["alone", "in a page"])
@pytest.mark.parametrize("what", sorted(HIDDEN))
def test_it_is_found(what: str, around: str) -> None:
    assert scan(f"{around}{HIDDEN[what]}\n\n{around}", "email_reply") is not None


@pytest.mark.parametrize("around", ["", PAGE], ids=["alone", "in a page"])
@pytest.mark.parametrize("what", sorted(CLEAN))
def test_what_wears_the_same_and_says_nothing_passes(what: str, around: str) -> None:
    assert scan(f"{around}{CLEAN[what]}\n\n{around}", "email_reply") is None


def spent(look: Callable[[str], object], text: str) -> float:
    start = process_time()
    look(text)
    return process_time() - start


def kept(text: str) -> re.Match[str] | None:
    return receipt_check._KEPT.search(text)


@pytest.mark.parametrize("unit", ["[", "/", "a/", "x ", "/open/", "v", "\n"])
@pytest.mark.parametrize("look", [kept, logs.redact], ids=["receipt", "log line"])
def test_what_a_stranger_sends_costs_four_times_as_much_if_it_is_four_times_as_long(
    look: Callable[[str], object], unit: str
) -> None:
    """The page of receipts took 35 seconds for 200,000 brackets, and a line of the log a second for 4,000 slashes."""
    short = (unit * 8_000)[:8_000]
    assert min(spent(look, short * 4) / (spent(look, short) + 0.002) for _round in range(4)) <= 8
