"""What a scan is, before anything of it is kept: by content, and looked into inside the sandbox alone."""

from broker import sandbox
from broker.inlets import unread

MAX_BYTES = 10 * 1024 * 1024
_MAGIC = {"application/pdf": b"%PDF-", "image/jpeg": b"\xff\xd8\xff"}
WALL, CPU = 30.0, 20


def examine(data: bytes) -> tuple[str, str]:
    """Give (media type, ""), or ("", reason code) of why the scan is not taken.

    It has at most 10 MB and 12 pages, and its words beside the pages were read to their end.
    """
    if len(data) > MAX_BYTES:
        return "", "request.too_large"
    kind = next((kind for kind, magic in _MAGIC.items() if data.startswith(magic)), None)
    if kind is None:
        return "", "file.type"
    try:
        found = sandbox.call(
            "consents.paper.paper_pdf:look", {"data": sandbox.pack(data), "media_type": kind}, wall=WALL, cpu=CPU
        )
    except sandbox.SandboxError:
        return "", "file.unreadable"
    # Nothing else asks what lies in a scan; a person sees its pages, and none of the words beside them.
    code = str(found["code"]) or unread.against(data, inside=True)
    return ("", code) if code else (kind, "")
