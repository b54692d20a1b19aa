"""Mutated mails through the mail reader, mutated PDFs through the look inside and, where it finds nothing, the text."""

from typing import Any

from broker import sandbox
from tests.fuzz.bombs import BOMBS
from tests.fuzz.mutations import MAIL_WORDS, PDF_WORDS, mails, mutated, pdfs
from tests.fuzz.running import Count, run

READ, LOOK, TEXT = (
    "requests_app.mail_reading:read",
    "requests_app.inbound.examining:examine",
    "broker.importers.bill_pdf:facts",
)


def mails_read(number: int, seed: int) -> Count:
    """Read so many mutated mails."""
    count = Count()
    sandbox.isolation()  # the child is there before the first file, which does not pay for its start
    for raw in mutated(mails(), MAIL_WORDS, number, seed):
        answer = run(count, [(READ, {"raw": sandbox.pack(raw)})])[0]
        if answer is not None:
            count.answers[str(answer["kind"])] += 1
    return count


def pdfs_read(number: int, seed: int) -> Count:
    """Look into so many mutated PDFs, and read the text of those that nothing stands against, as the product does."""
    count = Count()
    sandbox.isolation()  # the child is there before the first file, which does not pay for its start
    for data in mutated(pdfs(), PDF_WORDS, number, seed + 1):
        payload: dict[str, Any] = {"name": "bill.pdf", "data": sandbox.pack(data)}
        answer = run(count, [(LOOK, payload)])[0]
        if answer is None:
            continue
        for code in answer["codes"] or ["nothing against it"]:
            count.answers[code] += 1
        if not answer["codes"]:
            run(count, [(TEXT, payload)])
            count.files -= 1  # the same file
    return count


def bombs_read() -> Count:
    """Look into every PDF that says that it is a gigabyte, each in a child of its own."""
    count = Count()
    for make in BOMBS.values():
        sandbox.close()
        sandbox.isolation()
        answer = run(count, [(LOOK, {"name": "bill.pdf", "data": sandbox.pack(make())})])[0]
        count.answers.update(answer["codes"] if answer else ())
    return count
