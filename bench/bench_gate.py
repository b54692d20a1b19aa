"""The gate: time per text, per kilobyte, lines a second, and a megabyte of every hostile shape."""

import json
import random
import string
from pathlib import Path

from bench.measure import Result, Row, median
from broker.credentials import scan

LARGE = 1_048_576
SEED = 1  # of the new words: the same in each run, so that runs can be compared
GROWTH = 4
ROOT = Path(__file__).resolve().parents[1]
CORPUS = ROOT / "tests" / "fixtures" / "credentials" / "open.jsonl"
# Texts that hardly say anything twice, as people write; what is repeated costs less than what is new.
PROSE = {"the security policy": "SECURITY.md", "what threatens": "docs/threat-model.md", "the readme": "README.md"}

MAIL = (
    "Good morning, the outage on Oct 19 lasted three hours at the mill. Meter AM51180446, account 40900017. "
    "I sign in to SmartHub every month and print the chart; could you use the letter instead? Thanks, Rita.\n"
)
BILL = "Energy 1,204 kWh @ 0.0915   Facility charge 32.50   Amount due 142.18 by 10/22/2025   RES-1\n"
JSON = (
    '{"accounts":["40900017"],"data_types":["usage_daily"],"from":"2025-10-01","to":"2025-11-01",'
    '"purpose":"rate_comparison"}'
)
TABLE = "2025-10-01T00:15,0.22,kWh\n"
PAGE = "<p>Usage for&nbsp;<b>October</b> is <a href='https://broker.example/my/'>here</a>.</p>\n"
HONEST = {"mail": MAIL, "bill": BILL, "table": TABLE, "web page": PAGE}

# Units that make rules look around, decode, or start a match that never ends.
HOSTILE = {
    "one letter": "a",
    "spaced letters": "p a s s ",
    "letters apart": "a b ",
    "less-than": "<",
    "open tags": '<a b="',
    "tags": "<b>",
    "elements": "<a>x</a>",
    "equals": "=",
    "quoted-printable": "=3D",
    "percent": "%25",
    "entities": "&amp;",
    "entities in entities": "&amp;amp;",
    "base64 of labels": "cGFzc3dvcmQ6",
    "base64": "QUJD",
    "hex": "4a",
    "hex in pairs": "4a ",
    "token heads": "eyJ",
    "MIME words": "=?utf-8?B?",
    "escapes": "\\u0070",
    "brackets": "[",
    "objects": '{"a":',
    "quotes": '"',
    "newlines": "\n",
    "spaces": " ",
    "quotes of mail": "> ",
    "labels": "password ",
    "labels with signs": "pw: ",
    "labels on lines": "password\n",
    "statements": "password is ",
    "misspelt labels": "pasword ",
    "rot13": "cnffjbeq ",
    "digits": "123456 ",
    "codes": "code 123456 ",
    "numbers": "1 ",
    "digit words": "one ",
    "words": "word ",
    "words like secrets": "Maple7! ",
    "names and secrets": "rob77 Gravel9 ",
    "slashes": "a/",
    "dots": "a.",
    "dashes": "-",
    "addresses": "user@x.example ",
    "half addresses": "a@",
    "zero width": "\u200b",
    "look-alikes": "\u0430",
    "full width": "\uff41",
    "combining": "a\u0301",
    "userinfo": "http://a:",
    "recovery links": "https://a.example/reset/",
    "queries": "?a=",
    "cookies": "sid=",
    "seeds": "authenticator ABCD ",
    "asking": "send your ",
    "asked codes": "send me the code. ",
    "answers": "security answer ",
    "hints": "password is my dog ",
    "guests": "I added you as ",
    "devices": "laptop is logged in ",
    "columns": "password,",
    "cells": "a b,pass c\n",
    "semicolons": "a;",
    "tabs": "a\t",
    "file names": "a_b_c ",
}


def _new_words() -> str:
    """A megabyte of words of which none was there before: nothing of it is left out as said again."""
    rng = random.Random(SEED)
    return " ".join("".join(rng.choices(string.ascii_lowercase, k=rng.randrange(3, 10))) for _word in range(LARGE // 6))


def _readings() -> str:
    """A megabyte of hourly readings, none of them like another."""
    rng = random.Random(SEED)
    rows = (
        f"2025-{1 + hour // 720 % 12:02}-{1 + hour // 24 % 28:02}T{hour % 24:02}:00,{rng.random() * 9:.3f},kWh\n"
        for hour in range(LARGE // 27)
    )
    return "".join(("time,kwh,unit\n", *rows))


def run() -> Result:
    """Measure; the ratio of a hostile text is its growth from a quarter of the size (4 is linear)."""
    result = Result("gate", seed=SEED)
    for what, text in (("mail", MAIL), ("bill", BILL), ("ask in JSON", JSON), ("table row", TABLE)):
        result.rows.append(Row(f"one {what}", median(lambda text=text: scan(text, "email_reply"), times=50)))  # type: ignore[misc]
    for what, unit in HONEST.items():
        long = (unit * (10_240 // len(unit) + 1))[:10_240]
        spent = median(lambda long=long: scan(long, "email_reply"), rounds=5)  # type: ignore[misc]
        result.rows.append(Row(f"one KB of {what}", spent / 10))
    for what, name in PROSE.items():
        text = (ROOT / name).read_text(encoding="utf-8")[:10_240]
        spent = median(lambda text=text: scan(text, "email_reply"), rounds=5)  # type: ignore[misc]
        result.rows.append(Row(f"one KB of prose: {what}", spent * 1024 / len(text)))
    lines = [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]
    whole = median(lambda: [scan(line["text"], line["inlet"]) for line in lines], rounds=3)
    result.rows.append(Row("one line of the open corpus", whole / len(lines)))
    for what, unit in (HONEST | HOSTILE | {"new words": _new_words()}).items():
        result.rows.append(_megabyte(f"1 MB: {what}", unit, "web_form"))
    # Whoever waits is not kept so long; a mail is read to its end (decision 0127).
    result.rows.append(_megabyte("1 MB in a mail: new words", _new_words(), "email_reply"))
    result.rows.append(_megabyte("1 MB in a file: hourly readings", _readings(), "csv_upload"))
    return result


def _megabyte(what: str, unit: str, inlet: str) -> Row:
    long = (unit * (LARGE // len(unit) + 1))[:LARGE]
    short = long[: LARGE // GROWTH]
    spent = median(lambda: scan(long, inlet), rounds=1)
    return Row(what, spent, median(lambda: scan(short, inlet), rounds=1))
