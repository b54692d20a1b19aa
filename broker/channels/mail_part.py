"""One customer's part of a mail that asked for several customers' data: what is kept of it on her own thread (rules).

The mail left whole; what is kept under her key names nobody else. Her letter is kept with her permission, and stands
here by its number and hash.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP

from broker.channels.manual_request import Item

HEADERS = ("From", "To", "Date", "Message-ID")


@dataclass(frozen=True)
class SignedLetter:
    """A letter as the part names it: its number, and the SHA-256 of the file that was attached, in hex."""

    number: str
    sha256: str


def part_of(mail: EmailMessage, items: Sequence[Item], letters: Sequence[SignedLetter], *, whole: str) -> bytes:
    """Write her part of a mail: its headers, her rows of the schedule, her letters, and the hash of the whole (hex).

    The subject line, the address for answers and the threads that the mail refers to name other people's requests: of
    the subject her numbers are kept, of the rest nothing. The Message-ID is the mail's own, and bears the random token
    of the thread under which it went.
    """
    part, numbers = EmailMessage(policy=SMTP), [each.number for each in items]
    for name in HEADERS:
        if name in mail:
            part[name] = str(mail[name])
    part["Subject"] = f"Data access request{'s' if len(numbers) > 1 else ''} {', '.join(numbers)}, their part of a mail"
    part["X-Whole-Mail-SHA256"] = whole
    lines = [
        "This is one member's part of a mail that asked for the data of several members of the same co-op.",
        "The whole mail is not kept: it would hold other members' letters.",
        f"SHA-256 of the whole mail as it left us: {whole}",
        "",
        "This member's rows of its schedule:",
        *(_row(each) for each in items),
        "",
        "This member's signed letter, attached once and kept with the permission:",
        *(f"- {each.number}.pdf, SHA-256 {each.sha256}" for each in letters),
    ]
    part.set_content("\n".join(lines) + "\n")
    return part.as_bytes()


def _row(item: Item) -> str:
    kinds = "; ".join(item.data_types)
    endings = ", ".join(item.last_fours)
    days = f"{item.begin:%Y-%m-%d} through {item.last_day:%Y-%m-%d}"
    return f"- {item.number}, letter {item.letter}, account ending in {endings}: {kinds}, {days}"
