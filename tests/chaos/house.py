"""An installation on one of three configurations, with servers of its own, and the mixed load that it works on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from tests import services
from tests.chaos.app.jobs import PIECE_STEPS, SHARES, digest_of, share_sum
from tests.installation import Installation, wait_for
from tests.services import Server

SQLITE = "SQLite"
POSTGRESQL = "PostgreSQL"
REDIS = "PostgreSQL+Redis"
CONFIGURATIONS = (SQLITE, POSTGRESQL, REDIS)
# The whole load takes some ten seconds; a lease that must run out takes thirty more.
PATIENCE = 90.0
ENDS = (" Done", " Failed", " Cancelled")


class House(Installation):
    """Knows its servers, and what the simulations give when nothing disturbs them."""

    def __init__(self, home: Path, database: Server | None, redis: Server | None) -> None:
        self.postgresql = database
        self.redis = redis
        urls = {"DATABASE_URL": database, "REDIS_URL": redis}
        environment = {name: server.url for name, server in urls.items() if server is not None}
        super().__init__(home, environment, settings="tests.chaos.settings", calls="tests.chaos.customer")
        self.undisturbed: list[Any] = []
        self.submitted: dict[str, list[str]] = {}
        # Jobs that must have been gone on with from a piece, not begun anew.
        self.resumed: set[str] = set()

    def submit(self, owner: str, kind: str, **parameters: Any) -> str:
        """A job of the owner's, which is missed if it is lost."""
        job = str(self.call("submit", owner=owner, kind=kind, **parameters))
        self.submitted.setdefault(owner, []).append(job)
        return job

    def submit_load(self, owner: str) -> None:
        self.submitted.setdefault(owner, []).extend(self.call("submit_load", owner=owner))

    def begin(self) -> None:
        """The simulations for the first time, with nothing in their way."""
        self.start_worker()
        self.crew()
        self.call("simulate", owner="undisturbed")
        self.settle("undisturbed")
        self.undisturbed = self.results("undisturbed")

    def results(self, owner: str) -> list[Any]:
        """What the simulations of *owner* gave, without the time they took."""
        results = self.call("runs", owner=owner)
        return [{name: value for name, value in result.items() if name != "seconds"} for result in results]

    def settle(self, owner: str) -> list[dict[str, Any]]:
        """Waits until every job of *owner* has ended; the report."""
        wait_for(lambda: self.call("in_flight", owner=owner) == 0, PATIENCE, f"The end of every job of {owner!r}")
        return list(self.call("report", owner=owner))

    def busy(self, kind: str, pieces: int = 0) -> tuple[str, int]:
        """A job of this kind in the hands of a worker, and that worker's process."""

        def look() -> tuple[str, int] | None:
            job = self.call("busy", kind=kind, pieces=pieces)
            holder = self.holder(job) if job else None
            return (job, holder) if holder else None

        found: tuple[str, int] = wait_for(look, what=f"That a worker has {kind} in hand")
        return found

    def holder(self, job: str) -> int | None:
        """The process that has *job* in hand."""
        found = self.rows(
            "SELECT pid FROM tasks_worker w JOIN tasks_job j ON j.worker_id = w.id "
            f"WHERE j.state = 'running' AND j.id = '{UUID(job).hex}'"
        )
        return int(found[0][0]) if found else None

    def row(self, owner: str, job: str) -> dict[str, Any]:
        """One job of the owner's."""
        (found,) = [row for row in self.call("report", owner=owner) if row["pk"] == job]
        return dict(found)

    def check(self, owner: str) -> None:
        """Every job has reached its right end, once; no job is lost, and nothing of it is left."""
        report = self.call("report", owner=owner)
        assert {job["pk"] for job in report if job["parent"] is None} == set(self.submitted[owner])
        for job in report:
            check_end(job)
            assert job["pk"] not in self.resumed or job["result"]["begun_at"] > 0, job
        assert self.call("leftovers", owner=owner) == {"pieces": 0, "waiting runs": 0}
        assert self.results(owner) == self.undisturbed

    def needs_no_hand(self, owner: str) -> None:
        """All workers are there, nothing of a killed cluster is, and a fresh job runs."""
        self.crew()
        wait_for(lambda: not self.orphans(), what="The end of every orphan")
        self.submit(owner, "chaos.short", number=-2, seconds=0)
        self.settle(owner)

    def dump(self, owner: str, since: int) -> str:
        """Which job is where, and what the processes have said since the scenario began."""
        try:
            report = self.call("report", owner=owner)
        except Exception as error:
            report = [{"no report": str(error)}]
        jobs = "\n".join(" ".join(f"{name}={value!r}"[:600] for name, value in job.items()) for job in report)
        said = self.log.read_bytes()[since:].decode(errors="replace")
        return f"{jobs}\n\n{said[-20_000:]}"


def check_end(job: dict[str, Any]) -> None:
    """One job's end: the right one, with the right result, taken once."""
    name = f"{job['kind']} {job['parameters']}"
    lines = job["log"].splitlines()
    assert len([line for line in lines if any(end in line for end in ENDS)]) == 1, (name, lines)
    counted = job["parent"] is None and job["kind"].startswith("chaos.")
    if job["kind"] == "chaos.poison":
        assert (job["state"], job["error_class"]) == ("failed", "WorkerLost"), name
        assert len([line for line in lines if " Begun by " in line]) == job["attempt"] == job["max_attempts"], lines
        assert job["effects"] == 0, name
        return
    assert job["state"] == "done", (name, job["state"], lines)
    assert job["effects"] == (1 if counted else 0), (name, job["effects"], lines)
    if counted:
        check_result(job["kind"], job["parameters"], job["result"])


def check_result(kind: str, parameters: dict[str, Any], result: dict[str, Any]) -> None:
    if kind == "chaos.short":
        assert result == {"number": parameters["number"]}
    elif kind == "chaos.chain":
        assert result["digest"] == digest_of(parameters["steps"])
        assert result["begun_at"] % PIECE_STEPS == 0
    elif kind == "chaos.sum":
        sums = [share_sum(share, parameters["steps"]) for share in range(SHARES)]
        assert result == {"shares": list(range(SHARES)), "sum": sum(sums)}


@contextmanager
def house_on(configuration: str, home: Path) -> Iterator[House]:
    """A working installation; its processes and servers are gone afterwards."""
    with ExitStack() as stack:
        folder = stack.enter_context(services.home())
        database = redis = None
        if configuration != SQLITE:
            # A commit must outlive a crash of the server, though not one of the machine.
            database = stack.enter_context(services.postgresql(folder / "pg", synchronous_commit="on"))
        if configuration == REDIS:
            redis = stack.enter_context(services.valkey(folder))
        house = House(home, database, redis)
        try:
            house.begin()
            yield house
        finally:
            house.close()
        wait_for(lambda: not house.orphans(), what="The end of every process")
