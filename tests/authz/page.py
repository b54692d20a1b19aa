"""Makes docs/who-may-what.md out of the matrix: `python -m tests.authz.page`."""

from collections.abc import Iterator

from tests.environment import ROOT

from tests.authz import matrix  # isort: skip

FILE = ROOT / "docs" / "who-may-what.md"
SHORT = {"ok": "**yes**", "state": "yes (state)", "none": "-"}
PEOPLE = {
    "anon": "nobody signed in",
    "own": "the person whose page or object it is; in the API rows, her browser",
    "other": "another customer",
    "joint": "another holder of the same account, with a sign-in and a mailed link of her own",
    "analyst": "a person of the recipient whose object it is",
    "rival": "a person of another recipient",
    "ended": "a person of a recipient whose permission ended, at its own objects",
    "staff": "staff of the records desk",
    "officer": "compliance officer",
    "approver": "the second person of two-person acts",
    "operator": "operator",
    "superuser": "an approver whose row has Django's superuser flag",
    "key": "a program with the recipient's key in force",
    "rival-key": "another recipient's key",
    "ended-key": "the key of a recipient whose permission ended, at its own objects",
    "wrong-key": "a well-formed key that nobody has",
    "expired-key": "a key past its last day",
    "revoked-key": "a key that was revoked",
    "live-key": "a live key at test data (a test key at live data is refused by the same rule)",
    "narrow-key": "a key in force that opens webhooks alone",
}
TOP = """# Who may what

For officers and auditors. Each row is an address and a method of this site, each column somebody who asks for it. The
rows are made from `tests/authz/matrix.txt` by `python -m tests.authz.page`; `tests/authz/test_matrix.py` asks the
running site for **every cell** ({cells} of them, over {addresses} addresses and methods; the rows of the
desk's tables for each table by itself, which makes over 9,700) and compares what comes; an
address without a row stops the build. Beside that, `tests/authz/test_rules.py` holds the table to rules that fit in a
sentence each, `tests/authz/test_nothing_crosses.py` puts one organisation's ids into another's addresses and fields,
and `./run faults guards` removes each guard from the code, one at a time, and demands that a test notices. Every query
that asks whose a row is is one of these guards, or stands in `tests/authz/narrowing.py` with the reason why it is none.

| word | meaning |
|---|---|
| **yes** | the page, the file or the act; for a form sent empty, the form with what is missing |
| yes (state) | it is theirs; its state, or an empty form, does not allow it |
| login | led to the sign-in page, and nothing was done |
| start | led to where one begins without a code of this flow |
| away | led to a page that says that it is not theirs; the try is in the log |
| 404 | the same answer, to the byte, as for what does not exist; the try is in the log |
| - | nothing is there for anybody |
| 401, 403, 405, 503 | that answer of the API or of the desk's tables |

Three things that the table does not say. What a page *shows* is a matter of its own tests, and of
`test_nothing_crosses.py`. That an approver's *yes* needs somebody else's request is held by the database
(`tests/integration/test_approvals.py`), not by an address. And whoever holds the database server's own
password is outside of it: `docs/log-limits.md` says what the log proves against them.

"""


def text() -> str:
    """Give the page."""
    areas = matrix.areas()
    rows = [row for area in areas for row in area.rows]
    cells = sum(len(row.cells) for row in rows)
    people = [f"- `{name}`: {says}" for name, says in PEOPLE.items()]
    top = TOP.format(cells=f"{cells:,}", addresses=f"{len(rows):,}")
    return "\n".join([top + "## Who asks", "", *people, *(line for area in areas for line in _area(area)), ""])


def _area(area: matrix.Area) -> Iterator[str]:
    yield from ("", f"## {area.title}", "")
    yield f"| address | {' | '.join(area.actors)} |"
    yield "|" + "---|" * (len(area.actors) + 1)
    for row in area.rows:
        yield f"| {row.method} `{row.name}` | {' | '.join(SHORT.get(word, word) for word in row.cells.values())} |"


if __name__ == "__main__":
    FILE.write_text(text())
