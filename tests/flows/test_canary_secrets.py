"""Canary secrets: one in every key there is, through success, refusals that echo the key, silence, and a crash.

Afterwards everything the product wrote or said is searched: catalog, store, public files, Prefect's database, logs at
DEBUG level, both output streams. The keys really travel: the vendors' stand-in listens on a port and says what it got.
"""

import asyncio
import base64
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import psycopg
import pytest
import uvicorn
from psycopg import sql
from sqlalchemy import make_url
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from colophon.sandbox.app import create_app
from colophon.storage.s3_client import S3Access, connect, get

pytestmark = [pytest.mark.flow, pytest.mark.timeout(300)]

CLI = str(Path(sys.executable).with_name("colophon"))
# Route: the vendor's own variable, and where the sandbox speaks its dialect.
VENDORS = {
    "replicate": ("REPLICATE_API_TOKEN", "replicate/v1"),
    "fal": ("FAL_KEY", "fal/queue"),
    "lumenfall": ("LUMENFALL_API_KEY", "lumenfall/openai/v1"),
    "azure": ("AZURE_AI_API_KEY", "azure"),
    "together": ("TOGETHER_API_KEY", "together/v1"),
    "cometapi": ("COMETAPI_KEY", "cometapi/replicate/v1"),
    "aimlapi": ("AIMLAPI_API_KEY", "aimlapi/v1"),
    "callmissed": ("CALLMISSED_API_KEY", "callmissed/v1"),
    "openai-images": ("OPENAI_API_KEY", "openai-images/v1"),
    "fireworks": ("FIREWORKS_API_KEY", "fireworks/inference/v1"),
    "bfl": ("BFL_API_KEY", "bfl"),
}
_KEY_HEADERS = (b"authorization", b"x-key", b"api-key")


def canary(name: str) -> str:
    """Printable ASCII that looks different once it is encoded for an address."""
    return f"cnry+{name}/{secrets.token_hex(12)}="


