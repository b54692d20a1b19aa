"""The sandbox: what a job may do, what it may not, and that the next job works whatever the last one did."""

import errno
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from broker import sandbox
from broker.sandbox import wire

ROOT = Path(__file__).resolve().parents[2]
SHUT = {errno.EACCES, errno.EPERM, errno.ENETUNREACH, errno.EROFS, errno.EFBIG}


@pytest.fixture(scope="module", autouse=True)
def _ended() -> Iterator[None]:
    yield
    sandbox.close()


@pytest.fixture
def listener() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def run(trial: str, payload: dict[str, Any] | None = None, *, wall: float = 30, cpu: int = 20) -> dict[str, Any]:
    return sandbox.call(f"broker.sandbox.trials:{trial}", payload or {}, wall=wall, cpu=cpu)


def works() -> bool:
    return run("echo", {"still": "here"}) == {"still": "here"}


def test_a_job_gets_its_payload_and_gives_its_answer() -> None:
    text = "Ångström, 李, 🔌, \u0000"
    assert run("echo", {"text": text, "number": 1.5, "none": None}) == {"text": text, "number": 1.5, "none": None}


def test_bytes_travel_packed() -> None:
    data = bytes(range(256)) * 40_000
    assert sandbox.unpack(run("echo", {"file": sandbox.pack(data)})["file"]) == data


@pytest.mark.parametrize("text", ["a", "===", "QQ==\n", "é", "QQ"])
def test_only_what_pack_wrote_is_unpacked(text: str) -> None:
    with pytest.raises(ValueError, match="not packed"):
        sandbox.unpack(text)


def test_one_child_serves_many_jobs() -> None:
    assert run("facts")["pid"] == run("facts")["pid"] != os.getpid()


def test_the_child_has_a_bare_environment_and_no_django(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SECRET", "word")
    sandbox.close()
    facts = run("facts")
    assert "A_SECRET" not in facts["environment"]
    assert not {"SECRET_KEY", "DATABASE_URL"} & set(facts["environment"])
    assert facts["django"] is False


def test_an_expected_no_comes_with_its_code() -> None:
    with pytest.raises(sandbox.Refused) as refused:
        run("refuse", {"code": "letter.unprintable"})
    assert refused.value.code == "letter.unprintable"


def test_an_error_names_its_class_and_never_the_content() -> None:
    with pytest.raises(sandbox.Died) as died:
        run("fail")
    assert str(died.value) == "ValueError"
    assert works()


@pytest.mark.parametrize(
    "name", ["os:getpid", "broker.sandbox.trials:_hidden", "broker.sandbox.trials:", "subprocess:run", "broker.none:x"]
)
def test_only_public_functions_of_our_packages_are_called(name: str) -> None:
    with pytest.raises(sandbox.Died, match=r"LookupError|ModuleNotFoundError"):
        sandbox.call(name, {}, wall=10, cpu=5)
    assert works()


def test_a_job_that_spins_is_ended_by_its_cpu_limit() -> None:
    with pytest.raises(sandbox.TookTooLong, match="cpu"):
        run("spin", cpu=1, wall=60)
    assert works()


def test_a_job_that_hangs_is_ended_at_its_wall_deadline() -> None:
    with pytest.raises(sandbox.TookTooLong, match="wall"):
        run("hang", wall=0.3)
    assert works()


def test_a_memory_bomb_ends_the_job_alone() -> None:
    with pytest.raises(sandbox.Died, match="MemoryError"):
        run("hoard")
    assert works()


def test_a_crash_ends_the_job_alone() -> None:
    with pytest.raises(sandbox.Died, match="signal 11"):
        run("crash")
    assert works()


def test_a_connection_from_python_trips_the_wire(listener: int) -> None:
    with pytest.raises(sandbox.Died, match="tripwire"):
        run("connect", {"port": listener})
    assert works()


def test_a_connection_from_c_does_not_get_out(listener: int) -> None:
    walls = sandbox.isolation()
    got = run("connect_by_libc", {"port": listener})["errno"]
    assert got in SHUT or not (walls["network_namespace"] or walls["landlock"] >= 4)


def test_a_key_file_cannot_be_read_where_the_kernel_has_landlock(tmp_path: Path) -> None:
    key = tmp_path / "seal.key.pem"
    key.write_text("not for you")
    refused = run("read", {"path": str(key)})["errno"] == errno.EACCES
    assert refused is bool(sandbox.isolation()["landlock"])


def test_the_project_is_readable_but_for_its_data_and_settings() -> None:
    if not sandbox.isolation()["landlock"]:
        return
    assert run("read", {"path": str(ROOT / "broker" / "terms.py")})["errno"] == 0
    assert run("read", {"path": str(ROOT / "pyproject.toml")})["errno"] == errno.EACCES


def test_nothing_is_written_and_no_program_started(tmp_path: Path) -> None:
    assert run("write", {"path": str(tmp_path / "x")})["errno"] in SHUT
    assert not list(tmp_path.iterdir()) or not sandbox.isolation()["landlock"]
    if sandbox.isolation()["landlock"]:
        assert run("start_program")["errno"] in SHUT


def test_threads_share_the_child_without_mixing_answers() -> None:
    answers: dict[int, Any] = {}

    def ask(number: int) -> None:
        answers[number] = run("echo", {"number": number, "padding": "x" * 200_000})["number"]

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {number: number for number in range(8)}


FORKED = """
import os
from broker import sandbox
mine = sandbox.call("broker.sandbox.trials:facts", {}, wall=30, cpu=20)["pid"]
if (pid := os.fork()) == 0:
    other = sandbox.call("broker.sandbox.trials:facts", {}, wall=30, cpu=20)["pid"]
    sandbox.close()
    os._exit(0 if other != mine else 3)
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
again = sandbox.call("broker.sandbox.trials:facts", {}, wall=30, cpu=20)["pid"]
print(status, mine == again, mine)
"""


def test_a_forked_process_starts_a_child_of_its_own_and_leaves_the_parents_alone() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", "-c", FORKED],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    status, same, pid = done.stdout.split()
    assert (status, same) == ("0", "True")
    assert done.stderr == ""
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid), 0)  # ended with its parent


@pytest.mark.parametrize("head", [b"\xff\xff\xff\xff", (wire.MAX_FRAME + 1).to_bytes(4, "big")])
def test_a_frame_over_the_limit_is_refused_before_it_is_read(head: bytes) -> None:
    with pytest.raises(ValueError, match="limit"):
        wire.length(head)
