"""The settings as an installation behind HTTPS has them: read from the real file, in a process of its own."""

import json
import os
import subprocess
import sys
from functools import cache
from typing import Any

from tests.environment import ROOT

HOST = "broker.example"
NAMES = (
    "ALLOWED_HOSTS", "CSRF_COOKIE_HTTPONLY", "CSRF_COOKIE_NAME", "CSRF_COOKIE_SAMESITE", "CSRF_COOKIE_SECURE", "DEBUG",
    "LANGUAGE_COOKIE_HTTPONLY", "LANGUAGE_COOKIE_NAME", "LANGUAGE_COOKIE_SAMESITE", "LANGUAGE_COOKIE_SECURE",
    "PASSWORD_HASHERS", "PUBLIC_URL", "SECURE_CONTENT_TYPE_NOSNIFF", "SECURE_CROSS_ORIGIN_OPENER_POLICY",
    "SECURE_HSTS_INCLUDE_SUBDOMAINS", "SECURE_HSTS_PRELOAD", "SECURE_HSTS_SECONDS", "SECURE_PROXY_SSL_HEADER",
    "SECURE_REFERRER_POLICY", "SECURE_SSL_REDIRECT", "SESSION_COOKIE_HTTPONLY", "SESSION_COOKIE_NAME",
    "SESSION_COOKIE_SAMESITE", "SESSION_COOKIE_SECURE",
)  # fmt: skip


@cache
def values() -> dict[str, Any]:
    """Read what a live installation's settings come to."""
    said = {"PUBLIC_URL": f"https://{HOST}", "ALLOWED_HOSTS": HOST, "SECRET_KEY": "x" * 50, "DEBUG": "true"}
    ask = (
        "import json, sys; from django.conf import settings; "
        "print(json.dumps({n: getattr(settings, n) for n in sys.argv[1:]}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", ask, *NAMES],
        cwd=ROOT, env={**os.environ, **said}, capture_output=True, check=True, text=True,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def apply(settings: Any) -> None:
    """Have this test's requests served as a live installation serves them (the hasher stays the quick one)."""
    for name, value in values().items():
        if name != "PASSWORD_HASHERS":
            setattr(settings, name, value)
