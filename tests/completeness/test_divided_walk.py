"""What staff do with a mail that answers several members: each request leaves exactly the declared events."""

import hashlib
from pathlib import Path
from typing import Any

from broker.parties.models import Role
from requests_app.receive import HOLDING
from tests.completeness.declared import DECLARED
from tests.completeness.test_desk_walk import answers, signed_in
from tests.completeness.watch import Watch
from tests.integration.test_answer_for_several import answer
from tests.requests_world import ACCOUNT, RECEIVER, coop, usage
from tests.scenarios.coops import both_coops
from tests.shared_world import OTHERS, sent

__all__ = ["both_coops"]


def test_a_divided_mail_leaves_what_is_declared(
    both_coops: None, committing: str, tmp_path: Path, settings: Any
) -> None:
    settings.MAIL_AUTHSERV_ID = RECEIVER
    with coop(tmp_path, settings) as mailbox:
        both = sent(mailbox)
    held, staff, watch = answer(both), signed_in(Role.STAFF), Watch(DECLARED, prefix="divided")
    her, his = both.hers[0].number, both.his[0].number
    watch.know("holding", HOLDING)
    watch.know("her", both.world.customer.id)
    watch.know("his", both.customer)
    sums = [hashlib.sha256(usage(each).encode()).hexdigest() for each in (ACCOUNT, OTHERS)]
    watch.names |= {"her_number": her, "his_number": his, "divided": {her: sums[:1], his: sums[1:]}}
    path = f"/admin/held/{held.id}/"
    choose, given = f"{path}choose/", {"choice": "divide", "file-0": her, "file-1": his}
    watch.step("admin:held POST", answers(lambda: staff.post(path), 200))
    more = {"choice": "add", "more": both.hers[1].number}
    watch.step("admin:held-choose POST add", answers(lambda: staff.post(choose, more), 200))
    missing = {**given, "file-1": ""}
    watch.step("admin:held-choose POST without a choice", answers(lambda: staff.post(choose, missing), 422))
    watch.step("admin:held-choose POST divide", answers(lambda: staff.post(choose, given), 302))
    watch.step("admin:held-choose POST again", answers(lambda: staff.post(choose, given), 302))
    watch.finish()
