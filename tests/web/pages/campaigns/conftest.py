"""One house over one home for all tests of these pages: a campaign with an approved picture, and visitors of each role.
Tests that change something work on campaigns of their own."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from colophon.bootstrap import Runtime, initialise
from colophon.confined import Confined
from colophon.domain.account import ALL_BRANDS, Grant, Role
from colophon.services.reception import Reception
from colophon.services.sign_in import add_account, make_link
from colophon.settings import Settings
from colophon.web.app import create_web
from tests.services.conftest import StatedEngine, VirtualClock, World, close

ORIGIN = "http://testserver"


class Visits:
    """Signed in once for each of the roles and brands that tests ask for."""

    def __init__(self, app: FastAPI, rt: Runtime, prefix: str = "") -> None:
        self._prefix = prefix
        self._app, self._reception = app, Reception.of(rt.catalog, rt.clock)
        self._known: dict[tuple[tuple[Role, ...], str], TestClient] = {}

    def by(self, *roles: Role, brand: str = ALL_BRANDS) -> TestClient:
        if (roles, brand) not in self._known:
            name = f"{self._prefix}{'-'.join(roles)} of {brand}".replace(ALL_BRANDS, "all")
            if any(known == roles and of.casefold() == brand.casefold() for known, of in self._known):
                name += " in other letters"  # names of accounts are unique whatever their case
            grants = tuple(Grant(role, brand) for role in roles)
            account = add_account(name, grants, password=None, by="test", reception=self._reception)
            client = TestClient(self._app, follow_redirects=False, headers={"accept": "text/html", "origin": ORIGIN})
            link = make_link(account.id, reception=self._reception)
            assert client.post(f"/sign-in/{link}").status_code == 303
            self._known[roles, brand] = client
        return self._known[roles, brand]


@pytest.fixture(scope="session")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("pages")
    settings, clock, engine = Settings(home=folder / "home"), VirtualClock(), StatedEngine()
    initialise(settings)
    rt = Runtime(settings, clock)
    vars(rt).update(confined=Confined(1), safety_engine=engine)
    world = World(folder, settings, clock, engine, rt)
    world.approved("spring", title="Spring <b>tea</b>")
    yield world
    confined = rt.confined
    close(world)
    confined.close()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def visits(ground: World) -> Visits:
    return Visits(create_web(ground.rt), ground.rt)


@pytest.fixture
def brief(ground: World) -> Callable[..., Path]:
    return ground.brief