def forms(secret: str) -> set[bytes]:
    """The ways in which a secret may be written down; in base64 at each of the three places it may begin."""
    raw = secret.encode()
    found = {raw, quote(secret, safe="").encode(), quote(secret).encode(), quote_plus(secret).encode()}
    found |= {raw.hex().encode(), raw.hex().upper().encode(), json.dumps(secret)[1:-1].replace("/", "\\/").encode()}
    for lead in range(3):
        encoded = base64.b64encode(b"x" * lead + raw)
        # Only characters that the secret alone decides: not those that it shares with its neighbours.
        sure = encoded[-(-lead * 8 // 6) : (lead + len(raw)) * 8 // 6]
        found |= {sure, sure.replace(b"+", b"-").replace(b"/", b"_")}
    return found


class Vendors:
    """The sandbox behind a door that notes which keys came, and that misbehaves on order: ``deny`` answers 401 with
    the key in the body, ``hang`` says nothing for a while, ``reset`` breaks the answer off. Named
    after a dialect, it sells there only, and not what has "denied" in its prompt."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.came: set[str] = set()
        self.mode = "serve"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = str(scope["path"])
        if path.startswith("/mode/"):
            self.mode = path.removeprefix("/mode/")
            await _answer(send, 204, b"")
            return
        keys = [value.decode() for name, value in scope["headers"] if name in _KEY_HEADERS]
        self.came |= {key.split(" ")[-1] for key in keys}
        body = await _whole(receive)
        sells = self.mode == "serve" or (path.startswith(f"/{self.mode}/") and b"denied" not in body)
        if not keys or sells:
            await self._app(scope, _again(body, receive), send)
        elif self.mode == "hang":
            await asyncio.sleep(5.0)
        elif self.mode == "reset":
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4096")]})
        else:
            await _answer(send, 401, echo(keys))


def echo(keys: list[str]) -> bytes:
    """What careless vendors write, in each member that error bodies are read from."""
    said = f"Invalid key {keys[0]} ({', '.join(key.split(' ')[-1] for key in keys)})"
    return json.dumps(
        {"detail": said, "message": said, "title": said, "error": {"message": said, "type": "auth", "code": 401}}
    ).encode()


async def _whole(receive: Receive) -> bytes:
    body = b""
    while (message := await receive())["type"] == "http.request":
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    return body


def _again(body: bytes, receive: Receive) -> Receive:
    """As it came, once more."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return messages.pop() if messages else await receive()

    return replayed


async def _answer(send: Send, status: int, body: bytes) -> None:
    start: Message = {"type": "http.response.start", "status": status, "headers": [(b"x-request-id", b"1")]}
    await send(start)
    await send({"type": "http.response.body", "body": body})


@dataclass
class Planted:
    """A home whose every key is a canary, and what the product said."""

    home: Path
    vendors: Vendors
    address: str
    keys: dict[str, str]
    environment: dict[str, str]
    said: list[bytes] = field(default_factory=list)

    def colophon(self, *arguments: str, **more: str) -> tuple[int, str]:
        return self.run([CLI, *arguments], **more)

    def run(self, command: list[str], **more: str) -> tuple[int, str]:
        done = subprocess.run(
            command,
            env={**self.environment, **more},
            cwd=self.home.parent,
            capture_output=True,
            timeout=200,
            check=False,
        )
        self.said += [done.stdout, done.stderr]
        return done.returncode, (done.stdout + done.stderr).decode()

    def hits(self, *others: tuple[str, bytes]) -> list[str]:
        """Where a canary is, in any form: in the files of the home, in what was said, in ``others``."""
        files = [(str(p.relative_to(self.home)), p.read_bytes()) for p in self.home.rglob("*") if p.is_file()]
        assert any(name.endswith("catalog.db") for name, _ in files)
        said = [(f"output {number}", content) for number, content in enumerate(self.said)]
        return found_in([*files, *said, *others], self.keys)


def found_in(places: list[tuple[str, bytes]], keys: Mapping[str, str]) -> list[str]:
    wanted = {name: forms(key) for name, key in keys.items()}
    return [
        f"{name} in {place}"
        for place, content in places
        for name, ways in wanted.items()
        if any(way in content for way in ways)
    ]


@contextmanager
def served(app: Any) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="critical", lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(20)


@pytest.fixture
def planted(tmp_path: Path) -> Iterator[Planted]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("COLOPHON_", "PREFECT_"))}
    environment = {**kept, "COLOPHON_HOME": str(tmp_path / "home")}
    subprocess.run([CLI, "init"], env=environment, check=True, capture_output=True)
    # With the test authority that the home's trust policy names: what the vendors sell is then approved and published.
    shutil.copytree(tmp_path / "home" / "sandbox", tmp_path / "vendors")
    vendors = Vendors(create_app(tmp_path / "vendors"))
    with served(vendors) as address:
        keys = {route: canary(route) for route in VENDORS} | {n: canary(n) for n in ("webhooks", "hook-of-bfl")}
        keys["told"] = f"whsec_{base64.b64encode(secrets.token_bytes(33)).decode()}"
        environment |= {
            **{variable: keys[route] for route, (variable, _) in VENDORS.items()},
            "COLOPHON_WEBHOOK_KEY": keys["webhooks"],
            "COLOPHON_WEBHOOK_URL": "http://127.0.0.1:9",
            "COLOPHON_NOTIFY__SHOP__URL": f"{address}/told",
            "COLOPHON_NOTIFY__SHOP__SECRET": keys["told"],
            "COLOPHON_NOTIFY__SHOP__ALLOW_PRIVATE": "true",
            "COLOPHON_ROUTES__BFL__WEBHOOK_SECRET": keys["hook-of-bfl"],
            "COLOPHON_SIGNING_KEY": "env:OUR_SIGNING_KEY",
            "COLOPHON_SUBMIT_TIMEOUT_SECONDS": "4",
        }
        planted = Planted(tmp_path / "home", vendors, address, keys, environment)
        _set_up(planted)
        yield planted


def _set_up(planted: Planted) -> None:
    # The key that `init` made moves out of the home, as a house would keep its own.
    pem = planted.home / "pki" / "key.pem"
    planted.environment["OUR_SIGNING_KEY"] = pem.read_text()
    planted.keys["signing"] = "".join(pem.read_text().splitlines()[1:-1])[8:]
    pem.unlink()
    rule = '{model = "flux-2-pro", valid_from = 2025-11-01, first_output = "0.03", further_output = "0.015", '
    rule += 'reference = "0.015", megapixel_bases = [1048576], source = "test"}'
    routes = [
        f"[routes.{name}]\nenabled = true\nallow_private = true\nsigners = ['Colophon Sandbox']\n"
        f"base_url = '{planted.address}/{path}'\n" + (f"prices = [{rule}]\n" if name == "fireworks" else "")
        for name, (_, path) in VENDORS.items()
    ]
    settings = planted.home / "colophon.toml"
    settings.write_text((settings.read_text() if settings.exists() else "") + "\n" + "\n".join(routes))


