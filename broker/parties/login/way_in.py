"""Where somebody who has not signed in is sent, and to which page she comes back (interface)."""

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseRedirect, QueryDict
from django.utils.http import url_has_allowed_host_and_scheme

from broker.looking import look


def to_sign_in(request: HttpRequest) -> HttpResponseRedirect:
    """Send her to the sign-in page, with the way back to this one.

    The way back is a value that comes to our own gate, in an address and in a form. Where the gate would not take the
    question behind it (`…/<id>/?sure=1` looks like a name and a secret), she comes back to the page without it.
    """
    back = request.get_full_path()
    comes_as = (("url_param", f"?next={back}"), ("web_form", back), ("web_form", f"next: {back}"))
    return redirect_to_login(request.path if any(look(text, inlet) for inlet, text in comes_as) else back)


def onward(request: HttpRequest) -> str:
    """Give the page to which a form or an address says to go on; empty where it says none, or another site."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    return wanted if is_ours(request, wanted) else ""


def and_onward(path: str, place: str) -> str:
    """Give an address that carries the page to which to go on from it."""
    said = QueryDict(mutable=True)
    said["next"] = place
    return f"{path}?{said.urlencode(safe='/')}" if place else path


def is_ours(request: HttpRequest, place: str) -> bool:
    """Say whether an address is one of this site."""
    return url_has_allowed_host_and_scheme(place, {request.get_host()}, require_https=request.is_secure())
