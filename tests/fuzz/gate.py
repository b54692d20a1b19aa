"""Texts in wrappings, wrapped again, cut and mixed: what the gate's decoders make of them."""

import base64
import html
import json
import quopri
import random
import signal
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import FrameType
from typing import Any
from urllib.parse import quote

from broker.credentials import scan
from broker.inlets.management.commands.scan_credentials import INLETS

LONGEST = 5.0  # seconds of this process that one text may take, of at most a megabyte
MOST = 1_000_000  # characters
_ASKED = sorted(INLETS)

BASES = [
    "Please send the usage of the barn for two years.",
    "user: millrace\npassword: Nail.Keg41",
    '{"account":"40900017","note":"hello","list":[1,null,{"a":"b"}]}',
    "<login><user>a</user><password>Nail.Keg41</password></login>",
    "date,kwh\n2025-01-01,31.2\n2025-01-02,29.8\n",
    "Subject: =?utf-8?q?hello?=\nContent-Transfer-Encoding: base64\n\naGVsbG8gd29ybGQ=\n",
    "https://a:b@c.example/?pw=1&token=eyJhbGciOiJub25lIn0.e30.",
    "> > quoted\n> p a s s w o r d : x",
    "la contraseña es Clavo_41 y el código 551 0188",
    "",
]
PIECES = [
    *"<>=&%+_-/\\\"'{}[](),;:.?@#|~ \n\r\t\x00\x1b\x85",
    *("&#", "&#x", "&amp;", "&#1114112;", "&#xD800;", "&nosuch;", "%", "%2", "%25", "%zz", "%C3", "%FF%FE", "=\n"),
    *("=3D", "=C3", "=?utf-8?b?", "=?x-none?q?=FF?=", "?=", "\\u", "\\ud800", "\\u0000", "\\x", "eyJ", "e30.", "===="),
    *("<!--", "-->", "<![CDATA[", "]]>", "<a b='", "<?xml", "<!DOCTYPE x [<!ENTITY a 'b'>]>", '{"a":', "[[[[", "}}}}"),
    *("\u200b", "\u00ad", "\u202e", "\ufeff", "\ud800", "\udfff", "\U0010ffff", "\u0301", "\ufdfa", "ﬃ", "İ", "ß", "𝗽"),
    *("password", "p a s s ", "pw: ", "contraseña", "otpauth://", "Cookie: ", "1e999", "9" * 400, "a" * 500, "\t\t"),
]
Wrap = Callable[[str], str]


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


WRAPPINGS: dict[str, Wrap] = {
    "base64": lambda text: base64.b64encode(_bytes(text)).decode(),
    "base64 in lines": lambda text: base64.encodebytes(_bytes(text)).decode(),
    "url-safe base64": lambda text: base64.urlsafe_b64encode(_bytes(text)).decode().rstrip("="),
    "UTF-16 in base64": lambda text: base64.b64encode(text.encode("utf-16", "surrogatepass")).decode(),
    "percent": lambda text: quote(_bytes(text), safe=""),
    "every letter in percent": lambda text: "".join(f"%{byte:02x}" for byte in _bytes(text)),
    "entities": lambda text: html.escape(text, quote=True),
    "numbered entities": lambda text: "".join(f"&#{ord(char)};" for char in text),
    "quoted-printable": lambda text: quopri.encodestring(_bytes(text)).decode("latin-1"),
    "MIME word": lambda text: f"=?utf-8?b?{base64.b64encode(_bytes(text)).decode()}?=",
    "JSON": lambda text: json.dumps({"a": text}),
    "JSON in full": lambda text: "".join(f"\\u{ord(char) & 0xFFFF:04x}" for char in text),
    "tags": lambda text: "".join(f"<b>{char}</b>" for char in text),
    "XML": lambda text: f'<x y="{text}"><z>{text}</z></x>',
    "form": lambda text: f"a={quote(_bytes(text[:2000]))}+b&c=d",
    "quoted mail": lambda text: "> " + text.replace("\n", "\n> "),
    "spaced": lambda text: " ".join(text),
    "zero width": lambda text: "\u200b".join(text),
    "hexadecimal": lambda text: _bytes(text).hex(),
    "backwards": lambda text: text[::-1],
}


@dataclass
class Counted:
    """What was counted."""

    texts: int = 0
    found: Counter[str] = field(default_factory=Counter)
    exceptions: Counter[str] = field(default_factory=Counter)
    hangs: int = 0
    places_outside: int = 0
    slowest: float = 0.0
    longest: int = 0  # characters

    def as_dict(self) -> dict[str, Any]:
        """Give it as it is kept."""
        return {
            "texts": self.texts,
            "exceptions": dict(self.exceptions),
            "hangs": self.hangs,
            "places_outside_the_text": self.places_outside,
            "slowest_seconds": round(self.slowest, 3),
            "longest_text": self.longest,
            "passed": self.found["passed"],
            "rules": dict(sorted((rule, count) for rule, count in self.found.items() if rule != "passed")),
        }

    def ok(self) -> bool:
        """Say whether no text raised, hung, or was pointed at outside of itself."""
        return not (self.exceptions or self.hangs or self.places_outside)


def texts(count: int, seed: int) -> Iterator[tuple[str, str]]:
    """Give so many texts, each with its inlet; the same seed gives the same ones."""
    chance = random.Random(seed)
    for number in range(count):
        text = chance.choice(BASES)
        for _ in range(chance.choice((0, 1, 1, 2, 3, 4, 6))):
            text = WRAPPINGS[chance.choice(sorted(WRAPPINGS))](_mixed(text, chance))[:20_000]
        text = _mixed(text, chance)
        if number % 1000 == 999 and text:
            text *= MOST // len(text) + 1  # one in a thousand is as large as a text may be
        elif number % 50 == 49:
            text *= chance.randrange(2, 40)
        yield text[:MOST], chance.choice(_ASKED)


def _mixed(text: str, chance: random.Random) -> str:
    for _ in range(chance.choice((0, 0, 1, 2, 5, 15))):
        at = chance.randrange(len(text) + 1)
        end = min(len(text), at + chance.choice((0, 0, 1, 5, 60)))
        piece = chance.choice(PIECES) * chance.choice((1, 1, 1, 2, 30))
        text = text[:at] + piece + text[end:]
    return text


class _TooLong(BaseException):  # no `except Exception` of the engine may swallow it
    """A text took longer than it may."""


def _ring(_number: int, _frame: FrameType | None) -> None:
    raise _TooLong


def scanned(count: int, seed: int) -> Counted:
    """Scan so many texts; must run in the main thread, whose alarm ends a text that hangs."""
    counted = Counted()
    before = signal.signal(signal.SIGVTALRM, _ring)
    try:
        for text, inlet in texts(count, seed):
            _one(counted, text, inlet)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
    return counted


def _one(counted: Counted, text: str, inlet: str) -> None:
    counted.texts += 1
    counted.longest = max(counted.longest, len(text))
    begun = time.process_time()
    signal.setitimer(signal.ITIMER_VIRTUAL, LONGEST)
    try:
        finding = scan(text, inlet)
    except _TooLong:
        counted.hangs += 1
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError, MemoryError) as error:
        at = traceback.extract_tb(error.__traceback__)[-1]
        counted.exceptions[f"{type(error).__name__} in {at.name}"] += 1
    else:
        counted.found[finding.rule if finding else "passed"] += 1
        if finding is not None and not 0 <= finding.start <= finding.end <= len(text):
            counted.places_outside += 1
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    counted.slowest = max(counted.slowest, time.process_time() - begun)
