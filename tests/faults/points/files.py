"""The flows of files and of other machines: a customer's file, a webhook, Nectar."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from broker import jobs
from broker.jobs.models import Job
from consents.lifecycle import State
from requests_app.hooks.models import Delivery
from requests_app.hooks.outbox import SEND
from requests_app.models import CustomerShare, NectarPull, ReceivedFile
from requests_app.nectar.hooks import HINT
from requests_app.nectar.models import Hook
from tests.faults.points.flow import Flow, Said, work
from tests.hook_receivers import receiving
from tests.hooks_world import HooksWorld, endpoint, enter
from tests.integration.nectar_support import go, played, shared
from tests.integration.test_nectar_hooks import SECRET, deliver, uploaded
from tests.integration.test_share import share
from tests.requests_world import ACCOUNT, usage, world


class Shared(Flow):
    """A customer hands over her usage file."""

    name = "file shared"

    def prepare(self, folder: Path) -> None:
        """Make the world."""
        self.w = world()
        self.data = usage(ACCOUNT).encode()

    def act(self) -> Said:
        """Hand it over."""
        return {"taken": isinstance(share(self.w, "usage.csv", self.data), ReceivedFile)}

    def kept(self, said: Said) -> None:
        """What was taken is there."""
        assert not said.get("taken") or ReceivedFile.objects.exists()

    def again(self) -> None:
        """Hand it over again."""
        assert isinstance(share(self.w, "usage.csv", self.data), ReceivedFile)
        work()

    def judge(self, said: Said) -> None:
        """It is there once."""
        assert ReceivedFile.objects.count() == CustomerShare.objects.count() == 1


class Hooked(Flow):
    """A recipient is told by webhook that a consent came into force."""

    name = "webhook"
    may_differ: ClassVar = {"hooks.Try": "who sends again has tried twice"}

    @contextmanager
    def around(self) -> Iterator[None]:
        """Let the recipient's server play."""
        with receiving() as self.receiver:
            place = f"127.0.0.1:{self.receiver.port}"
            self.settings.WEBHOOK_EGRESS = [*self.settings.WEBHOOK_EGRESS, place]
            yield

    @contextmanager
    def each(self, folder: Path) -> Iterator[None]:
        """It has got nothing yet."""
        self.receiver.got.clear()
        yield

    def prepare(self, folder: Path) -> None:
        """Let something happen that is to be told."""
        w = world(state=State.SIGNED)
        made = endpoint(w, self.receiver.url)
        self.hooks = HooksWorld(w, self.receiver, made.endpoint, made.secret)
        enter(w.consent)
        self.job = Job.objects.get(kind=SEND)

    def act(self) -> Said:
        """Tell it."""
        jobs.run(self.job.id)
        return {}

    def again(self) -> None:
        """Let the workers work."""
        work()

    def judge(self, said: Said) -> None:
        """It was told, and whatever came twice is one message: the same id and the same bytes."""
        assert Delivery.objects.get().state == "delivered"
        assert self.receiver.got
        assert len({(each.headers["webhook-id"], each.body) for each in self.receiver.got}) == 1
        self.hooks.got()  # each verifies


class ReadByNectar(Flow):
    """A bill that a customer shared goes to Nectar and comes back as readings."""

    name = "Nectar"

    @contextmanager
    def each(self, folder: Path) -> Iterator[None]:
        """Play a Nectar that knows nobody yet."""
        with played(self.settings, polls_until_done=0) as self.nectar:
            self.settings.ALLOWED_EGRESS = [*self.settings.ALLOWED_EGRESS, self.settings.UTILITY_MAIL_SERVER]
            yield

    def prepare(self, folder: Path) -> None:
        """Share a bill."""
        self.pull = shared(world())

    def act(self) -> Said:
        """Upload it and ask for what was read."""
        go("nectar.upload", self.pull.id)
        go("nectar.poll", self.pull.id, hours=1)
        return {}

    def again(self) -> None:
        """Let the workers work."""
        work()
        work()

    def judge(self, said: Said) -> None:
        """One company, one document, and it is read."""
        assert NectarPull.objects.get().state == "done"
        assert (len(self.nectar.companies), len(self.nectar.documents)) == (1, 1)


class HookOfNectar(Flow):
    """Nectar says by webhook that it has read a document: it is taken once, and is a reason to look."""

    name = "webhook taken"

    @contextmanager
    def around(self) -> Iterator[None]:
        """Play Nectar, which is only asked here."""
        with played(self.settings, polls_until_done=0) as self.nectar:
            self.settings.ALLOWED_EGRESS = [*self.settings.ALLOWED_EGRESS, self.settings.UTILITY_MAIL_SERVER]
            self.settings.NECTAR_WEBHOOK_SECRETS = [SECRET]
            yield

    def prepare(self, folder: Path) -> None:
        """Have a document there that was read."""
        uploaded(world(), self.nectar)

    def act(self) -> Said:
        """Let Nectar say so."""
        return {"status": deliver(self.nectar.hooks[0])[0]}

    def kept(self, said: Said) -> None:
        """A message that was taken is there."""
        assert said.get("status") != 202 or Hook.objects.exists()

    def again(self) -> None:
        """Let Nectar say it again until it is taken, as it does, and let the workers work."""
        status, word = deliver(self.nectar.hooks[0])
        assert (status, word) in ((202, "queued"), (200, "replayed")), (status, word)
        work()
        work()

    def judge(self, said: Said) -> None:
        """One message, one look, and the document is read."""
        assert Hook.objects.get().outcome == "looked"
        assert Job.objects.filter(kind=HINT).count() == 1
        assert NectarPull.objects.get().state == "done"
