"""What a change costs with our log, beside the same change without audit and under the peers."""

from contextlib import ExitStack
from pathlib import Path
from statistics import median

from bench.log_world import Process, World
from bench.measure import Figure

CASES = {
    "sqlite": ("none", "ours", "simple-history", "auditlog"),
    "postgresql": ("none", "ours", "simple-history", "auditlog", "pghistory"),
}
COMMITS, BATCH = 100, 200  # changes of one turn
CLIENTS = 8
CLIENT = ["-m", "bench.log_client"]
# The most that a change of ours may cost, as a multiple of another case's.
LIMITS = {
    ("sqlite", "commit", "none"): 1.35,
    ("sqlite", "batch", "none"): 1.6,
    ("postgresql", "commit", "none"): 1.45,
    ("postgresql", "commit", "auditlog"): 0.6,
    ("postgresql", "commit", "pghistory"): 1.3,
}
# The most that the log may add, as a multiple of what simple-history adds.
EXTRA_LIMITS = {("sqlite", "commit"): 0.40, ("sqlite", "batch"): 0.30, ("postgresql", "commit"): 0.55}


def data_of(here: World, name: str) -> Path:
    """The data folder of an installation of this run."""
    return here.folder / f"data-{name}"


def changes(here: World, full: bool) -> list[Figure]:
    """One client, a commit a change and many changes a commit, all cases in turn."""
    found = []
    for engine, cases in CASES.items():
        with ExitStack() as stack:
            clients = {}
            for case in cases:
                url = here.database(engine, ours=case == "ours")["app"]
                data = data_of(here, f"{engine}-{case}")
                client = here.python(CLIENT, case=case, url=url, data=data, BENCH_MAKE="1")
                stack.callback(client.end)
                client.answer()
                clients[case] = client
            for how, times in (("commit", COMMITS), ("batch", BATCH)):
                found += _in_turn(engine, how, times, clients, rounds=25 if full else 11)
    return found


def _in_turn(engine: str, how: str, times: int, clients: dict[str, Process], *, rounds: int) -> list[Figure]:
    spent: dict[str, list[float]] = {case: [] for case in clients}
    order = list(clients)
    for number in range(rounds + 1):
        for case in order:
            seconds = clients[case].ask(do=how, times=times)["seconds"]
            if number:  # the first round warms caches and prepared statements
                spent[case].append(seconds)
        order = [*order[1:], order[0]]  # nobody always comes after the same one
    name = f"{engine} {how}"
    found = [Figure(f"{name}: {case}", median(each) * 1e6, "us a change") for case, each in spent.items()]
    for case in list(clients):
        if case != "ours":
            ratio = median(ours / other for ours, other in zip(spent["ours"], spent[case], strict=True))
            limit = LIMITS.get((engine, how, case))
            found.append(Figure(f"{name}: ours beside {case}", ratio, "x", at_most=limit))
    rows = zip(spent["none"], spent["ours"], spent["simple-history"], strict=True)
    extra = median((ours - none) / (simple - none) for none, ours, simple in rows)
    limit = EXTRA_LIMITS.get((engine, how))
    return [*found, Figure(f"{name}: extra beside simple-history's extra", extra, "x", at_most=limit)]


def clients(here: World, full: bool) -> list[Figure]:
    """Eight clients on PostgreSQL, without audit and with our log, integrator and signer at work."""
    seconds, rounds = (5, 7) if full else (3, 5)
    with ExitStack() as stack:
        ours, none = here.database("postgresql", ours=True), here.database("postgresql", ours=False)
        data = data_of(here, "clients")
        crowds: dict[str, list[Process]] = {}
        for case, url in (("none", none["app"]), ("ours", ours["app"])):
            crowds[case] = []
            for number in range(CLIENTS):
                more = {"BENCH_MAKE": "1"} if number == 0 else {}
                client = here.python(CLIENT, case=case, url=url, data=data, **more)
                stack.callback(client.end)
                crowds[case].append(client)
                if number == 0:
                    client.answer()  # the tables are there
            for client in crowds[case][1:]:
                client.answer()
        stack.enter_context(here.signing(ours, data))
        rate: dict[str, list[float]] = {case: [] for case in crowds}
        slowest: dict[str, list[float]] = {case: [] for case in crowds}
        for number in range(rounds + 1):
            for case, crowd in crowds.items():
                for client in crowd:
                    client.send(do="run", seconds=seconds)
                answers = [client.answer() for client in crowd]
                if number:
                    rate[case].append(sum(each["changes"] for each in answers) / seconds)
                    slowest[case].append(max(each["p99"] for each in answers))
    name = f"postgresql, {CLIENTS} clients"
    share = median(ours / none for ours, none in zip(rate["ours"], rate["none"], strict=True))
    return [
        *(Figure(f"{name}: {case}", median(each), "changes/s") for case, each in rate.items()),
        *(Figure(f"{name}: {case}, p99", median(each) * 1e3, "ms") for case, each in slowest.items()),
        Figure(f"{name}: ours, integrator on, as a share of none", share, "x", at_least=0.55),
    ]
