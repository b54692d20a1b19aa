"""Forms of a recipient's people that say what for."""

from typing import Any

from django import forms

from broker.parties.models import Organisation
from broker.parties.purposes import approved


class ApprovedPurposesMixin(forms.Form):
    """Offers, and takes, only the purposes that were approved for the organisation."""

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["purpose"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(approved(organisation).items())
