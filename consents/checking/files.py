"""Whether a file is one that we issued: by its every byte, and by the seal (nothing of it is kept)."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db.models import QuerySet

from broker.audit import log
from consents.checking import inside
from consents.checking.clerk import CLERK
from consents.checking.comparing import row_facts, state_differs, stated_in
from consents.loa.judgement import Judgement
from consents.loa.verify import judge
from consents.models import LetterFile, LetterOfAuthorization

# `exact`: recorded, byte for byte, and under our seal (or the copy shown before signing, which has none).
# `changed`: the signed part is genuine, and something was added or changed around it. `unconfirmed`: one of record and
# seal vouches for it and the other does not. `altered`: neither.
type Result = Literal["exact", "changed", "unconfirmed", "altered"]

_END = re.compile(rb"%%EOF(?:\r\n|\r|\n|)")
_MOST_ENDS = 80


@dataclass(frozen=True)
class Verdict:
    """What a file is: the result, which copy (`LetterFile.Kind`, or empty), of which letter, and what its seal proves.

    `differs` names what the file states otherwise than our rows; then our rows are not believed.
    """

    result: Result
    kind: str
    letter: LetterOfAuthorization | None
    seal: Judgement
    sha256: str
    differs: tuple[str, ...] = ()


def check(data: bytes, *, now: datetime) -> Verdict:
    """Judge a file and note in the log of its letter's customer that somebody did; never raises for what it holds."""
    verdict = judged(data, now=now)
    if verdict.letter is not None:
        consent = verdict.letter.consent
        log.append(
            "letter.verified",
            actor=CLERK,
            subject=consent.customer_id,
            purpose="verification",
            obj="letter",
            body={"letter": verdict.letter.number, "result": verdict.result, "kind": verdict.kind, "why": "a file"},
        )
    return verdict


def judged(data: bytes, *, now: datetime) -> Verdict:
    """Judge a file without a trace (the command, which whoever runs it could do by hand)."""
    sha256 = hashlib.sha256(data)
    seal = judge(data, now=now)
    recorded = _rows().filter(sha256=sha256.digest()).first()
    result, row = _result(data, recorded, seal)
    letter = row.letter if row else _named(data, seal)
    if letter is None:
        result = "unconfirmed" if result == "changed" else result
        return Verdict(result, "", None, seal, sha256.hexdigest())
    kind = row.kind if row and result == "exact" else ""
    return Verdict(result, kind, letter, seal, sha256.hexdigest(), _differs(data, letter))


def _result(data: bytes, recorded: LetterFile | None, seal: Judgement) -> tuple[Result, LetterFile | None]:
    if recorded is not None:
        # A row alone is not believed: somebody who may write to our tables could add one for a file of his own.
        if recorded.kind == LetterFile.Kind.PRESENTED:
            vouched = bytes(recorded.letter.consent.text_sha256) == bytes(recorded.sha256)
        else:
            vouched = seal.genuine
        return ("exact" if vouched else "unconfirmed"), recorded
    begins = _begins_with(data, seal)
    if begins is not None:
        return "changed", begins
    return ("changed" if seal.intact and seal.valid and seal.trusted else "altered"), None


def _begins_with(data: bytes, seal: Judgement) -> LetterFile | None:
    """Find the delivered or archived file that this one begins with.

    Not the presented one: every signed letter begins with that, and what was shown before signing was not signed.
    """
    sums = [bytes.fromhex(seal.sealed_sha256)] if seal.sealed_sha256 else []
    ends = {end for found in _END.finditer(data) for end in (found.start() + 5, found.end())}
    running, at = hashlib.sha256(), 0
    for end in sorted(ends)[:_MOST_ENDS]:
        running.update(data[at:end])
        at = end
        sums.append(running.digest())
    return _rows().filter(sha256__in=sums).exclude(kind=LetterFile.Kind.PRESENTED).order_by("-bytes").first()


def _named(data: bytes, seal: Judgement) -> LetterOfAuthorization | None:
    """Find the letter that a file with an intact seal of ours says it is."""
    if not (seal.intact and seal.valid and seal.trusted):
        return None
    number = (stated_in(data) or {}).get("letter", "")
    return LetterOfAuthorization.objects.select_related("consent__recipient").filter(number=number).first()


def _differs(data: bytes, letter: LetterOfAuthorization) -> tuple[str, ...]:
    stated = stated_in(data)
    consent = letter.consent
    differing = inside.differing(stated, row_facts(letter, consent)) if stated and stated["text"] else ()
    return (*differing, *state_differs(consent))


def _rows() -> QuerySet[LetterFile]:
    return LetterFile.objects.select_related("letter__consent__recipient")
