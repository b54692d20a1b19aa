"""How the web server runs, in a rehearsal and in production: threads, lanes closed at the end, no token in a log."""

import gc
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import environ
from gunicorn.glogging import Logger  # type: ignore[import-untyped]  # it has no stubs
from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]  # the same

# Gunicorn reads this before any setting: what stands in .env alone counts here too.
environ.Env.read_env(Path(__file__).resolve().parents[2] / ".env", overwrite=False)

workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
bind = os.environ.get("WEB_BIND", "127.0.0.1:8000")
timeout = 60
graceful_timeout = 15
keepalive = 5
control_socket_disable = True  # one more way in, in a folder that all servers of this user share
limit_request_line = 4094
limit_request_fields = 60
forwarded_allow_ips = os.environ.get("WEB_TRUSTED_PROXIES", "127.0.0.1")
accesslog = "-"
# Address and method, path without its tokens, answer, bytes, time. No referrer, no agent, no query string.
access_log_format = "%(h)s %(m)s %(U)s %(s)s %(B)s %(L)s"
# Each value is a number, or of signs that JSON leaves alone.
JSON_LINE = (
    '{"at": "%(at)s", "level": "info", "who": "access", "from": "%(h)s", "method": "%(m)s", "path": "%(U)s", '
    '"status": %(s)s, "bytes": %(B)s, "seconds": %(L)s, "request": "%(id)s"}'
)
if AS_JSON := os.environ.get("LOG_FORMAT") == "json":
    access_log_format = JSON_LINE


METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
NOT_SHOWN = "[not shown]"


class AccessLog(Logger):  # type: ignore[misc]  # see its import
    """Gunicorn's log with what somebody else wrote taken out: the paths' tokens, and what is no address of ours."""

    def atoms(self, resp: Any, req: Any, environ: Any, request_time: Any) -> dict[str, Any]:  # noqa: ARG002
        """Give what the format may name, and no header: gunicorn's own takes all of them along for each line."""
        from broker.inlets.logs import shown

        path = shown(quote(str(environ.get("PATH_INFO", "")), safe="/[]"))  # no blank: a code is masked to its end
        method = found if (found := environ.get("REQUEST_METHOD")) in METHODS else "-"
        return {
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "h": environ.get("REMOTE_ADDR", "-"),
            "m": method,
            "U": path,
            "r": f"{method} {path}",
            "s": str(resp.status).partition(" ")[0],
            "B": resp.sent,
            "L": f"{request_time.total_seconds():.6f}",
            "id": _id_of(resp),
        }

    def setup(self, cfg: Any) -> None:
        """Have what gunicorn says of itself written as everything else is."""
        super().setup(cfg)
        if AS_JSON:
            from broker.inlets.journal import JsonLines
            from broker.inlets.logs import RedactTokens

            for handler in self.error_log.handlers:
                handler.setFormatter(JsonLines())
                handler.addFilter(RedactTokens())


def _id_of(answer: Any) -> str:
    """The id that our middleware wrote into an answer; whoever made the answer, it has that form or is not shown."""
    names = {str(name).lower(): str(value) for name, value in getattr(answer, "headers", None) or ()}
    found = names.get("x-request-id", "")
    return found if len(found) == 32 and found.isalnum() else ""


class Worker(ThreadWorker):  # type: ignore[misc]  # see its import
    """Gunicorn's worker that does not repeat, in its log or its answer, the words of a request it cannot read."""

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Answer as gunicorn does, with the kind of the error alone."""
        for name, value in list(vars(exc).items()):
            if isinstance(value, str | bytes):
                setattr(exc, name, NOT_SHOWN)
        super().handle_error(req, client, addr, exc)


worker_class = Worker
logger_class = AccessLog


def post_worker_init(worker: Any) -> None:  # noqa: ARG001 - gunicorn calls it with it
    """Leave what was loaded out of every later search for garbage, and search less often.

    A request makes thousands of small objects and leaves hardly a ring of them: of a decision's price, one twentieth
    was the search (`./run bench load`).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def worker_exit(server: Any, worker: Any) -> None:  # noqa: ARG001 - gunicorn calls it with both
    """Close this process's lanes of the log; its wait must stay below `graceful_timeout`."""
    from broker.audit import log

    log.close_lanes(for_good=True)
