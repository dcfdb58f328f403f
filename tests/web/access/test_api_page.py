"""The examples of docs/api.md run, and name every method of the client."""

import re
from functools import partial
from pathlib import Path

import pytest

import colophon.client
from colophon import Client
from colophon.domain.account import Grant, Role
from colophon.web.app import create_web
from tests.web.access.conftest import Ground
from tests.web.access.test_api import Through

PAGE = (Path(__file__).parents[3] / "docs" / "api.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


class Stated:
    """Starts nothing, and says so to nobody."""

    needed = True

    def start(
        self, campaign: str, *, approve_as: str | None = None, publish: bool = False, by: str | None = None
    ) -> str:
        return f"run of {campaign}"

    def running(self, campaign: str) -> str | None:
        return None

    def trouble(self) -> str | None:
        return None


def test_every_method_of_the_client_is_shown() -> None:
    methods = {name for name in dir(Client) if not name.startswith("_")}
    assert {name for name in methods if f"colophon.{name}(" not in PAGE and f"`{name}()`" not in PAGE} == set()


def test_the_examples_run(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ground.app = create_web(ground.world.rt, Stated())
    account = ground.account("Ada", *(Grant(role) for role in Role))
    own = ground.token(account)["Authorization"].removeprefix("Bearer ")
    through = Through(ground.client())
    made = partial(Client, "http://testserver", transport=through)
    monkeypatch.setattr(colophon.client, "Client", lambda address, token: made(own))
    monkeypatch.chdir(tmp_path)
    for name in ("shot.png", "other.png"):
        (tmp_path / name).write_bytes(picture())
    (tmp_path / "invoice.csv").write_text("request_id,amount,currency\n")
    names: dict[str, object] = {}
    for block in BLOCKS:
        exec(compile(block, "docs/api.md", "exec"), names)  # noqa: S102 - the page's own examples
    said = capsys.readouterr().out
    assert "Ada" in said
    assert "run of spring-mugs" in said
    assert (tmp_path / "spring.csv").stat().st_size > 0
    campaign = ground.world.rt.catalog.orders.campaign("spring-mugs")
    assert campaign.brand == "Northwind"
    noted = [event.draft for event in ground.world.rt.catalog.events.page(about="log")]
    kinds = {draft.kind for draft in noted if draft.subject == "spring-mugs"}
    assert {"order", "start"} <= kinds, "who has it worked on is on record, as from the page"


def picture() -> bytes:
    """Unlike all others here."""
    from io import BytesIO

    from PIL import Image

    made = BytesIO()
    Image.effect_noise((320, 240), 80).convert("RGB").save(made, "PNG")
    return made.getvalue()
