"""What became of a draft that is over, in words (rules): its files are gone from it, its codes remain."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from requests_app import share_words
from requests_app.upload.drafts import TOO_MANY, TWICE, UNFINISHED
from requests_app.upload.models import ShareDraft
from requests_app.upload.standing import Given

How = ShareDraft.How


@dataclass(frozen=True)
class Over:
    """Whether something was saved, a heading, and a sentence for each thing that became of files."""

    saved: int
    heading: str
    lines: list[str]


def of(draft: ShareDraft) -> Over:
    """Say it; a draft that nobody ended is one whose hour is over."""
    if draft.how == How.SAVED:
        return _saved(draft)
    if draft.how == How.THROWN:
        return Over(0, _("We threw the files away"), [_("Nothing was saved, and nothing of them was passed on.")])
    if draft.how == How.STOPPED:
        why = _("Your permission is not in force any more, so nothing was saved. What we had looked at is deleted.")
        return Over(0, _("Nothing was saved"), [why])
    late = _("You did not save the files within an hour, so we deleted them. Please choose them again.")
    return Over(0, _("Nothing was saved"), [late])


def _given(taken: Sequence[Mapping[str, str]], draft: ShareDraft) -> list[str]:
    """Say of what was saved whether it is shared now, and if not, why."""
    found = Counter(each["given"] for each in taken if each.get("given"))
    if not found:
        return []
    lines, who = [], draft.consent.recipient.legal_name
    if count := found[Given.NOW]:
        said = ngettext(
            "It is shared: %(who)s asked for these days and can read %(n)s file now.",
            "They are shared: %(who)s asked for these days and can read %(n)s files now.",
            count,
        )
        lines.append(said % {"who": who, "n": count})
    if count := found[Given.OTHER_DAYS]:
        said = ngettext(
            "%(n)s file is not shared yet: its days reach beyond what %(who)s asked for. They may ask for more.",
            "%(n)s files are not shared yet: their days reach beyond what %(who)s asked for. They may ask for more.",
            count,
        )
        lines.append(said % {"who": who, "n": count})
    if count := found[Given.NOT_ASKED]:
        said = ngettext(
            "Nobody has read %(n)s file yet: %(who)s can ask for it, as far as you agreed.",
            "Nobody has read %(n)s files yet: %(who)s can ask for them, as far as you agreed.",
            count,
        )
        lines.append(said % {"who": who, "n": count})
    return lines


def _saved(draft: ShareDraft) -> Over:
    taken = [each for each in draft.outcome if not each["code"]]
    waiting = sum(bool(each.get("unread")) for each in taken)
    lines = []
    if count := len(taken) - waiting:
        said = ngettext("We saved %(n)s file and locked it away.", "We saved %(n)s files and locked them away.", count)
        lines.append(said % {"n": count})
    lines += _given(taken, draft)
    if waiting:
        said = ngettext(
            "%(n)s file is kept locked away until a person has looked at it; nothing was taken from it yet.",
            "%(n)s files are kept locked away until a person has looked at them; nothing was taken from them yet.",
            waiting,
        )
        lines.append(said % {"n": waiting})
    left = Counter(each["code"] for each in draft.outcome if each["code"] and each["code"] not in (TWICE, TOO_MANY))
    unfinished = left.pop(UNFINISHED, 0)
    for code, count in sorted(left.items()):
        said = ngettext("%(n)s file was not taken: %(why)s", "%(n)s files were not taken: %(why)s", count)
        lines.append(said % {"n": count, "why": share_words.said(code)})
    if unfinished:
        said = ngettext("%(n)s file is not saved yet.", "%(n)s files are not saved yet.", unfinished)
        more = _("Load this page again in a minute. If it says the same then, please choose these files again.")
        return Over(len(taken), _("Not all is saved yet"), [*lines, f"{said % {'n': unfinished}} {more}"])
    heading = _("Your files are in") if taken else _("Nothing was saved")
    return Over(len(taken), heading, lines)