def brief(planted: Planted, name: str, visuals: Sequence[str], routes: Iterable[str]) -> str:
    path = planted.home.parent / f"{name}.json"
    content = {
        "schema_version": 1,
        "campaign": name,
        "title": name,
        "brand": {"name": "Northwind"},
        "visuals": [{"id": visual, "prompt": f"A matte mug on an oak table, {visual}"} for visual in visuals],
        "placements": ["linkedin/text_ad"],
        "budget": {"currency": "USD", "cap": "2.00"},
        "model": {"routes": list(routes), "policy": "fixed"},
    }
    path.write_text(json.dumps(content))
    return str(path)


def test_the_search_finds_a_secret_in_every_form_it_looks_for() -> None:
    key = canary("any")
    ways: list[Callable[[bytes], bytes]] = [
        lambda raw: b"key=" + raw,
        lambda raw: quote(raw, safe="").encode(),
        lambda raw: raw.hex().encode(),
        lambda raw: base64.b64encode(raw),
        lambda raw: base64.b64encode(b"user:" + raw + b" "),
        lambda raw: base64.b64encode(b"Key " + raw),
        lambda raw: base64.urlsafe_b64encode(b"\xff" + raw),
    ]
    places = [(str(number), way(key.encode())) for number, way in enumerate(ways)]
    assert found_in(places, {"any": key}) == [f"any in {number}" for number in range(len(ways))]
    assert found_in(places, {"other": canary("any")}) == []


# One picture at each vendor for each way it may go, and at the end an error nobody expected, with its traceback.
PURCHASES = """
import logging, sys
from dataclasses import replace
from pathlib import Path
import httpx
from colophon.bootstrap import Runtime
from colophon.bootstrap.buying import account
from colophon.bootstrap.planning import open_for_run, plan_brief, register_plan
from colophon.domain.generation import GenerationState
from colophon.errors import ColophonError
from colophon.services import order, wait
from colophon.services.buyer import Patience, Pauses
from colophon.settings import load_settings

vendors, folder, *routes = sys.argv[1:]
log = logging.getLogger("colophon.purchases")
rt = Runtime(load_settings())
logging.basicConfig(level=logging.DEBUG, filename=rt.settings.home / "debug.log", force=True)
log.debug("%r %r %r", rt.settings, vars(rt), rt.market)

def mode(name):
    httpx.put(f"{vendors}/mode/{name}", timeout=10)

def step(of, generation, what, **ports):
    buyer = replace(rt.buyer, pauses=Pauses(rt.clock), patience=Patience(silences=1, deadline=4), **ports)
    try:
        state = of(generation, buyer=buyer).value
    except ColophonError as error:
        log.exception("%s", what)
        log.error("%r %s %s %s", error, error.message, error.where, error.hint)
        state = error.code
    print(what, state, flush=True)
    return state

for route in routes:
    planned = plan_brief(Path(folder) / f"{route}.json", None, rt)
    open_for_run(planned, rt)
    ids = [p.generation.id for p in rt.catalog.orders.wanted(register_plan(planned, rt))]
    log.debug("%r %r", rt.provider(route), account(rt.market.routes[route], rt.settings))
    mode("serve")
    step(order.submit, ids[0], route + " serve")
    step(wait.collect, ids[0], route + " collect")
    mode("deny")
    step(order.submit, ids[1], route + " deny")
    mode("serve")
    if step(order.submit, ids[2], route + " then") == "submitted":
        mode("deny")
        step(wait.collect, ids[2], route + " poll-denied")
    mode("hang" if route in ("bfl", "replicate", "fal") else "reset")
    step(order.submit, ids[3], route + " silent")
mode("serve")
order.submit(ids[1], buyer=replace(rt.buyer, pauses=Pauses(rt.clock), store=None, orders=None))
"""


def test_no_key_is_left_by_purchases_that_go_well_or_wrong(planted: Planted) -> None:
    for route in VENDORS:
        brief(planted, route, ["served", "refused", "lost-sight-of", "unanswered"], [route])
    command = [sys.executable, "-c", PURCHASES, planted.address, str(planted.home.parent), *VENDORS]
    code, said = planted.run(command)

    assert code == 1, said
    assert "Traceback" in said
    steps = dict(line.rsplit(" ", 1) for line in said.splitlines() if line.startswith(tuple(VENDORS)))
    for route in VENDORS:
        assert steps[f"{route} collect"] == "delivered", said
        assert steps[f"{route} deny"] == "provider_refused", said
        assert steps[f"{route} silent"] == "unknown", said
    assert {planted.keys[route] for route in VENDORS} <= planted.vendors.came
    assert len((planted.home / "debug.log").read_bytes()) > 10_000
    code, said = planted.colophon("notify", "test", "shop", "--json")
    assert (code, json.loads(said)["status"]) == (3, 404)  # a signature was sent, and the stand-in is no receiver
    for arguments in (
        ["ledger", "unknown"],
        ["routes"],
        ["doctor"],
        ["notify", "targets"],
        ["status", "bfl"],
        ["ledger", "--entries"],
    ):
        planted.colophon(*arguments, "--json")
    assert planted.hits() == []


