"""The gate: time per text, per kilobyte, and growth on hostile texts."""

from bench.measure import Result, Row, median
from broker.credentials import scan

SMALL = 25_000
GROWTH = 4

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

# Units that make rules look around, decode, or start a match that never ends.
HOSTILE = {
    "one letter": "a",
    "spaced letters": "p a s s ",
    "less-than": "<",
    "open tags": '<a b="',
    "equals": "=",
    "quoted-printable": "=3D",
    "percent": "%25",
    "entities": "&amp;",
    "base64": "cGFzc3dvcmQ6",
    "token heads": "eyJ",
    "brackets": "[",
    "objects": '{"a":',
    "newlines": "\n",
    "quotes of mail": "> ",
    "labels": "password ",
    "labels with signs": "pw: ",
    "statements": "password is ",
    "misspelt labels": "pasword ",
    "digits": "123456 ",
    "digit words": "one ",
    "slashes": "a/",
    "addresses": "user@x.example ",
    "zero width": "\u200b",
    "look-alikes": "\u0430",
    "userinfo": "http://a:",
    "queries": "?a=",
    "asking": "send your ",
    "columns": "password,",
}


def run() -> Result:
    """Measure; the ratio of a hostile text is its growth from a quarter of the size (4 is linear)."""
    result = Result("gate")
    for what, text in (("mail", MAIL), ("bill", BILL), ("ask in JSON", JSON), ("table row", TABLE)):
        result.rows.append(Row(f"one {what}", median(lambda text=text: scan(text, "email_reply"), times=50)))  # type: ignore[misc]
    for what, unit in (("mail", MAIL), ("bill", BILL), ("table", TABLE)):
        long = (unit * (10_240 // len(unit) + 1))[:10_240]
        spent = median(lambda long=long: scan(long, "email_reply"), rounds=5)  # type: ignore[misc]
        result.rows.append(Row(f"one KB of {what}", spent / 10))
    for what, unit in HOSTILE.items():
        long = (unit * (GROWTH * SMALL // len(unit) + 1))[: GROWTH * SMALL]
        short = long[:SMALL]
        spent = median(lambda long=long: scan(long, "web_form"), rounds=3)  # type: ignore[misc]
        base = median(lambda short=short: scan(short, "web_form"), rounds=3)  # type: ignore[misc]
        result.rows.append(Row(f"100 kB: {what}", spent, base))
    return result
