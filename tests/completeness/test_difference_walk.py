"""Where sources do not agree: each page and act leaves exactly the declared events."""

import uuid
from collections.abc import Callable
from typing import Any

from broker.parties.models import Role
from requests_app.differences.models import Difference
from requests_app.one_value.models import Place
from tests.completeness.declared import DECLARED
from tests.completeness.watch import Watch
from tests.integration.test_held_files import signed_in
from tests.integration.test_one_value import OCTOBER, compared, of_days, shares, told
from tests.requests_world import world


def test_a_difference_is_looked_at_and_settled(committing: str) -> None:
    watch, w = Watch(DECLARED, prefix="difference"), world()
    watch.know("her", w.customer.id)
    shares(w, of_days(OCTOBER, "1", "2"), of_days(OCTOBER, "1", "2.5"))
    compared()
    topic = Difference.objects.get().topic
    watch.names["topic"] = str(topic)
    staff, second = signed_in(Role.STAFF), signed_in(Role.OPERATOR, "two")
    at = f"/admin/differences/{topic}/"
    watch.step("admin:differences GET", answers(lambda: staff.get("/admin/differences/"), 200))
    watch.step("admin:difference GET", answers(lambda: staff.get(at), 200))
    foreign = f"/admin/differences/{uuid.uuid4()}/"
    watch.step("admin:difference GET foreign", answers(lambda: staff.get(foreign), 404))
    watch.step("admin:difference POST wrong", answers(lambda: staff.post(at, {}), 422))
    first, later = (str(each) for each in Place.objects.order_by("number").values_list("series_id", flat=True))
    chosen = {"stands": later, "rule": "corrected", "reason": "It was read again.", "newest": 1}
    watch.step("admin:difference POST", answers(lambda: staff.post(at, chosen), 302))
    told(w)
    back = chosen | {"stands": first, "rule": "utility_says"}
    watch.step("admin:difference POST given", answers(lambda: staff.post(at, back), 302))
    watch.step("admin:difference-second POST wrong", answers(lambda: second.post(f"{at}second/", {}), 302))
    confirm = {"decision": "confirm"}
    watch.step("admin:difference-second POST", answers(lambda: second.post(f"{at}second/", confirm), 302))
    watch.finish()


def answers(send: Callable[[], Any], expect: int) -> Callable[[], Any]:
    def sent() -> Any:
        answer = send()
        assert answer.status_code == expect, (answer.status_code, answer.content[:300])
        return answer

    return sent
