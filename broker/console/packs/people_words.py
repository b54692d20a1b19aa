"""What becomes of a person on a yes of two people: invited, given a new link, disabled, let back in (interface)."""

from broker.approvals.models import Approval
from broker.parties.models import Role, User

type Words = tuple[list[tuple[str, str]], str]  # the facts line by line, and the sentence that "yes" confirms


def invited(row: Approval) -> Words:
    """Say who would get an account, and as what."""
    role = Role(str(row.params["role"])).label
    facts = [("User name", str(row.params["username"])), ("Full name", str(row.params["name"])), ("Role", role)]
    return (facts, f"let {row.params['name']} sign in here as {role.lower()}. Whoever asked is shown the link, once.")


def new_link(row: Approval) -> Words:
    """Say who would get a way back in."""
    name = str(row.params["username"])
    return ([("User name", name)], f"let {name} make a new passkey. Whoever asked is shown the link, once.")


def disabled(row: Approval) -> Words:
    """Say whose every way in would end."""
    name, facts = _whom(row)
    return (facts, f"disable {name}: at once every session, passkey, recovery code and open link of theirs ends.")


def enabled(row: Approval) -> Words:
    """Say who would come back."""
    name, facts = _whom(row)
    return (facts, f"let {name} sign in here again; a link to a new passkey is asked for after that.")


def _whom(row: Approval) -> tuple[str, list[tuple[str, str]]]:
    """The full name of whom an act is about, and what is known of this person."""
    user, said = User.objects.filter(id__in=[row.about] if row.about else []).first(), row.params
    facts = [("User name", str(said["username"])), ("Role", str(Role(said["role"]).label))]
    return (user.full_name, [("Full name", user.full_name), *facts]) if user else (str(said["username"]), facts)
