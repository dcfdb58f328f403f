"""What `colophon serve` keeps running beside itself: a Prefect server on the loopback address, and a process that
serves the deployments on it (`colophon.launcher.served`).
"""

import fcntl
import secrets
import socket
import sys
from collections.abc import Mapping
from os import environ
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from colophon.errors import ProviderUnavailable
from colophon.launcher.companion import Companion, Program

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

_SERVED = "colophon.launcher.served"
_HISTORY_SECONDS = 7 * 86_400
_QUIET = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "PREFECT_RUNNER_POLL_FREQUENCY": "2",  # seconds: people wait for what they started
    "PREFECT_SERVER_SERVICES_SCHEDULER_ENABLED": "false",  # see `colophon.launcher.served`
    "PREFECT_LOGGING_EXTRA_LOGGERS": "colophon",
    "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
    "PREFECT_SERVER_UI_ENABLED": "false",
    # Two schedules of a minute make a million runs a year.
    "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
    "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(_HISTORY_SECONDS),
}


class LocalRunner:
    """Both companions over one home. Their address and password are made anew each time and told only to them: other
    users of this machine reach the port, and whoever may start flows may spend money."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._password = secrets.token_urlsafe(32)
        self._port = _free_port()
        self._lock: Any = None
        self._server = Companion(
            Program(
                name="the Prefect server",
                command=[sys.executable, "-m", "prefect", "server", "start", "--no-ui",
                         "--host", "127.0.0.1", "--port", str(self._port)],
                environment=self._environment(),
                log=home / "logs" / "prefect-server.log",
                healthy=self._answers,
            )
        )  # fmt: skip
        self._worker = Companion(
            Program(
                name="the runner of campaigns",
                command=[sys.executable, "-m", _SERVED],
                environment=self._environment(),
                log=home / "logs" / "runner.log",
                healthy=self._serves,
            ),
            after=self._server,
        )

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self._port}/api"

    def client(self) -> "SyncPrefectClient":
        from prefect.client.orchestration import SyncPrefectClient

        return SyncPrefectClient(self.api, auth_string=f"colophon:{self._password}")

    def start(self) -> bool:
        """Does not wait. False: another process runs them over this home, and nothing was started."""
        if not self._take_turn():
            return False
        self._server.start()
        self._worker.start()
        return True

    def stop(self) -> None:
        """Returns when nothing of it is left."""
        self._worker.stop()
        self._server.stop()
        if self._lock is not None:
            self._lock.close()

    def trouble(self) -> str | None:
        """Why campaigns cannot be started now, in words."""
        if self._lock is None:
            return "another `colophon serve` runs the campaigns of this home"
        for companion in (self._server, self._worker):
            if not companion.ready:
                failed = companion.failures
                return f"{companion.name} " + (
                    f"failed {failed} times and is started again" if failed else "is starting"
                )
        return None

    def _environment(self) -> Mapping[str, str]:
        """Of both children. Settings of Prefect that were made for another server are none of theirs."""
        kept = {name: value for name, value in environ.items() if not name.startswith("PREFECT_")}
        auth = f"colophon:{self._password}"
        return {
            **kept,
            **_QUIET,
            "COLOPHON_HOME": str(self._home),
            "PREFECT_HOME": str(self._home / "prefect"),
            "PREFECT_API_URL": self.api,
            "PREFECT_API_AUTH_STRING": auth,
            "PREFECT_SERVER_API_AUTH_STRING": auth,
        }

    def _take_turn(self) -> bool:
        """One database of Prefect's is for one server of it."""
        folder = self._home / "prefect"
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "serve.lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            return False
        self._lock = lock
        return True

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.api}/health", timeout=5, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    def _serves(self) -> bool:
        from colophon.launcher.starter import is_served

        try:
            return is_served(self.client)
        except ProviderUnavailable:
            return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
