"""The tables of the whole broker on the staff's site: to look at, masked, never to change (interface)."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse

from broker.parties.models import Application, Customer, Organisation, UtilityAccount
from consents.models import Consent, LetterFile, LetterOfAuthorization
from requests_app.admin_site import site
from requests_app.admin_views import actor_of
from requests_app.desk_work.models import Absence, Assignment, DeskMailbox, Heard, Note
from requests_app.models import (
    CustomerShare,
    DataRequest,
    Decision,
    ManualRequest,
    Message,
    NectarPull,
    ReadingSeries,
    ReceivedFile,
    Release,
)
from requests_app.page_reads import page_shown


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # one class for every model
    """Shows a table; sealed values are masks, and each look is an event."""

    actions = None
    list_per_page = 50

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whoever may be here may look."""
        return site.has_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        """Whoever may be here may look."""
        return site.has_permission(request)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        """Nobody adds by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        """Nobody changes by hand."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        """Nothing is deleted."""
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:  # noqa: ARG002
        """Only by what the list offers: a filter on a hidden column would tell it letter by letter."""
        return lookup.removesuffix("__exact") in self.list_filter

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Show the list, after its event."""
        self._viewed(request, None)
        return super().changelist_view(request, extra_context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show a row, after its event."""
        self._viewed(request, object_id)
        return super().change_view(request, object_id, form_url, extra_context)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Show Django's own history, after its event."""
        self._viewed(request, object_id)
        return super().history_view(request, object_id, extra_context)

    def _viewed(self, request: HttpRequest, row: str | None) -> None:
        facts = {"table": self.model._meta.label, "row": row[:40] if row else None}
        page_shown(actor_of(request), "table", facts)


LISTS: dict[type[Model], tuple[str, ...]] = {
    Organisation: ("legal_name", "slug"),
    Application: ("name", "organisation", "mode", "key_prefix", "expires_at", "revoked_at"),
    Customer: ("__str__", "language", "created_at"),
    UtilityAccount: ("__str__", "utility", "last_four"),
    Consent: ("number", "recipient", "state", "assurance", "starts", "ends"),
    LetterOfAuthorization: ("number", "signed_at"),
    LetterFile: ("letter", "kind", "bytes", "made_at"),
    DataRequest: ("__str__", "organisation", "purpose", "made_at"),
    Decision: ("__str__", "step", "outcome", "channel", "decided_at"),
    ManualRequest: ("number", "state", "sent_at", "due", "withdrawal"),
    Message: ("__str__", "direction", "kind", "at"),
    CustomerShare: ("__str__", "created_at"),
    ReceivedFile: ("__str__", "state", "verdict", "data_type", "channel", "received_at"),
    ReadingSeries: ("__str__", "data_type", "resolution", "first", "last"),
    NectarPull: ("__str__", "state", "code", "says", "updated_at"),
    Release: ("__str__", "application", "what", "at"),
    Assignment: ("manual", "person", "how", "since", "ended_at"),
    Absence: ("person", "cover", "first", "last", "taken_back_at"),
    Note: ("manual", "person", "at"),
    Heard: ("way", "kind", "happened_at", "person", "scans"),
    DeskMailbox: ("person", "wanted", "confirmed_at"),
}
HIDDEN: dict[type[Model], tuple[str, ...]] = {Application: ("key_hash",), DeskMailbox: ("code_hash",)}

for _model, _columns in LISTS.items():
    _options = {"list_display": _columns, "exclude": HIDDEN.get(_model, ())}
    site.register(_model, type(f"{_model.__name__}Admin", (ReadOnlyAdmin,), _options))
