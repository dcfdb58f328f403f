"""A house that is open: the real application behind a port of the loopback address, with a starter that runs campaigns
in a thread of its own, and somebody signed in who has every role."""

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx
import uvicorn
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, Playwright, Request

from colophon.bootstrap import Runtime
from colophon.confined import Confined
from colophon.domain.account import Account, Grant, Role
from colophon.services.reception import Reception
from colophon.services.sign_in import add_account, make_link
from colophon.settings import Settings
from colophon.web.app import create_web
from tests.services.conftest import StatedEngine, VirtualClock, World, close

_WAIT = 10.0  # seconds for the server to begin, and to end
_FLAGS = (
    "--no-sandbox",  # it may be root's, in a container; every page is this house's own
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass
class ThreadStarter:
    """Implements `colophon.ports.Starter`. A run waits until ``gate`` is open."""

    world: World
    needed: bool = True
    gate: threading.Event = field(default_factory=threading.Event)
    runs: dict[str, Future[None]] = field(default_factory=dict)
    pool: ThreadPoolExecutor = field(default_factory=partial(ThreadPoolExecutor, 2))

    def start(
        self, campaign: str, *, approve_as: str | None = None, publish: bool = False, by: str | None = None
    ) -> str:
        if self.running(campaign) is None:
            self.runs[campaign] = self.pool.submit(self._run, campaign)
        return campaign

    def running(self, campaign: str) -> str | None:
        run = self.runs.get(campaign)
        return campaign if run is not None and not run.done() else None

    def trouble(self) -> str | None:
        return None

    def _run(self, campaign: str) -> None:
        self.gate.wait(_WAIT)
        self.world.work_off(campaign)


@dataclass
class Site:
    """``base`` is the server's address, ``account`` who is signed in by ``cookies``."""

    world: World
    base: str
    starter: ThreadStarter
    account: Account = field(init=False)
    cookies: dict[str, str] = field(init=False)

    @property
    def reception(self) -> Reception:
        return Reception.of(self.world.rt.catalog, self.world.clock)

    def enter(self, name: str, *roles: Role) -> tuple[Account, dict[str, str]]:
        """A new account with these roles for all brands, signed in, and the cookies of its session."""
        grants = tuple(Grant(role) for role in roles)
        account = add_account(name, grants, password=None, by="the tests", reception=self.reception)
        return account, self.again(account)

    def again(self, account: Account) -> dict[str, str]:
        """The cookies of a new session."""
        link = make_link(account.id, reception=self.reception)
        answer = httpx.post(f"{self.base}/sign-in/{link}", headers={"origin": self.base}, timeout=_WAIT)
        assert answer.status_code == 303, answer.text
        return dict(answer.cookies)

    def link(self) -> str:
        """A path that signs in once."""
        return f"/sign-in/{make_link(self.account.id, reception=self.reception)}"


@dataclass
class Visit:
    """A browser window on a site. ``noise`` is what it said in its console, ``abroad`` what it asked of other hosts,
    ``dialogs`` what it opened."""

    context: BrowserContext
    page: Page
    site: Site
    noise: list[str] = field(default_factory=list)
    abroad: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def go(self, path: str) -> Page:
        self.page.goto(self.site.base + path)
        return self.page

    def heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.noise.append(f"{self.page.url}: {message.text}")

    def asked(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.accept()

    def requested(self, request: Request) -> None:
        if not request.url.startswith((f"{self.site.base}/", "data:", "blob:")):
            self.abroad.append(request.url)


def widest(page: Page) -> object:
    """Some of what reaches beyond the window and does not scroll by itself."""
    return page.evaluate(
        "[...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth"
        " && !e.closest('.scroll, .strip, .side')).slice(0, 3).map(e => e.outerHTML.slice(0, 120))"
    )


def launch(playwright: Playwright, executable: str) -> Browser:
    return playwright.chromium.launch(executable_path=executable, args=list(_FLAGS))


@contextmanager
def visit(
    browser: Browser,
    site: Site,
    *,
    signed_in: bool = True,
    cookies: dict[str, str] | None = None,
    dark: bool = False,
    width: int = 1440,
) -> Iterator[Visit]:
    """As the site's own account, or whoever has the ``cookies``."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light", reduced_motion="reduce"
    )
    if signed_in:
        context.add_cookies([{"name": n, "value": v, "url": site.base} for n, v in (cookies or site.cookies).items()])
    page = context.new_page()
    made = Visit(context, page, site)
    page.on("console", made.heard)
    page.on("pageerror", lambda error: made.noise.append(f"{page.url}: {error}"))
    context.on("request", made.requested)
    page.on("dialog", made.asked)
    yield made
    context.close()


@contextmanager
def opened(folder: Path, confined: Confined, name: str = "Ada Lindqvist") -> Iterator[Site]:
    """Over the home in the folder."""
    clock, engine, chosen = VirtualClock(), StatedEngine(), Settings(home=folder / "home")
    runtime = Runtime(chosen, clock)
    vars(runtime).update(confined=confined, safety_engine=engine)
    world = World(folder, chosen, clock, engine, runtime)
    with served(world, name) as site:
        yield site
    close(world)


@contextmanager
def served(world: World, name: str) -> Iterator[Site]:
    starter = ThreadStarter(world)
    app = create_web(world.rt, starter)
    server = uvicorn.Server(
        uvicorn.Config(app, log_config=None, access_log=False, ws="none", timeout_graceful_shutdown=1)
    )
    with socket.create_server(("127.0.0.1", 0)) as listening:
        base = f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        site = Site(world, base, starter)
        site.account, site.cookies = site.enter(name, *Role)
        try:
            yield site
        finally:
            starter.gate.set()
            starter.pool.shutdown(cancel_futures=True)
            server.should_exit = True
            thread.join(_WAIT)
            assert not thread.is_alive(), "the server did not end"
