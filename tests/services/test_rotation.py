"""A renewed development set: nobody stops, and what was signed before stays trusted."""

import stat
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

from colophon.bootstrap.rotation import renew_development_set
from colophon.domain.asset import Rendition
from colophon.errors import ColophonError, Conflict, InvalidInput

if TYPE_CHECKING:
    from tests.services.conftest import OpenWorld, World
else:
    World = OpenWorld = Any


def verdicts(world: World, *renditions: Rendition) -> set[tuple[str, str | None]]:
    found = [world.rt.reader.read(world.rt.store.get(rendition.sha256)) for rendition in renditions]
    assert all(verdict.clean for verdict in found)
    return {(verdict.state.value, verdict.signer.anchor if verdict.signer else None) for verdict in found}


def test_before_between_and_after_all_are_trusted(world: World, open_world: OpenWorld) -> None:
    """The run that had begun before the renewal goes on with the key it holds."""
    _, [before] = world.rendered("before")
    made = renew_development_set(world.settings, world.clock.now())
    _, [between] = world.rendered("between")
    after_world = open_world(world.folder)
    _, [after] = after_world.rendered("after")
    assert verdicts(after_world, before, between) == {("trusted", "brand")}
    assert verdicts(after_world, after) == {("trusted", made["anchor"])}
    assert (made["policy"]["from"], made["policy"]["to"]) == ("1", "2")


def test_twice_in_a_day_and_all_three_stay_trusted(world: World, open_world: OpenWorld) -> None:
    _, [first] = world.rendered("first")
    names = [renew_development_set(world.settings, world.clock.now())["anchor"]]
    second_world = open_world(world.folder)
    _, [second] = second_world.rendered("second")
    names.append(renew_development_set(world.settings, world.clock.now())["anchor"])
    third_world = open_world(world.folder)
    _, [third] = third_world.rendered("third")
    assert verdicts(third_world, first, second, third) == {("trusted", n) for n in ("brand", *names)}
    assert len(set(names)) == 2


def test_the_old_key_is_gone_and_the_old_certificates_are_kept(world: World) -> None:
    pki = world.settings.pki_folder
    old = {name: (pki / name).read_bytes() for name in ("key.pem", "chain.pem", "ca.pem")}
    archived = Path(renew_development_set(world.settings, world.clock.now())["archived"])
    assert sorted(file.name for file in archived.iterdir()) == ["ca.pem", "chain.pem"]
    assert all((archived / name).read_bytes() == old[name] for name in ("chain.pem", "ca.pem"))
    for file in world.folder.rglob("*"):
        assert not file.is_file() or old["key.pem"] not in file.read_bytes()
    assert stat.S_IMODE((pki / "key.pem").stat().st_mode) == 0o600
    assert not [each for each in world.settings.home.iterdir() if each.name.endswith(".new")]


def test_processes_that_start_while_it_is_renewed_can_all_sign(world: World, open_world: OpenWorld) -> None:
    failures: list[ColophonError] = []

    def start() -> None:
        try:
            open_world(world.folder).rt.signer  # noqa: B018 - opens certificate and key
        except ColophonError as error:
            failures.append(error)

    for _ in range(3):
        starting = [Thread(target=start) for _ in range(8)]
        for thread in starting:
            thread.start()
        renew_development_set(world.settings, world.clock.now())
        for thread in starting:
            thread.join()
    assert failures == []


def test_a_policy_that_cannot_be_extended_leaves_everything_as_it_was(world: World) -> None:
    policy, key = world.settings.trust_policy_file, world.settings.pki_folder / "key.pem"
    held = key.read_bytes()
    for text in ("not = [toml", policy.read_text() + "\n[[anchor]]\nname = 'half'\n", 'name = "x"\nanchor = []\n'):
        policy.write_text(text)
        with pytest.raises(InvalidInput):
            renew_development_set(world.settings, world.clock.now())
        assert (policy.read_text(), key.read_bytes()) == (text, held)
    assert not (world.settings.pki_folder / "archive").exists()


def test_the_rest_of_the_policys_text_stays_word_for_word(world: World) -> None:
    policy = world.settings.trust_policy_file
    text = policy.read_text().replace('version = "1"', "version = '2026.9'  # by hand")
    policy.write_text(text)
    renew_development_set(world.settings, world.clock.now())
    new = policy.read_text()
    assert "version = '2026.10'  # by hand" in new
    assert new.startswith(text.split("version")[0])
    assert text.partition("\n[")[2].strip() in new


def test_only_one_at_a_time(world: World) -> None:
    import fcntl

    with (world.settings.home / ".renewal.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(Conflict, match="another process"):
            renew_development_set(world.settings, world.clock.now())


def test_a_certificate_of_ones_own_is_not_touched(world: World, open_world: OpenWorld) -> None:
    own = open_world(world.folder, signing_cert=world.settings.pki_folder / "chain.pem")
    with pytest.raises(InvalidInput, match="does not sign with a development set"):
        renew_development_set(own.settings, world.clock.now())
