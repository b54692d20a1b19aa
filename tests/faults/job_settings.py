"""The project's settings with short times, so that a lease runs out within a test, and one more kind of job."""

from broker.settings import *  # noqa: F403
from broker.settings import INSTALLED_APPS, Q_CLUSTER

Q_CLUSTER = {**Q_CLUSTER, "timeout": 2, "retry": 11, "poll": 0.1}
INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.effects"]
