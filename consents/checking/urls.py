"""Addresses of the public page of a letter; `/v/CODE` is printed on each letter and in its QR code."""

from django.urls import path

from consents.checking import act_views, views

urlpatterns = [
    path("", views.enter, name="verify"),
    path("file/", views.file, name="verify-file"),
    path("how/", views.yourself, name="verify-yourself"),
    path("seal-root.pem", views.root, {"which": "seal"}, name="verify-root"),
    path("time-root.pem", views.root, {"which": "time"}, name="verify-time-root"),
    path("letter/", views.letter, name="verify-letter"),
    path("letter/copy.pdf", views.copy, name="verify-copy"),
    path("letter/released/", act_views.released, name="verify-released"),
    path("letter/doubt/", act_views.doubt, name="verify-doubt"),
    path("letter/member/", act_views.member, name="verify-member"),
    path("letter/member/code/", act_views.member_code, name="verify-member-code"),
    path("<str:code>", views.enter, name="verify-code"),
]
