"""The address for Nectar's webhooks (interface)."""

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from broker.limits.address import address_of
from requests_app.nectar import hooks
from requests_app.nectar.states import MAX_HOOK_BYTES, TOO_LONG


@csrf_exempt  # no browser calls it: each message is proven by its signature
@require_POST
def hook(request: HttpRequest) -> JsonResponse:
    """Take a webhook in, and say in a word what became of it."""
    try:
        length = int(request.headers.get("Content-Length") or 0)
    except ValueError:
        length = MAX_HOOK_BYTES + 1
    if length > MAX_HOOK_BYTES:
        return JsonResponse({"outcome": TOO_LONG}, status=413)
    said = hooks.accept(dict(request.headers), request.body, address=address_of(request), now=timezone.now())
    headers = {"Retry-After": str(said.wait)} if said.wait else {}
    return JsonResponse({"outcome": said.outcome}, status=said.status, headers=headers)
