"""To which page each role comes first (interface)."""

from django.urls import reverse

from broker.parties.models import Role, User


def of(user: User) -> str:
    """Give the first page of a person's work."""
    if user.is_officer:
        return reverse("console")
    if user.is_active and user.role == Role.APPROVER:
        return reverse("console-approvals")
    if user.is_active and user.role == Role.ANALYST:
        return reverse("recipient")
    return reverse("admin:index" if user.is_staff else "home")
