"""notify: what a person sees of messages that arrive, wait, are given up, and are sent again."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.providers.receiver import Receiver, answers, receiving

if TYPE_CHECKING:
    from tests.cli.conftest import Call


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch, home: Path) -> Iterator[Receiver]:
    """Named in the environment."""
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    with receiving(secret) as receiver:
        for member, value in {"URL": f"{receiver.address}/in/secret-path", "SECRET": secret}.items():
            monkeypatch.setenv(f"COLOPHON_NOTIFY__SHOP__{member}", value)
        monkeypatch.setenv("COLOPHON_NOTIFY__SHOP__ALLOW_PRIVATE", "true")
        yield receiver


def test_a_publication_its_withdrawal_and_the_letters_that_came_back(call: Call, bought: Path, shop: Receiver) -> None:
    call("notify", "targets")  # the first command that knows the shop: it hears of all from here on
    assert call("publish", "spring", "--json").code == 0
    assert shop.types == ["rendition.published"]
    shop.answers = answers(500)
    taken_down = call("unpublish", "spring", "--json")
    assert taken_down.code == 0
    assert "shop did not take 1 messages (answered 500)" in taken_down.err
    rows = call("notify", "list", "--json").json["deliveries"]
    assert [(row["type"], row["state"], row["last_status"]) for row in rows] == [
        ("rendition.gone", "pending", None),
        ("rendition.withdrawn", "pending", 500),
        ("rendition.published", "delivered", 204),
    ]
    first = rows[2]["id"]
    again = call("notify", "redeliver", first, "--json")
    assert again.json["redelivered"] == [{"id": first, "target": "shop"}]
    assert first in again.json["targets"][0]["delivered"]
    assert [identity for identity, _ in shop.came].count(first) == 2
    targets = {target["name"]: target for target in call("notify", "targets", "--json").json["targets"]}
    assert (targets["shop"]["address"], targets["shop"]["state"], targets["shop"]["dead"]) == (shop.address, "on", 0)
    assert not targets["prefect"]["configured"]  # known since this home's campaign ran with a server
    everything = call("notify", "targets").out + call("notify", "list").out + str(rows)
    assert "secret-path" not in everything
    assert shop.secret not in everything


def test_a_target_that_wants_no_more_is_an_answer_of_no(call: Call, bought: Path, shop: Receiver) -> None:
    call("notify", "targets")
    shop.answers = answers(410)
    assert call("publish", "spring").code == 0
    assert "stopped" in call("notify", "targets").out
    assert call("publish", "spring").code == 0
    assert len(shop.paths) == 1
    assert call("notify", "resume", "shop").code == 0
    shop.answers = answers(410)
    refused = call("notify", "redeliver", "--dead")
    assert refused.code == 1
    assert "1 given up, stopped" in refused.out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["list", "--state", "lost"], 2),
        (["redeliver"], 2),
        (["redeliver", "msg_x", "--dead"], 2),
        (["redeliver", "msg_x"], 1),
        (["resume", "nobody"], 1),
        (["test", "nobody"], 1),
    ],
)
def test_wrong_use_is_told(call: Call, ready: Path, arguments: list[str], code: int) -> None:
    refused = call("notify", *arguments, "--json")
    assert (refused.code, bool(refused.error["message"])) == (code, True)


def test_without_targets_nobody_is_told(call: Call, ready: Path) -> None:
    assert "nobody is told" in call("notify", "targets").out
    assert call("notify", "deliver", "--json").json == {"targets": []}
