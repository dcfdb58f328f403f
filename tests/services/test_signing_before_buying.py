"""What is wrong with signing is found before anything is bought, signed by halves or published."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

from colophon.bootstrap.planning import open_for_run, plan_brief
from colophon.errors import ColophonError, InvalidInput, SigningError, SigningUnavailable
from colophon.provenance.pki import Issued, Wanted, issue

if TYPE_CHECKING:
    from tests.services.conftest import OpenWorld, World
else:
    World = OpenWorld = Any


@pytest.fixture
def authority(world: World) -> Issued:
    return issue(Wanted("Root", "Brand Ltd", 3650, authority=True), now=world.clock.now())


@pytest.fixture
def signing(world: World, open_world: OpenWorld, tmp_path: Path) -> Callable[..., World]:
    """The same home in a process that signs with this chain and key."""

    def start(chain: str, key: str | bytes, **settings: Any) -> World:
        (tmp_path / "own.pem").write_text(chain)
        (tmp_path / "own.key").write_bytes(key if isinstance(key, bytes) else key.encode())
        return open_world(
            tmp_path, signing_cert=tmp_path / "own.pem", signing_key=str(tmp_path / "own.key"), **settings
        )

    return start


def refused(world: World) -> ColophonError:
    """The error of a run that has not begun; nothing was bought and nothing is on record."""
    planned = plan_brief(world.brief(), None, world.rt)
    with pytest.raises(ColophonError) as caught:
        open_for_run(planned, world.rt)
    assert world.invoice == []
    assert world.rt.catalog.orders.campaigns() == []
    assert not list((world.folder / "home" / "cdn").rglob("*"))
    with pytest.raises(ColophonError):
        world.rt.open()
    return caught.value


def test_a_certificate_that_ended(signing: Callable[..., World], world: World, authority: Issued) -> None:
    old = world.clock.now() - timedelta(days=3)
    leaf = issue(Wanted("Signer", "Brand Ltd", 1), now=old, issuer=authority)
    error = refused(signing(leaf.pem, leaf.key_pem))
    assert isinstance(error, SigningError)
    assert "signing does not work here" in error.message
    assert len(error.problems) == 4
    assert "renew" in error.problems[0].message


def test_a_certificate_that_no_anchor_vouches_for(
    signing: Callable[..., World], world: World, authority: Issued
) -> None:
    leaf = issue(Wanted("Signer", "Brand Ltd"), now=world.clock.now(), issuer=authority)
    error = refused(signing(leaf.pem, leaf.key_pem))
    assert "not read back as trusted" in error.message


def test_a_key_of_another_certificate(signing: Callable[..., World], world: World, authority: Issued) -> None:
    leaves = [issue(Wanted("Signer", "Brand Ltd"), now=world.clock.now(), issuer=authority) for _ in range(2)]
    error = refused(signing(leaves[0].pem, leaves[1].key_pem))
    assert (error.code, error.reason) == ("signing_error", "mismatch")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda chain, key: (chain, key[:60]), "the signing key cannot be read"),
        (lambda chain, key: (chain, b"\xff\xfe\x00"), "the signing key cannot be read"),
        (lambda chain, key: (chain.replace("M", "!", 3), key), "chain cannot be read"),
        (lambda chain, key: (key, key), "chain cannot be read"),
        (lambda chain, key: ("\n".join([*chain.split("\n\n")[::-1]]), key), "out of order"),
    ],
    ids=["cut key", "binary key", "damaged chain", "key as chain", "reversed chain"],
)
def test_files_that_are_damaged(
    signing: Callable[..., World],
    world: World,
    authority: Issued,
    spoil: Callable[[str, str], tuple[str, str | bytes]],
    said: str,
) -> None:
    leaf = issue(Wanted("Signer", "Brand Ltd"), now=world.clock.now(), issuer=authority)
    error = refused(signing(*spoil(f"{leaf.pem}\n{authority.pem}", leaf.key_pem)))
    assert said in error.message
    assert leaf.key_pem.splitlines()[1] not in f"{error} {error.hint} {error.where} {error.__cause__!r}"


def test_a_key_file_that_is_not_there(signing: Callable[..., World], world: World, authority: Issued) -> None:
    other = signing(authority.pem, "")
    (world.folder / "own.key").unlink()
    error = refused(other)
    assert isinstance(error, InvalidInput)
    assert error.where == str(world.folder / "own.key")


@contextmanager
def stamping(status: int) -> Iterator[str]:
    """A time-stamp service that only ever answers with this status."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def test_a_stamp_service_that_is_down_stops_the_run_before_it_buys(world: World, open_world: OpenWorld) -> None:
    with stamping(503) as url:
        error = refused(open_world(world.folder, tsa_url=url, tsa_tries=1))
    assert isinstance(error, SigningUnavailable)
    assert "503" in error.message


def test_with_an_outage_allowed_files_are_signed_without_a_stamp(world: World, open_world: OpenWorld) -> None:
    with stamping(503) as url:
        other = open_world(world.folder, tsa_url=url, tsa_tries=1, tsa_outage="unstamped")
        asset, [rendition] = other.rendered()
    verdict = other.rt.reader.read(other.rt.store.get(rendition.sha256))
    assert (verdict.state.value, verdict.timestamp) == ("trusted", "absent")
    assert asset.id == rendition.asset


def test_a_stamp_service_that_goes_down_during_a_run_leaves_no_half_file(world: World, open_world: OpenWorld) -> None:
    """The workshop was opened while all was well; what it cannot stamp is not recorded and can be made later."""
    with stamping(503) as url:
        asset = world.bought()
        other = open_world(world.folder, tsa_url=url, tsa_tries=1)
        vars(other.rt)["tested_signer"] = other.rt.signer
        with pytest.raises(SigningUnavailable) as caught:
            other.render(str(asset.generation))
    assert caught.value.transient
    assert other.rt.catalog.assets.renditions(asset.id) == []
    assert len(world.render(str(asset.generation))) == 1


def test_the_signer_is_tried_once_in_a_process(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    read, asked = world.rt.reader.read, list[bytes]()

    def counted(content: bytes, *more: Any, **named: Any) -> Any:
        asked.append(content)
        return read(content, *more, **named)

    monkeypatch.setattr(world.rt.reader, "read", counted)
    world.rt.open()
    assert len(asked) == 4
    world.rt.open()
    assert world.rt.workshop.signer is world.rt.tested_signer
    assert len(asked) == 4


def test_the_home_of_a_world_is_its_own(world: World, tmp_path: Path) -> None:
    """What these tests rely on: without settings of one's own the development set signs, and is believed."""
    shutil.copytree(world.folder / "home", tmp_path / "copy")
    world.rt.open()
    assert world.rt.signer.organisation.endswith("(development)")
