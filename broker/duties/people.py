"""Who works here (reads)."""

from broker.duties.models import Bar
from broker.parties.models import Role, User


def by_role() -> dict[str, int]:
    """Count those who sign in and are not suspended, by role; two accounts of one full name are one person."""
    barred = Bar.objects.filter(lifted_at=None, person__isnull=False).values("person")
    rows = User.objects.filter(is_active=True).exclude(id__in=barred).exclude(role=Role.ANALYST)
    names = {(each.role, each.full_name.strip().lower()) for each in rows}
    return {role: sum(of == role for of, _ in names) for role in Role}
