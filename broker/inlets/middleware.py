"""The gate in front of every view: portal credentials are refused before anything reads or writes."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils import timezone

from broker.audit.log import LogUnavailable
from broker.credentials import Finding
from broker.inlets import brought, incidents, marks, misplaced, overrides, sending
from broker.inlets.answers import gone, out_of_place, refused, too_large, unavailable, unchecked
from broker.inlets.asked import Asked, asked
from broker.inlets.brought import Busy
from broker.inlets.exempt import is_exempt
from broker.inlets.handing_back import Given, given_back
from broker.inlets.parts import Part, files, of_files, parts, with_files
from broker.looking import TOO_LONG, Unchecked, is_words, letting_through, look, names_secret, sort
from broker.sandbox import OutOfTime, budget
from broker.vault import Destroyed

Found = tuple[Part, Finding]


class GateMiddleware:
    """Scans addresses, headers, query strings, forms, bodies and files; a hit is refused and leaves one event."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Refuse, or let the request through unchanged."""
        try:
            return self._checked(request)
        except RequestDataTooBig:
            return too_large(request)
        except LogUnavailable:
            return unavailable(request)
        except Busy:
            return unchecked(request)  # no entry of the log: whoever keeps us busy would fill it as well
        except (Unchecked, OutOfTime):
            return _unchecked(request, "inside")

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer a view that could not write the log or check what came (503), or whose data was destroyed (410).

        No byte of data leaves. Django hides such an exception from `__call__`.
        """
        if isinstance(exception, Destroyed):
            return gone(request)
        if isinstance(exception, Unchecked | OutOfTime):
            return _unchecked(request, "inside")
        return unavailable(request) if isinstance(exception, LogUnavailable) else None

    def _checked(self, request: HttpRequest) -> HttpResponse:
        view = _view_name(request)
        try:
            texts = list(parts(request, view))
        except RequestDataTooBig:
            raise
        except SuspiciousOperation:
            return too_large(request)
        away = brought.turned_away(request, view, files(request, view))
        came = files(request, view) if away is None else []
        with ExitStack() as turn:
            by_page = brought.reads_by_itself(view, came)
            if came:
                turn.enter_context(brought.turn(request, by_page=by_page))
                texts += of_files(request, view)
            try:
                found = _found(texts)
                if came and not found:  # what stands in one of them alone is a matter of that one
                    texts += (beside := list(with_files(request, view, texts)))
                    found = _found(beside)
            except Unchecked:
                return _unchecked(request, texts[0].inlet)
            if not by_page and brought.is_known(request):
                turn.close()  # what a page does with files that were read here has limits of its own
            return self._answered(request, view, texts, found, away)

    def _answered(
        self,
        request: HttpRequest,
        view: str,
        texts: Sequence[Part],
        found: Sequence[Found],
        away: HttpResponse | None,
    ) -> HttpResponse:
        if not found:
            return away or self.get_response(request)
        part, finding = _worst(found)
        if finding.kind == TOO_LONG:
            return too_large(request)
        sender = sending.of_request(request)
        try:
            own = misplaced.taken_out(request, view, texts, sender)
            if own is not None and not _found(own.texts):
                misplaced.note(own.code, part.name, sender)
                return out_of_place(request, own.code, own.more)
        except Unchecked:
            return _unchecked(request, part.inlet)
        mark = _mark(request, view, texts, finding, sender)
        if may_be_words := all(_is_words(*each) for each in found):
            sorts = frozenset(sort(each.inlet) for each, _finding in found)
            missing = overrides.use(mark, sorts, sender.actor, now=timezone.now())
            if not missing:
                with letting_through(sorts):
                    return away or self.get_response(request)
            part, finding = _worst([each for each in found if sort(each[0].inlet) in missing])
        row = incidents.record(
            finding,
            part=part.name,
            sender=sender,
            inlet=part.inlet,
            message=incidents.Message(mark, "\n".join([request.path_info, *(each.text for each in texts)])),
            overridable=may_be_words,
        )
        page = _page(request, part)
        label = page.label(part.fields[0]) if len(part.fields) == 1 else None
        back = _back(request, view, part, finding, page)
        return refused(request, part.name, finding, row, given_back=back, label=label)


def _found(texts: Sequence[Part]) -> list[Found]:
    return [(part, finding) for part in texts if (finding := _look(part)) is not None]


def _worst(found: Sequence[Found]) -> Found:
    """Give the first finding that nobody can let through, else the first one; what is only too long comes last."""
    found = [each for each in found if each[1].kind != TOO_LONG] or found
    if (structure := next((each for each in found if not _reads_words(*each)), None)) is not None:
        return structure
    names = dict.fromkeys((name, part.inlet) for part, _finding in found for name in part.fields)
    named = next((name for name, inlet in names if names_secret(name, inlet)), None)
    return next((each for each in found if named in each[0].fields), found[0])


def _look(part: Part) -> Finding | None:
    budget.left()
    return look(part.text, part.inlet)


def _is_words(part: Part, finding: Finding) -> bool:
    """Say whether two people may let this through: it was read in words, and in no field that asks for a secret.

    No form of ours names a field for one, so whoever sent it filled in somebody else's.
    """
    return _reads_words(part, finding) and not any(
        names_secret(name, part.inlet) for name in dict.fromkeys(part.fields)
    )


def _reads_words(part: Part, finding: Finding) -> bool:
    return part.is_message and is_words(finding, part.text, part.inlet)


def _mark(
    request: HttpRequest, view: str, texts: Sequence[Part], finding: Finding, sender: sending.Sender
) -> bytes | None:
    said = [(each.name, each.text) for each in texts if each.is_message]
    uploads = []
    for field, upload in files(request, view):
        uploads.append((f"{field}/{upload.name}", upload.read()))
        upload.seek(0)
    return marks.mark(request.path_info, sender.name, said, uploads, finding.kind)


def _page(request: HttpRequest, part: Part) -> Asked:
    """Give what the page called its fields, where a field of a page of ours is meant."""
    try:
        return asked(resolve(request.path_info).func, request.POST) if part.fields else Asked()
    except Resolver404:
        return Asked()


def _back(request: HttpRequest, view: str, part: Part, finding: Finding, page: Asked) -> list[Given]:
    # A page of somebody else that sends a form here does not get it shown as one that only needs a press.
    if not part.fields or view == "" or brought.forged(request) is not None:
        return []
    fields = [(name, value) for name, values in request.POST.lists() for value in values if not is_exempt(view, name)]
    try:
        return given_back(fields, part, finding, page)
    except Unchecked:
        return []  # what is left of it could not be checked: it is refused as a whole


def _unchecked(request: HttpRequest, inlet: str) -> HttpResponse:
    incidents.unchecked(sender=sending.of_request(request), inlet=inlet)
    return unchecked(request)


def _view_name(request: HttpRequest) -> str:
    try:
        return resolve(request.path_info).view_name
    except Resolver404:
        return ""
