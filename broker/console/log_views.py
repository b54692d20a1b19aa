"""What everybody may read of the log: its newest checkpoint, its keys, its hash tiles; never an entry (interface)."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from broker.audit import log, proofs, receipts, store, tiles

TEXT, BYTES = "text/plain; charset=utf-8", "application/octet-stream"
FOR_EVER = "public, max-age=31536000, immutable"
NOT_LONG = "public, max-age=60"
FRESH = "no-cache"


@require_safe
def checkpoint(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """The newest signed checkpoint with its cosignatures, by C2SP tlog-tiles."""
    newest = proofs.newest()
    if newest is None:
        raise Http404
    return _answer(newest[1].encode(), TEXT, FRESH)


@require_safe
def vkey(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """The log's public keys, one a line, current first; then those of the logs before it, which were declared lost."""
    names = [
        settings.LOG_ORIGIN,
        *(each.name for each in reversed(store.origins()) if each.name != settings.LOG_ORIGIN),
    ]
    try:
        keys = [key for name in names for key in store.verifier_keys(name)]
    except FileNotFoundError:  # as a checkpoint before the first one
        raise Http404 from None
    return _answer("".join(f"{key.encode()}\n" for key in keys).encode(), TEXT, FRESH)


@require_safe
def receipt_vkey(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """The public key of receipts and evidence packs: whoever checks one compares its key with this."""
    return _answer(f"{receipts.verifier().encode()}\n".encode(), TEXT, FRESH)


@require_safe
def tile(request: HttpRequest, level: str, index: str) -> HttpResponse:  # noqa: ARG001
    """A tile of hashes by C2SP tlog-tiles; entry bundles hold sealed personal data and have no address."""
    try:
        found = tiles.parse_tile_path(level, index)
    except ValueError:
        raise Http404 from None
    wanted = (found[2] or tiles.WIDTH) * 32
    data = store.read_tile(log.origin_id(), found[0], found[1])[:wanted]
    if len(data) < wanted:
        raise Http404
    return _answer(data, BYTES, NOT_LONG if found[2] else FOR_EVER)


def _answer(body: bytes, kind: str, keep: str) -> HttpResponse:
    answer = HttpResponse(body, content_type=kind)
    answer["Cache-Control"] = keep
    answer["Access-Control-Allow-Origin"] = "*"  # a reader of logs may run in another site's page
    return answer
