"""What `./run bench page` works on: what is read, and browsers that have signed in, printed as JSON; run as a program.

Argument: how many permissions can be stopped. It runs under the settings and the database of the environment.
"""

import json
import sys
import uuid
from pathlib import Path
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from bench import revoke_world  # noqa: E402
from broker.audit import log  # noqa: E402
from broker.db import installation  # noqa: E402
from broker.parties.models import Role, User  # noqa: E402
from broker.parties.staff import create_user  # noqa: E402
from consents.session import CUSTOMER  # noqa: E402
from requests_app import pull  # noqa: E402
from requests_app.models import ManualRequest  # noqa: E402
from tests.integration import desk_support  # noqa: E402
from tests.requests_world import ACTOR, World, coop, run_job, world  # noqa: E402

AT_THE_DESK = 10  # requests that wait for the co-op, each of them a line of its page and of ours


def signed_in(user: User) -> Client:
    """Give a browser in which this person has signed in."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def hers(w: World) -> Client:
    """Give a browser in which the member has signed in."""
    client = Client()
    session = client.session
    session[CUSTOMER] = str(w.customer.id)
    session.save()
    return client


def at_the_desk(w: World) -> Client:
    """Send requests to the co-op, and give a browser in which its page is open."""
    with coop(Path(settings.DATA_DIR) / "coop", settings) as mailbox:
        for _ in range(AT_THE_DESK):
            asked = pull.pull(w.application, w.ask(), idempotency_key=uuid.uuid4().hex, now=timezone.now())
            assert isinstance(asked, pull.Outcome), asked
            manual = ManualRequest.objects.get(request=asked.request)
            assert run_job("manual.send", manual.id) == "done"
        return desk_support.opened(manual, mailbox)


def main() -> None:
    """Make it all."""
    settings.ALLOWED_HOSTS = ["testserver"]  # what Django's browser for tests calls us
    installation.declare("rehearsal")
    w = world()
    desk = at_the_desk(w)  # before all others, which would stand in line before these
    consents = [revoke_world.one(w) for _ in range(int(sys.argv[1]))]
    browsers: dict[str, Client] = {
        "member": hers(w),
        "co-op": desk,
        "staff": signed_in(create_user("stella", "Stella Staff", Role.STAFF, password=None, actor=ACTOR)),
        "officer": signed_in(create_user("olga", "Olga Officer", Role.OFFICER, password=None, actor=ACTOR)),
    }
    cookies: dict[str, Any] = {
        name: {each.key: each.value for each in client.cookies.values()} for name, client in browsers.items()
    }
    print(json.dumps({"key": w.key, "consents": consents, "cookies": cookies}))
    log.close_lanes()


if __name__ == "__main__":
    main()
