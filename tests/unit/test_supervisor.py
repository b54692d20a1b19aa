"""The supervisor, tried with toy processes."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from broker.demo import readiness
from broker.demo.supervisor import Service, ServiceFailed, Supervisor

ROOT = Path(__file__).resolve().parents[2]
WAIT = (
    "import signal, time; signal.signal(signal.SIGTERM, lambda *_: exit()); "
    "open({mark!r}, 'w').close(); time.sleep(600)"
)


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    with Supervisor(logs=tmp_path / "logs", environment=os.environ, folder=tmp_path) as made:
        yield made


def toy(name: str, folder: Path, code: str = WAIT, **kwargs: float) -> Service:
    mark = folder / f"{name}.mark"
    argv = [sys.executable, "-c", code.format(mark=str(mark))]
    return Service(name, argv, ready=lambda _pid: mark.exists(), **kwargs)


def pid_of(supervisor: Supervisor, name: str) -> int:
    return next(process.pid for service, process in supervisor._running if service.name == name)


def lives(pid: int) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def eventually(claim: object, limit: float = 30) -> bool:
    end = time.monotonic() + limit
    while time.monotonic() < end:
        if claim():  # type: ignore[operator]
            return True
        time.sleep(0.02)
    return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_services_are_up_one_after_the_other_and_all_down_at_the_end(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.up(toy("first", tmp_path))
    supervisor.up(toy("second", tmp_path))
    pids = [pid_of(supervisor, "first"), pid_of(supervisor, "second")]
    assert all(lives(pid) for pid in pids)
    supervisor.down()
    assert not any(lives(pid) for pid in pids)


def test_services_of_a_group_start_at_once_and_are_all_ready_at_the_end(supervisor: Supervisor, tmp_path: Path) -> None:
    # Each is ready when the other has started: one after the other they would wait for ever.
    code = "import time; open({mark!r}, 'w').close(); time.sleep(600)"
    first, second = toy("first", tmp_path, code, limit=30), toy("second", tmp_path, code, limit=30)
    crossed = [
        Service(first.name, first.argv, second.ready, first.limit),
        Service(second.name, second.argv, first.ready, second.limit),
    ]
    supervisor.up(*crossed)
    assert lives(pid_of(supervisor, "first"))
    assert lives(pid_of(supervisor, "second"))


def test_the_last_started_stops_first(supervisor: Supervisor, tmp_path: Path) -> None:
    diary = tmp_path / "diary"
    code = (
        "import signal, time\n"
        f"def stop(*_):\n open({str(diary)!r}, 'a').write('NAME '); exit()\n"
        "signal.signal(signal.SIGTERM, stop); open({mark!r}, 'w').close(); time.sleep(600)"
    )
    for name in ("signer", "integrator", "web"):
        supervisor.up(toy(name, tmp_path, code.replace("NAME", name)))
    supervisor.down()
    assert diary.read_text().split() == ["web", "integrator", "signer"]


def test_a_service_that_ends_before_it_is_ready_fails_by_name_with_its_last_words(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    with pytest.raises(ServiceFailed, match=r"mail ended with code 3(.|\n)*address taken"):
        supervisor.up(toy("mail", tmp_path, "print('address taken'); exit(3)"))


def test_a_service_that_never_gets_ready_fails_by_name(supervisor: Supervisor, tmp_path: Path) -> None:
    with pytest.raises(ServiceFailed, match="idle is not ready"):
        supervisor.up(toy("idle", tmp_path, "import time; time.sleep(600)", limit=0.2))


def test_one_end_is_noticed_by_name(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.up(toy("first", tmp_path))
    supervisor.up(toy("second", tmp_path))
    os.kill(pid_of(supervisor, "first"), signal.SIGKILL)
    with pytest.raises(ServiceFailed, match="first ended with code -9"):
        supervisor.watch()


def test_who_ignores_term_is_killed_with_all_its_children(supervisor: Supervisor, tmp_path: Path) -> None:
    child = tmp_path / "child"
    code = (
        "import pathlib, signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "made = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        f"pathlib.Path({str(child)!r}).write_text(str(made.pid)); open({{mark!r}}, 'w').close(); time.sleep(600)"
    )
    supervisor.up(toy("stubborn", tmp_path, code, grace=0.2))
    supervisor.down()
    assert eventually(lambda: not lives(int(child.read_text())))


def test_services_die_with_a_supervisor_that_was_killed(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    inner = f"import os, time; open({str(mark)!r}, 'w').write(str(os.getpid())); time.sleep(600)"
    outer = (
        "import os, pathlib, sys, time\n"
        "from broker.demo.supervisor import Service, Supervisor\n"
        f"here, mark = pathlib.Path({str(tmp_path)!r}), pathlib.Path({str(mark)!r})\n"
        "made = Supervisor(logs=here / 'logs', environment=os.environ, folder=here)\n"
        f"argv = [sys.executable, '-c', {inner!r}]\n"
        "made.up(Service('inner', argv, ready=lambda pid: mark.exists() and bool(mark.read_text())))\n"
        "time.sleep(600)"
    )
    process = subprocess.Popen([sys.executable, "-c", outer], cwd=ROOT)
    try:
        assert eventually(lambda: mark.exists() and mark.read_text())
        assert lives(int(mark.read_text()))
    finally:
        process.kill()
        process.wait()
    assert eventually(lambda: not lives(int(mark.read_text())))


def test_it_starts_from_the_main_thread_alone(tmp_path: Path) -> None:
    caught: list[BaseException] = []

    def attempt() -> None:
        try:
            Supervisor(logs=tmp_path, environment={}, folder=tmp_path)
        except RuntimeError as error:
            caught.append(error)

    thread = threading.Thread(target=attempt)
    thread.start()
    thread.join()
    assert len(caught) == 1


def test_a_stranger_on_the_port_does_not_count_as_ready(supervisor: Supervisor, tmp_path: Path) -> None:
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        port = stranger.getsockname()[1]
        service = Service("late", [sys.executable, "-c", "import time; time.sleep(600)"], readiness.listens(port), 0.3)
        with pytest.raises(ServiceFailed, match="late is not ready"):
            supervisor.up(service)


def test_a_port_counts_when_the_service_itself_listens(supervisor: Supervisor) -> None:
    port = free_port()
    code = (
        "import socket, time; s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); "
        f"s.bind(('127.0.0.1', {port})); s.listen(); time.sleep(600)"
    )
    supervisor.up(Service("mail", [sys.executable, "-c", code], readiness.listens(port)))


def test_a_health_page_counts_when_it_gives_the_token_of_this_run(supervisor: Supervisor) -> None:
    port = free_port()
    code = (
        "import http.server\n"
        "class Page(http.server.BaseHTTPRequestHandler):\n"
        " def do_GET(self):\n  self.send_response(200); self.end_headers(); self.wfile.write(b'token-of-this-run')\n"
        f"http.server.HTTPServer(('127.0.0.1', {port}), Page).serve_forever()"
    )
    argv = [sys.executable, "-c", code]
    supervisor.up(Service("page", argv, readiness.page(f"http://127.0.0.1:{port}/", "token-of-this-run")))
    other = readiness.page(f"http://127.0.0.1:{port}/", "token-of-another-run")
    assert not other(pid_of(supervisor, "page"))


def test_a_socket_file_counts_when_somebody_listens(tmp_path: Path) -> None:
    path = tmp_path / "s"
    check = readiness.unix_socket(path)
    assert not check(0)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        assert not check(0)
        server.listen()
        assert check(0)
    assert not check(0)


def test_words_count_when_this_run_has_written_them(supervisor: Supervisor, tmp_path: Path) -> None:
    log = tmp_path / "logs" / "integrator.log"
    log.write_text("integrator ready\n")  # an earlier run's
    argv = [sys.executable, "-c", "import time; time.sleep(600)"]
    with pytest.raises(ServiceFailed, match="is not ready"):
        supervisor.up(Service("integrator", argv, readiness.says(log, "integrator ready"), 0.3))