@pytest.mark.postgres
@pytest.mark.s3
def test_no_key_is_left_by_a_run_on_servers_with_passwords(
    planted: Planted, database_url: str, s3_access: S3Access, prefect_url: str, prefect_data: Path
) -> None:
    password = planted.keys["database"] = canary("database")
    database = make_url(database_url).set(password=password).render_as_string(hide_password=False)
    planted.keys["s3-secret"] = s3_access.secret_key
    more = {
        "COLOPHON_DATABASE_URL": database,
        "COLOPHON_STORAGE_URL": "s3://canaries",
        "COLOPHON_CDN_URL": "s3://canaries-cdn",
        "COLOPHON_S3_ENDPOINT": s3_access.endpoint,
        "COLOPHON_S3_ACCESS_KEY": s3_access.access_key,
        "COLOPHON_S3_SECRET_KEY": s3_access.secret_key,
        "COLOPHON_S3_SECURE": "false",
        # A server of the run's own would say 75,000 lines at this level while it makes its database: over a minute.
        "PREFECT_API_URL": prefect_url,
        "PREFECT_LOGGING_LEVEL": "DEBUG",
        "PREFECT_LOGGING_ROOT_LEVEL": "DEBUG",
        "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "DEBUG",
        "PREFECT_LOGGING_EXTRA_LOGGERS": "colophon,minio,urllib3",
        "COLOPHON_SUBMIT_TIMEOUT_SECONDS": "20",
        # One after the other: first what the last vendor sells, then what it denies while the others have a rest.
        "COLOPHON_SUBMITS_AT_ONCE": "1",
    }
    planted.vendors.mode = "bfl"
    wanted = brief(planted, "both", ["sold", "denied"], VENDORS)
    code, said = planted.colophon("run", wanted, "--approve-as", "Ana", "--publish", "--json", **more)
    assert code == 3, said
    code, said = planted.colophon("status", "both", "--json", **more)
    assert [row["state"] for row in json.loads(said)["generations"]] == ["asset", "planned"]
    code, said = planted.colophon("notify", "list", "--json", **more)
    told = [row["last_status"] for row in json.loads(said)["deliveries"] if row["target"] == "shop"]
    assert told == [404, 404], said  # Prefect, which is told as well, takes what it is told
    assert {planted.keys[route] for route in VENDORS} <= planted.vendors.came

    # A wrong secret, a wrong password, an address that cannot be read, and one that is no database's.
    wrong = planted.keys["wrong-s3"] = canary("wrong")
    planted.colophon("doctor", "--json", **more | {"COLOPHON_S3_SECRET_KEY": wrong, "COLOPHON_S3_ACCESS_KEY": wrong})
    for url in (
        database.replace("//", "//nobody-", 1).replace("5432", "1"),
        f"postgresql://u:{password}@[/x",
        f"mysql://u:{password}@h/x",
    ):
        code, said = planted.colophon("campaigns", "--json", **more | {"COLOPHON_DATABASE_URL": url})
        assert code != 0, said

    s3 = connect(s3_access)
    objects = [
        (f"s3 {bucket}/{item.object_name}", get(s3, bucket, str(item.object_name), bucket))
        for bucket in ("canaries", "canaries-cdn")
        for item in s3.api.list_objects(bucket_name=bucket, recursive=True)
    ]
    assert {name.split("/")[0] for name, _ in objects} == {"s3 canaries", "s3 canaries-cdn"}, planted.said[0].decode()
    rows = _rows(database_url)
    assert any("Northwind" in content.decode() for _, content in rows)
    orchestrator = [(f"prefect {file.name}", file.read_bytes()) for file in prefect_data.glob("prefect.db*")]
    assert any(b'"both"' in content for _, content in orchestrator)
    assert planted.hits(*objects, *rows, *orchestrator) == []


def _rows(url: str) -> list[tuple[str, bytes]]:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        return [(f"table {name}", _text_of(connection, str(name))) for (name,) in tables]


def _text_of(connection: "psycopg.Connection[tuple[Any, ...]]", table: str) -> bytes:
    query = sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(table))
    return "\n".join(str(row[0]) for row in connection.execute(query)).encode()
