"""Where somebody who has not signed in is sent, and to which page she comes back (interface)."""

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseRedirect

from broker.looking import look


def to_sign_in(request: HttpRequest) -> HttpResponseRedirect:
    """Send her to the sign-in page, with the way back to this one.

    The way back is a value that comes to our own gate, in an address and in a form. Where the gate would not take the
    question behind it (`…/<id>/?sure=1` looks like a name and a secret), she comes back to the page without it.
    """
    back = request.get_full_path()
    comes_as = (("url_param", f"?next={back}"), ("web_form", back), ("web_form", f"next: {back}"))
    return redirect_to_login(request.path if any(look(text, inlet) for inlet, text in comes_as) else back)
