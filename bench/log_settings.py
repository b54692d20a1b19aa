"""Settings of one case of `./run bench log`: the product's own, or a peer's few apps over the same database backend."""

import os

from broker.settings import *  # noqa: F403

BENCH_CASE = os.environ["BENCH_CASE"]
PEERS = {
    "none": [],
    "simple-history": ["simple_history"],
    "auditlog": ["auditlog"],
    "pghistory": ["pgtrigger", "pghistory"],
}
if BENCH_CASE != "ours":
    INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", *PEERS[BENCH_CASE], "bench.peers"]
    AUTH_USER_MODEL = "auth.User"
    MIDDLEWARE: list[str] = []
    AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
    SILENCED_SYSTEM_CHECKS = ["auth", "fields"]
