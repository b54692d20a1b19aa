"""Which mailbox speaks for the other holder while both must agree (reads rows, changes none).

The signer alone types that holder's address, and could type one of her own. Once the other holder has asked that both
must agree, the mailbox that asked is therefore the only one that can agree; where two have asked, none can, and our
people end it on the word of both (`joint.ending_both`). Whoever asked by a posted letter has no mailbox until two of
our people have heard one from that holder (`joint.hearing`).
"""

from broker import vault
from broker.parties.models import UtilityAccount
from consents.joint.models import BothChange, CoApproval, JointMember
from consents.joint.reach import (
    account_of,
    asked,
    asked_by_proven,
    asked_rows,
    is_both,
    is_same,
    members_of,
    same,
    stands,
)
from consents.lifecycle import ENDED
from consents.models import Consent

type Mailboxes = frozenset[bytes | None]


def index_of(email: str) -> bytes:
    """Give the blind index by which a mailbox is known."""
    return vault.blind_index("email", email)


def words(account: UtilityAccount) -> Mailboxes:
    """Give the mailboxes by which another holder of this customer's account asked, since it last ended.

    None stands for a posted letter, whose reader we know no mailbox of.
    """
    return frozenset(each for row in asked_rows(account) if stands(row) for each in _words(row))


def counting(account: UtilityAccount) -> Mailboxes | None:
    """Give the mailboxes whose agreement may count for what this customer signs; None: any that was named."""
    own = words(account)
    if own:
        return own if len(own) == 1 else frozenset()
    theirs = asked_by_proven(account)
    if not theirs:
        return None
    found = {bytes(each.customer.email_index) for each in theirs}
    return frozenset(found).union(*(words(each) for each in theirs))


def may_agree(member: JointMember) -> bool:
    """Say whether the mailbox of this second holder is one whose agreement counts."""
    if member.email_index is None:
        return False
    found = counting(account_of(member.consent))
    return found is None or bytes(member.email_index) in found


def may_name(account: UtilityAccount, index: bytes) -> bool:
    """Say whether the signer may give the address with this blind index as the other holder's.

    While both must agree she replaces none: neither one that asked, nor one that she gave before. Where another
    customer asked, the address comes from that customer, and the answer tells nothing of it.
    """
    if asked_by_proven(account):
        return False
    own = words(account)
    if own:
        return own == {index}
    return not asked(account) or known(account) <= {index}


def may_name_any(account: UtilityAccount) -> bool:
    """Say whether the signer is asked for the other holder's address at all."""
    bound = asked_by_proven(account) or words(account) or (asked(account) and known(account))
    return not bound


def known(account: UtilityAccount) -> Mailboxes:
    """Give every address that was ever named as the other holder's over this customer's account."""
    rows = members_of(same(account)).filter(email_index__isnull=False)
    return frozenset(bytes(each) for each in rows.values_list("email_index", flat=True) if each is not None)


def lacks_a_word(consent: Consent) -> bool:
    """Say whether both must agree over an account of it and the other holder has not: whichever name line was typed.

    An agreement from before counts where its mailbox is one of those that asked, or nobody but the signer asked.
    """
    return bool(unspoken(consent))


def unspoken(consent: Consent) -> list[UtilityAccount]:
    """Give its accounts over which both must agree and the other holder has not.

    A consent has one second holder, whose word is about one account: where another one of the same letter needs
    another holder's word as well, there is nobody who could give it, and the consent waits until it ends.
    """
    if consent.state in ENDED:
        return []
    rows = list(consent.accounts.order_by("created_at", "id"))
    member = JointMember.objects.filter(consent_id=consent.id).first()
    about = account_of(consent) if member is not None and len(rows) > 1 else None  # a single one is the one
    return [each for each in rows if _lacks(each, member, about)]


def _lacks(account: UtilityAccount, member: JointMember | None, about: UtilityAccount | None) -> bool:
    if about is not None and not is_same(about, account):
        return is_both(account)
    if not asked(account):
        return False
    if member is None or member.agreed_at is None or member.email_index is None:
        return True
    own = words(account)
    return bool(own) and bytes(member.email_index) not in own


def _words(row: CoApproval) -> Mailboxes:
    found = {_mailbox(row)} if row.by_holder else set()
    for each in sorted(row.changes.all(), key=lambda change: change.at):
        if each.kind == BothChange.Kind.ENDED:
            found = set()
        elif each.kind == BothChange.Kind.HEARD:
            found = (found - {None}) | {_mailbox(each)}  # the letter's reader has a mailbox now
        elif each.by_holder:
            found.add(_mailbox(each))
    return frozenset(found)


def _mailbox(row: CoApproval | BothChange) -> bytes | None:
    return None if row.mailbox_index is None else bytes(row.mailbox_index)
