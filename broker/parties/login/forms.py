"""Forms of the sign-in pages."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext_lazy as _


class SignInForm(AuthenticationForm):
    """User name and password of a person of the operator or a recipient."""

    username = forms.CharField(
        label=_("User name"), widget=forms.TextInput(attrs={"class": "usa-input", "autocomplete": "username"})
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"class": "usa-input", "autocomplete": "current-password"}),
    )


class FirstPasswordForm(forms.Form):
    """A first password, typed twice."""

    password = forms.CharField(
        label=_("New password"),
        strip=False,
        help_text=_("At least 15 characters. A few plain words in a row are fine."),
        widget=forms.PasswordInput(attrs={"class": "usa-input", "autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("New password again"),
        strip=False,
        widget=forms.PasswordInput(attrs={"class": "usa-input", "autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        """Both must be the same."""
        data = super().clean() or {}
        if data.get("password") != data.get("again"):
            self.add_error("again", _("The two passwords differ."))
        return data
