"""A file's pages and what was asked, side by side; to look is a logged read (interface)."""

import base64
import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from broker import sandbox
from broker.terms import Refusal
from requests_app import acceptance
from requests_app.admin_views import actor_of, text_of
from requests_app.completeness import query
from requests_app.forms import LABELS
from requests_app.models import ReceivedFile

WALL, CPU = 30.0, 20


@require_POST
def beside(request: HttpRequest, file_id: uuid.UUID) -> HttpResponse:
    """Show the pages of a file in quarantine beside what was asked and what is missing."""
    rows = ReceivedFile.objects.select_related("consent", "account", "message__manual__request")
    file = get_object_or_404(rows, id=file_id, message__manual__isnull=False)
    assert file.message is not None
    assert file.message.manual is not None
    seen = acceptance.look(file, actor=actor_of(request), why="to compare it", now=timezone.now())
    if not seen.data:
        messages.error(request, f"It stays sealed. {text_of(Refusal(seen.codes[0]))}")
        return redirect("admin:file", file.id)
    sheets, pages = _drawn(seen.data, file.media_type)
    manual = file.message.manual
    context = {
        "file": file,
        "manual": manual,
        "sheets": sheets,
        "pages": pages,
        "asked": manual.request,
        "data_types": [LABELS[each] for each in manual.request.data_types],
        "found": seen.found,
        **query.context(manual, staff=True),
    }
    return render(request, "requests_app/worklist_beside.html", context)


def _drawn(data: bytes, kind: str) -> tuple[list[str], int]:
    """Have the pages drawn; none where the drawing broke: then the file is read by downloading it."""
    payload = {"data": sandbox.pack(data), "type": kind}
    try:
        drawn = sandbox.call("requests_app.desk_work.sheets:draw", payload, wall=WALL, cpu=CPU)
    except (sandbox.SandboxError, ValueError):
        return [], 0
    return [base64.b64encode(sandbox.unpack(each)).decode("ascii") for each in drawn["sheets"]], drawn["pages"]
