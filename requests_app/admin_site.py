"""The staff's site: the worklist first, its acts as views of their own, the tables read-only behind it (interface)."""

from functools import wraps
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, URLResolver, path, reverse

from broker.audit.log import LogUnavailable
from broker.inlets.answers import unavailable
from broker.parties.login.watch import turned_away
from broker.parties.models import User


class WorklistSite(AdminSite):
    """Django's admin for people with staff rights only; its index is the worklist.

    Each act is a view here and not a ModelAdmin's change: those run inside a transaction, where no event of a read
    can be committed before the read.
    """

    site_header = site_title = "Records desk"
    index_title = "Worklist"

    def has_permission(self, request: HttpRequest) -> bool:
        """Only staff and operators; nobody's flag in the database opens this."""
        return isinstance(request.user, User) and request.user.is_staff

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # noqa: ARG002
        """Send people to the one sign-in page; tell those who have signed in that this is not theirs."""
        if request.user.is_authenticated and not self.has_permission(request):
            return render(request, "requests_app/not_yours.html", status=403)
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"))

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Wrap a page like Django does; while the log cannot be written it shows nothing at all."""
        wrapped = super().admin_view(view, cacheable)

        @wraps(wrapped)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                if isinstance(request.user, User) and not self.has_permission(request):
                    turned_away(request, request.user)
                answer: HttpResponse = wrapped(request, *args, **kwargs)
                return answer
            except LogUnavailable:
                return unavailable(request)

        return guarded

    def index(self, request: HttpRequest, extra_context: Any = None) -> Any:  # noqa: ARG002
        """Show the worklist."""
        from requests_app import admin_views

        return admin_views.worklist_page(request)

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:  # noqa: ARG002
        """Leave passwords to the one sign-in, where a change is an event."""
        raise Http404

    def password_change_done(self, request: HttpRequest, extra_context: Any = None) -> Any:  # noqa: ARG002
        """The same."""
        raise Http404

    def get_urls(self) -> list[URLResolver | URLPattern]:
        """Put the worklist's own pages before the tables."""
        from requests_app import admin_views as views
        from requests_app import both_views, file_views, held_views, paper_views, stop_views, why_views
        from requests_app import clerk_views as clerks
        from requests_app import holder_views as holders
        from requests_app import identity_views as identity
        from requests_app.completeness import views as completeness
        from requests_app.desk_work import beside_views, ladder_views, mail_views, people_views
        from requests_app.desk_work import views as desk
        from requests_app.differences import views as differences
        from requests_app.hooks import pages as hooks
        from requests_app.watching import gate_views as gate

        own: list[URLResolver | URLPattern] = [
            path("requests/<uuid:request_id>/", self.admin_view(views.request_page), name="request"),
            path("requests/<uuid:request_id>/reveal/", self.admin_view(views.reveal), name="request-reveal"),
            path("requests/<uuid:request_id>/resend/", self.admin_view(views.resend), name="request-resend"),
            path("requests/<uuid:request_id>/date/", self.admin_view(why_views.staffs), name="request-date"),
            path("requests/<uuid:request_id>/promise/", self.admin_view(why_views.promise), name="request-promise"),
            path("next/", self.admin_view(desk.next_item), name="next"),
            path("find/", self.admin_view(views.find), name="find"),
            path("requests/<uuid:request_id>/take/", self.admin_view(desk.take), name="request-take"),
            path("requests/<uuid:request_id>/give/", self.admin_view(desk.give), name="request-give"),
            path("requests/<uuid:request_id>/release/", self.admin_view(desk.release), name="request-release"),
            path("requests/<uuid:request_id>/notes/", self.admin_view(desk.read_notes), name="request-notes"),
            path("requests/<uuid:request_id>/note/", self.admin_view(desk.write_note), name="request-note"),
            path("requests/<uuid:request_id>/heard/", self.admin_view(desk.write_down), name="request-heard"),
            path("requests/<uuid:request_id>/call/", self.admin_view(ladder_views.call), name="request-call"),
            path("requests/<uuid:request_id>/decide/", self.admin_view(ladder_views.decide), name="request-decide"),
            path("messages/<uuid:message_id>/read-as/", self.admin_view(ladder_views.read_as), name="message-read-as"),
            path("files/<uuid:file_id>/beside/", self.admin_view(beside_views.beside), name="file-beside"),
            path("messages/<uuid:message_id>/", self.admin_view(mail_views.message_page), name="message"),
            path("messages/<uuid:message_id>/scan/", self.admin_view(mail_views.scan), name="message-scan"),
            path("away/", self.admin_view(people_views.absences), name="absences"),
            path("away/<uuid:absence_id>/back/", self.admin_view(people_views.take_back), name="absence-back"),
            path("morning/", self.admin_view(people_views.morning), name="morning"),
            path("files/<uuid:file_id>/", self.admin_view(file_views.file_page), name="file"),
            path("files/<uuid:file_id>/open/", self.admin_view(file_views.file_bytes), name="file-open"),
            path("held/<uuid:message_id>/", self.admin_view(held_views.held_mail), name="held"),
            path("held/<uuid:message_id>/choose/", self.admin_view(held_views.choose), name="held-choose"),
            path("stops/", self.admin_view(stop_views.stops), name="stops"),
            path("stops/enter/", self.admin_view(stop_views.enter), name="stop-enter"),
            path("stops/alerts/<uuid:alert_id>/", self.admin_view(stop_views.alert), name="stop-alert"),
            path("identity/", self.admin_view(identity.index), name="identity"),
            path("identity/codes/<uuid:code_id>/", self.admin_view(identity.print_code), name="identity-print"),
            path("identity/calls/<uuid:consent_id>/", self.admin_view(identity.call), name="identity-call"),
            path("webhooks/", self.admin_view(hooks.webhooks), name="webhooks"),
            path("webhooks/<uuid:endpoint_id>/disable/", self.admin_view(hooks.disable), name="webhook-disable"),
            path("webhooks/messages/<uuid:delivery_id>/", self.admin_view(hooks.resend), name="webhook-resend"),
            path("paper/", self.admin_view(paper_views.listing), name="paper"),
            path("paper/enter/", self.admin_view(paper_views.enter), name="paper-enter"),
            path("paper/<uuid:entry_id>/", self.admin_view(paper_views.entry), name="paper-entry"),
            path("paper/<uuid:entry_id>/scan/", self.admin_view(paper_views.scan), name="paper-scan"),
            path("paper/post/<uuid:notice_id>/", self.admin_view(paper_views.notice), name="paper-notice"),
            path("paper/post/<uuid:notice_id>/done/", self.admin_view(paper_views.posted), name="paper-posted"),
            path("gate/", self.admin_view(gate.listing), name="gate"),
            path("gate/<uuid:refused_id>/doubt/", self.admin_view(gate.doubt), name="gate-doubt"),
            path("gate/<uuid:refused_id>/release/", self.admin_view(gate.release), name="gate-release"),
            path("tables/", self.admin_view(views.tables), name="tables"),
            path(
                "requests/<uuid:request_id>/completeness/",
                self.admin_view(completeness.page),
                name="request-completeness",
            ),
            path("requests/<uuid:request_id>/none/", self.admin_view(completeness.none), name="request-none"),
            path("files/<uuid:file_id>/surplus/", self.admin_view(completeness.dispose), name="file-surplus"),
            path("clerk/", self.admin_view(clerks.clerk_acts), name="clerk-acts"),
            path("clerk/<uuid:act_id>/", self.admin_view(clerks.clerk_act), name="clerk-act"),
            path("differences/", self.admin_view(differences.listing), name="differences"),
            path("differences/<uuid:topic_id>/", self.admin_view(differences.topic), name="difference"),
            path(
                "differences/<uuid:topic_id>/second/",
                self.admin_view(differences.decide_second),
                name="difference-second",
            ),
            path("objections/", self.admin_view(holders.objections), name="objections"),
            path("objections/<uuid:objection_id>/", self.admin_view(holders.objection), name="objection"),
            path(
                "objections/<uuid:objection_id>/reveal/",
                self.admin_view(holders.objection_reveal),
                name="objection-reveal",
            ),
            path(
                "objections/<uuid:objection_id>/uphold/",
                self.admin_view(holders.objection_uphold),
                name="objection-uphold",
            ),
            path("both/", self.admin_view(both_views.listing), name="both"),
            path("both/<int:asked_id>/", self.admin_view(both_views.end), name="both-end"),
            path("both/mailbox/<uuid:member_id>/", self.admin_view(both_views.mailbox), name="both-mailbox"),
            path("held-permissions/", self.admin_view(holders.held_consents), name="held-consents"),
            path(
                "held-permissions/<uuid:consent_id>/",
                self.admin_view(holders.held_consent_decide),
                name="held-consent-decide",
            ),
            path(
                "accounts/<uuid:account_id>/facts/", self.admin_view(holders.account_facts_page), name="account-facts"
            ),
        ]
        from requests_app.fees import urls as fees

        return own + list(fees.of(self.admin_view)) + super().get_urls()


site = WorklistSite(name="admin")
