"""Sign-in, sign-out and the first password (interface)."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from broker.parties.links import token_hash
from broker.parties.login import tries
from broker.parties.login.forms import FirstPasswordForm, SignInForm
from broker.parties.models import Enrolment, Role, User
from broker.parties.staff import finish_enrolment

IDLE_SECONDS = 15 * 60


@method_decorator(sensitive_post_parameters("password"), name="dispatch")
class SignIn(auth_views.LoginView):
    """One sign-in page for the worklist and the compliance console."""

    template_name = "parties/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = False

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Look at a password where a try is open, and at none otherwise."""
        if not tries.may_try(request, now=timezone.now()):
            return render(request, "parties/locked.html", status=429)
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Start a session of at most 12 hours that ends after 15 idle minutes."""
        tries.was_right(self.request, now=timezone.now())
        response = super().form_valid(form)
        self.request.session.set_expiry(settings.SESSION_COOKIE_AGE)
        return response


@login_required
@require_GET
def after_login(request: HttpRequest) -> HttpResponse:
    """Bring each role to its own first page."""
    user = request.user
    assert isinstance(user, User)
    if user.is_officer:
        return redirect("console")
    if user.is_active and user.role == Role.APPROVER:
        return redirect("console-approvals")
    if user.is_active and user.role == Role.ANALYST:
        return redirect("recipient")
    return redirect("admin:index") if user.is_staff else redirect("home")


@never_cache
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def enrol(request: HttpRequest, token: str) -> HttpResponse:
    """Set the first password through the one-time link; only the POST uses it up."""
    now = timezone.now()
    enrolment = Enrolment.objects.filter(token_hash=token_hash(token), used_at=None, expires_at__gt=now).first()
    if enrolment is None:
        return render(request, "parties/enrol_over.html", status=410)
    form = FirstPasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            if finish_enrolment(enrolment, form.cleaned_data["password"], now=now):
                messages.success(request, _("Your password is saved. Sign in now."))
                return redirect("login")
            return render(request, "parties/enrol_over.html", status=410)
        except ValidationError as error:
            form.add_error("password", error)
    return render(request, "parties/enrol.html", {"form": form, "enrolment": enrolment})
