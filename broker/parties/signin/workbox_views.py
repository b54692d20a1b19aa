"""A person's own work mailbox: where it is, proven by a code, changed (interface)."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods

from broker.parties.login import first_page
from broker.parties.login.roles import only
from broker.parties.login.way_in import and_onward, onward
from broker.parties.models import Role, User
from broker.parties.signin import browsers, workbox

_INPUT = {"class": "usa-input"}


class MailboxForm(forms.Form):
    """Which mailbox it is to be."""

    email = forms.EmailField(
        label=_l("Your e-mail address at work"),
        help_text=_l("A code goes there. Colleagues do not see the address."),
        widget=forms.EmailInput(attrs={**_INPUT, "autocomplete": "email"}),
    )


class CodeForm(forms.Form):
    """The code that came back."""

    code = forms.RegexField(
        r"\A\s*[0-9]{3}\s?[0-9]{3}\s*\Z",
        label=_l("6-digit code"),
        widget=forms.TextInput(attrs={**_INPUT, "inputmode": "numeric", "autocomplete": "one-time-code"}),
        error_messages={"invalid": _l("The code has six digits.")},
    )

    def clean_code(self) -> str:
        """Give the six digits alone: a code is also pasted with a blank in the middle."""
        return "".join(str(self.cleaned_data["code"]).split())


@require_http_methods(["GET", "POST"])
@only(*Role)
def mailbox(request: HttpRequest, user: User) -> HttpResponse:
    """Show one's own work mailbox, mail a code to another one, and take that code.

    Whoever was led here on the way to a page goes on to it, with a mailbox or later.
    """
    now, said, place = timezone.now(), request.POST.get("do", ""), onward(request)
    address = MailboxForm(request.POST if said == "address" else None)
    code = CodeForm(request.POST if said == "code" else None)
    if said == "address" and address.is_valid():
        language = (get_language() or "en")[:2] if user.role == Role.ANALYST else "en"
        refusal = workbox.begin(user, address.cleaned_data["email"], language=language, now=now)
        if refusal is None:
            messages.success(request, _("A code is on its way to this address."))
            return redirect(and_onward(reverse("signin-mailbox"), place))
        late = refusal.code == "rate.limited"
        address.add_error(
            "email", _("Enough codes for now. Try again in an hour, or tomorrow.") if late else _("This is no address.")
        )
    elif said == "code" and code.is_valid():
        if workbox.confirm(user, code.cleaned_data["code"], now=now, here=browsers.here(request)) is None:
            messages.success(request, _("The mailbox is proven: changes of your sign-in are told there."))
            return redirect(place or "signin")
        code.add_error("code", _("It is wrong or too old. After five tries ask for another one."))
    row, waits = workbox.of(user), workbox.waiting(user, now=now)
    context = {
        "address": address,
        "code": code,
        "row": row,
        "now_at": workbox.shown(row) if row else "",
        "waits": waits is not None,
        "later": place or first_page.of(user),
    }
    return render(request, "parties/mailbox.html", context, status=422 if address.errors or code.errors else 200)
