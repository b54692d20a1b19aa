"""Every address of a person's own sign-in (under `sign-in/`)."""

from django.urls import path

from broker.parties.signin import leaving_views, people_views, views, workbox_views

urlpatterns = [
    path("", views.own, name="signin"),
    path("passkeys/add/", views.add, name="signin-add"),
    path("passkeys/<uuid:passkey_id>/remove/", views.remove, name="signin-remove"),
    path("mailbox/", workbox_views.mailbox, name="signin-mailbox"),
    path("codes/", views.codes, name="signin-codes"),
    path("end/", views.end_all, name="signin-end"),
    path("again/", views.again, name="signin-again"),
    path("recover/", views.recover, name="signin-recover"),
    path("people/", people_views.people, name="signin-people"),
    path("people/ask/", people_views.ask, name="signin-people-ask"),
    path("people/link/<uuid:approval_id>/", people_views.link, name="signin-people-link"),
    path("people/<uuid:user_id>/end/", people_views.end_all, name="signin-people-end"),
    path("left/", leaving_views.people, name="signin-leaving"),
    path("left/<uuid:user_id>/disable/", leaving_views.disable, name="signin-disable"),
    path("left/<uuid:user_id>/enable/", leaving_views.enable, name="signin-enable"),
]
