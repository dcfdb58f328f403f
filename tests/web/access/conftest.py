"""Two brands with a picture each, and somebody of every role for one of them."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from colophon.bootstrap import Runtime
from colophon.confined import Confined
from colophon.domain.account import Account, Grant, Role
from colophon.services.reception import Reception
from colophon.services.sign_in import add_account, make_token
from colophon.settings import Settings
from colophon.web.app import create_web
from tests.services.conftest import DETACHED, StatedEngine, VirtualClock, World, close, confined, finished_home

__all__ = ["confined", "finished_home"]

PASSWORD = "correct horse battery staple"
OWN, OTHER = "Northwind", "Contoso"
SAME = {"origin": "http://testserver"}


@dataclass
class Ground:
    """``names`` are a campaign, an asset and a rendition of each brand."""

    world: World
    app: FastAPI
    names: dict[str, dict[str, str]]

    @property
    def reception(self) -> Reception:
        return Reception.of(self.world.rt.catalog, self.world.clock)

    def account(self, name: str, *grants: Grant, password: str | None = None) -> Account:
        return add_account(name, grants, password=password, by="a test", reception=self.reception)

    def token(self, account: Account) -> dict[str, str]:
        """Headers of a program that has all that the account has."""
        key, _ = make_token(account, "test", 1, roles=None, brands=None, reception=self.reception)
        return {"Authorization": f"Bearer {key}"}

    def client(self) -> TestClient:
        return TestClient(self.app, follow_redirects=False)

    def signed_in(self, account: Account) -> TestClient:
        client = self.client()
        client.headers.update(SAME)
        answer = client.post("/sign-in", data={"name": account.name, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        return client


@pytest.fixture(scope="session")
def two_brands(
    tmp_path_factory: pytest.TempPathFactory, finished_home: Path, confined: Confined
) -> tuple[Path, dict[str, dict[str, str]]]:
    """A home to be copied, and what is in it."""
    folder = tmp_path_factory.mktemp("brands")
    shutil.copytree(finished_home, folder / "home")
    world = _world(folder, confined)
    names = {}
    for brand in (OWN, OTHER):
        asset, renditions = world.approved(f"of-{brand.lower()}", brand={"name": brand}, placements=[DETACHED])
        names[brand] = {"campaign": asset.campaign, "asset": asset.id, "rendition": renditions[0].id, "brand": brand}
    close(world)
    return folder / "home", names


OpenGround = Callable[[Path], Ground]


@pytest.fixture
def ground(tmp_path: Path, two_brands: tuple[Path, dict[str, dict[str, str]]], confined: Confined) -> Iterator[Ground]:
    home, names = two_brands
    shutil.copytree(home, tmp_path / "home")
    world = _world(tmp_path, confined)
    yield Ground(world, create_web(world.rt), names)
    close(world)


@pytest.fixture(scope="module")
def shared_ground(
    tmp_path_factory: pytest.TempPathFactory, two_brands: tuple[Path, dict[str, dict[str, str]]], confined: Confined
) -> Iterator[Ground]:
    """One for tests that change nothing."""
    home, names = two_brands
    folder = tmp_path_factory.mktemp("shared")
    shutil.copytree(home, folder / "home")
    world = _world(folder, confined)
    yield Ground(world, create_web(world.rt), names)
    close(world)


@pytest.fixture(scope="module")
def people(shared_ground: Ground) -> dict[str, dict[str, str]]:
    """The headers of somebody of each role for one brand; ``every`` is an administrator of all."""
    made = {role: shared_ground.account(f"the {role}", Grant(role, OWN)) for role in Role}
    made["every"] = shared_ground.account("somebody of all", *(Grant(role) for role in Role))  # type: ignore[index]
    return {str(name): shared_ground.token(account) for name, account in made.items()}


def _world(folder: Path, confined: Confined) -> World:
    clock, engine, chosen = VirtualClock(), StatedEngine(), Settings(home=folder / "home")
    runtime = Runtime(chosen, clock)
    vars(runtime).update(confined=confined, safety_engine=engine)
    return World(folder, chosen, clock, engine, runtime)
