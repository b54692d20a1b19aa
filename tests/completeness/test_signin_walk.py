"""A person's own sign-in leaves exactly the declared events."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from broker import jobs
from broker.approvals import decide
from broker.approvals.models import Approval
from broker.db import installation
from broker.notices.models import Notice
from broker.parties.models import Role, User
from broker.parties.signin import recovery
from broker.parties.signin.models import Change, Passkey
from broker.parties.signin.passkeys import actor_of
from broker.parties.staff import create_user
from broker.terms import SERVICE
from tests.completeness.declared import DECLARED
from tests.completeness.test_every_job import runs, watching
from tests.completeness.watch import Watch
from tests.integration.sign_in_support import Person, codes_of, link_of, signed_in, with_password
from tests.integration.test_desk_digest import proven_mailbox
from tests.integration.test_work_mailbox import AT, code_to


def answers(call: Callable[[], Any], status: int) -> Callable[[], Any]:
    def called() -> Any:
        answer = call()
        assert answer.status_code == status, (answer.status_code, answer.content[:500])
        return answer

    return called


@pytest.mark.undeclared
def test_ones_own_sign_in_leaves_what_is_declared(committing: str) -> None:
    installation.declare("live")
    watch, person = Watch(DECLARED, prefix="signin"), Person("olly")
    browser, path = person.browser, link_of("olly", Role.OPERATOR)
    watch.names["operator"] = str(person.user.id)
    watch.know("operator", person.user.id)
    browser.get(path)
    watch.step("enrol POST wrong", answers(lambda: browser.post(path, {"passkey": "{}"}), 400))
    watch.step("enrol POST", answers(lambda: person.enrol(path), 302))
    page = watch.step("login GET", answers(lambda: browser.get("/login/"), 200))
    assert page.status_code == 200
    watch.step("login POST wrong", answers(lambda: browser.post("/login/", {"passkey": "{}"}), 400))
    watch.step("login POST", answers(person.sign_in, 302))
    watch.step("signin GET", answers(lambda: browser.get("/sign-in/"), 200))
    _mailbox(watch, browser)
    page = watch.step("signin-add GET", answers(lambda: browser.get("/sign-in/passkeys/add/"), 200))
    more = person.keys.create(page.content.decode())
    watch.step("signin-add POST", answers(lambda: browser.post("/sign-in/passkeys/add/", {"passkey": more}), 302))
    watch.step("signin-codes POST", answers(lambda: browser.post("/sign-in/codes/"), 200))
    added = Passkey.objects.latest("created_at")
    watch.names["passkey"] = str(added.id)
    watch.step("signin-remove POST", answers(lambda: browser.post(f"/sign-in/passkeys/{added.id}/remove/"), 302))
    person.keys.held.pop()
    watch.step("signin-people GET", answers(lambda: browser.get("/sign-in/people/"), 200))
    invited = {"username": "sam", "full_name": "Sam (test)", "role": "staff", "reason": "She begins on Monday."}
    ask = "/sign-in/people/ask/"
    watch.step("signin-people-ask POST wrong", answers(lambda: browser.post(ask, {**invited, "role": ""}), 422))
    watch.step("signin-people-ask POST", answers(lambda: browser.post(ask, invited), 302))
    waits = Approval.objects.get()
    take = f"/sign-in/people/link/{waits.id}/"
    watch.step("signin-people-link POST early", answers(lambda: browser.post(take), 302))
    second = create_user("ada", "Ada (test)", Role.APPROVER, password=None, actor=SERVICE("tests"))
    decide.approve(waits.id, approver=actor_of(second), now=timezone.now())
    watch.step("signin-people-link POST", answers(lambda: browser.post(take), 200))
    _left(watch)
    asked = watch.step("signin-again GET", answers(lambda: browser.get("/sign-in/again/"), 200))
    watch.step("signin-again POST", answers(lambda: person.touch(asked, {}), 302))
    other = Person("olly")
    other.keys = person.keys
    other.sign_in()
    watch.step("signin-end POST", answers(lambda: browser.post("/sign-in/end/"), 302))
    watch.step("signin GET ended", answers(lambda: browser.get("/sign-in/"), 302))
    person.sign_in()
    whose = f"/sign-in/people/{person.user.id}/end/"
    watch.step("signin-people-end POST", answers(lambda: browser.post(whose), 302))
    code = codes_of(person, timezone.now())[2]
    other.browser = Person().browser
    watch.step("signin-recover GET", answers(lambda: other.browser.get("/sign-in/recover/"), 200))
    wrong, right = {"username": "olly", "code": "2-AAAA"}, {"username": "olly", "code": code}
    watch.step("signin-recover POST wrong", answers(lambda: other.browser.post("/sign-in/recover/", wrong), 400))
    watch.step("signin-recover POST", answers(lambda: other.browser.post("/sign-in/recover/", right), 302))
    watch.finish()


def _mailbox(watch: Watch, browser: Client) -> None:
    watch.step("signin-mailbox GET", answers(lambda: browser.get(AT), 200))
    form = {"do": "address", "email": "olly@work.example"}
    watch.step("signin-mailbox POST", answers(lambda: browser.post(AT, form), 302))
    code = code_to("olly@work.example")
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    watch.step("signin-mailbox POST wrong", answers(lambda: browser.post(AT, {"do": "code", "code": wrong}), 422))
    watch.step("signin-mailbox POST code", answers(lambda: browser.post(AT, {"do": "code", "code": code}), 302))
    watch.step("signin-mailbox GET shown", answers(lambda: browser.get(AT), 200))


def _left(watch: Watch) -> None:
    officer, sam = signed_in("olive", Role.OFFICER).browser, User.objects.get(username="sam")
    at, why = f"/sign-in/left/{sam.id}/", {"reason": "He left."}
    watch.step("signin-leaving GET", answers(lambda: officer.get("/sign-in/left/"), 200))
    watch.step("signin-disable POST wrong", answers(lambda: officer.post(f"{at}disable/"), 422))
    watch.step("signin-disable POST", answers(lambda: officer.post(f"{at}disable/", why), 302))
    watch.step("signin-enable POST", answers(lambda: officer.post(f"{at}enable/", why), 302))


def test_who_has_a_proven_mailbox_is_told_that_her_sign_in_changed(committing: str) -> None:
    watch = watching("signin.told", "signin.told nobody", "signin.changed")
    for name, done in (("ann", "signin.told"), ("ben", "signin.told nobody")):
        with_password(name, Role.STAFF)
        user = User.objects.get(username=name)
        if name == "ann":
            proven_mailbox(user)
        watch.know("clerk", user.id)
        code = recovery.make(user, now=timezone.now())[0]
        assert recovery.use(name, code, now=timezone.now())
        assert list(Change.objects.filter(user=user).order_by("at").values_list("what", flat=True))[1:] == [
            "codes",
            "recovered",
        ]
        watch.step(done, runs("signin.told", Change.objects.get(user=user, what="recovered").id))
    ann = User.objects.get(username="ann")
    watch.know("clerk", ann.id)
    made = Change.objects.get(user=ann, what="codes")
    with transaction.atomic():
        jobs.enqueue("signin.changed", made.id)
    watch.step("signin.changed", runs("signin.changed", made.id))
    watch.finish()
    assert Notice.objects.filter(template="sign_in_changed").count() == 2
