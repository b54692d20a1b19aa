"""Sign-in, sign-out and the first passkey (interface)."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from broker.limits.address import address_of
from broker.limits.counting import Limit, give_back, take_all
from broker.parties.links import token_hash
from broker.parties.login import first_page, tries
from broker.parties.login.forms import FirstPasswordForm, SignInForm
from broker.parties.login.way_in import and_onward
from broker.parties.models import Enrolment, User
from broker.parties.signin import asking, passkeys, sessions, webauthn, workbox
from broker.parties.signin.models import Passkey, SignedIn
from broker.parties.signin.sessions import begin, is_rehearsal
from broker.parties.staff import finish_enrolment
from broker.terms import Refusal

PASSKEYS = Limit("passkey", 30, timedelta(minutes=15))  # refused answers from one address


@method_decorator(sensitive_post_parameters("password"), name="dispatch")
class SignIn(auth_views.LoginView):
    """One sign-in page for everybody but members: by passkey, and in a rehearsal by its printed passwords too."""

    template_name = "parties/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = False

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Take a passkey; look at a password in a rehearsal where a try is open, and at none otherwise."""
        if asking.FIELD in request.POST or not is_rehearsal():
            return self._by_passkey(request)
        if not tries.may_try(request, now=timezone.now()):
            return render(request, "parties/locked.html", status=429)
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Start a session of at most 12 hours that ends after 15 idle minutes."""
        tries.was_right(self.request, now=timezone.now())
        response = super().form_valid(form)
        self.request.session.set_expiry(settings.SESSION_COOKIE_AGE)
        return response

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        """Add what the browser asks the passkey, and whether passwords are good here."""
        asked = asking.put(self.request, asking.SIGN_IN, webauthn.ask_touch())
        return super().get_context_data(passkey=asked, with_passwords=is_rehearsal(), **more)

    def _by_passkey(self, request: HttpRequest) -> HttpResponse:
        now, where = timezone.now(), (PASSKEYS, address_of(request))
        if not take_all(where, now=now):
            tries.locked()
            return render(request, "parties/locked.html", status=429)
        state, answer = asking.taken(request, asking.SIGN_IN), request.POST.get(asking.FIELD, "")
        passkey = passkeys.touched(answer, state, by=None, now=now) if state else None
        if passkey is None:
            unbound = self.get_form_class()(request)
            return self.render_to_response(self.get_context_data(form=unbound, refused=True), status=400)
        give_back(where, now=now)
        begin(request, passkey)
        request.session.set_expiry(settings.SESSION_COOKIE_AGE)
        place = self.get_redirect_url()
        if place and workbox.of(passkey.user) is None:
            return redirect(and_onward(reverse("signin-mailbox"), place))
        return redirect(self.get_success_url())


@login_required
@require_GET
def after_login(request: HttpRequest) -> HttpResponse:
    """Bring each role to its own first page, and whoever has no work mailbox to the page of that."""
    user = request.user
    assert isinstance(user, User)
    row = sessions.current(request, user, now=timezone.now())
    if row is not None and row.by == SignedIn.By.PASSKEY and workbox.of(user) is None:
        return redirect("signin-mailbox")
    return redirect(first_page.of(user))


@never_cache
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def enrol(request: HttpRequest, token: str) -> HttpResponse:
    """Register the first passkey through the one-time link; only the POST uses it up.

    In a rehearsal a first password may be set instead.
    """
    now = timezone.now()
    found = Enrolment.objects.filter(token_hash=token_hash(token), used_at=None, expires_at__gt=now)
    enrolment = found.select_related("user").filter(user__is_active=True).first()
    if enrolment is None:
        return render(request, "parties/enrol_over.html", status=410)
    form = FirstPasswordForm(request.POST if "password" in request.POST else None) if is_rehearsal() else None
    refused = ""
    if request.method == "POST" and asking.FIELD in request.POST:
        made = _first_passkey(request, enrolment, now)
        if isinstance(made, Passkey):
            messages.success(request, _("Your passkey is saved. Sign in with it now."))
            return redirect("login")
        refused = made.code
    elif request.method == "POST" and form is not None and form.is_valid():
        try:
            if finish_enrolment(enrolment, form.cleaned_data["password"], now=now):
                messages.success(request, _("Your password is saved. Sign in now."))
                return redirect("login")
            return render(request, "parties/enrol_over.html", status=410)
        except ValidationError as error:
            form.add_error("password", error)
    asked = asking.put(request, asking.FIRST, asking.new_for(enrolment.user))
    context = {"form": form, "enrolment": enrolment, "passkey": asked, "refused": refused}
    return render(request, "parties/enrol.html", context, status=400 if refused else 200)


def _first_passkey(request: HttpRequest, enrolment: Enrolment, now: datetime) -> Passkey | Refusal:
    state = asking.taken(request, asking.FIRST)
    if state is None:
        return Refusal("ask.invalid")
    answer, name = request.POST.get(asking.FIELD, ""), asking.name_of(request)
    return passkeys.add(enrolment.user, answer, state, name=name, link=enrolment, now=now)
