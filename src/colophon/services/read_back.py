"""A file as the public gets it: fetched through its public address and compared with what was put there."""

from datetime import timedelta

from colophon.domain.asset import sha256
from colophon.domain.withdrawal import ONE_LOOK, Seen
from colophon.errors import ColophonError, ObjectCorrupt, StoreUnavailable
from colophon.services.press import Press

PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)  # seconds between looks; the last one is repeated
_OK = 200
_NOT_YET = (404, 410, 425, 429, 500, 502, 503, 504)


def read_back(address: str, digest: str, media_type: str, press: Press) -> bytes:
    """The file's bytes. A CDN that has it not yet is asked again for as long as ``press.arrives``.

    Raises `ObjectCorrupt` when the address answers with anything else than the file (another status or type, a
    redirect, other bytes), `StoreUnavailable` when nothing answers.
    """
    end = press.clock.now() + press.arrives
    looks = 0
    while True:
        seen = press.view.look(address, ONE_LOOK[0], body=True)
        wrong = _wrong(seen, digest, media_type, address, press.view.public)
        if wrong is None:
            return seen.body
        pause = timedelta(seconds=PAUSES[min(looks, len(PAUSES) - 1)])
        not_yet = seen.status is None or seen.status in _NOT_YET
        if not (press.view.public and not_yet) or press.clock.now() + pause > end:
            raise wrong
        press.clock.sleep(pause.total_seconds())
        looks += 1


def _wrong(seen: Seen, digest: str, media_type: str, address: str, typed: bool) -> ColophonError | None:
    if seen.status is None:
        return StoreUnavailable(
            f"the public address is out of reach: {seen.problem}",
            where=address,
            hint="nothing of the file is listed; check COLOPHON_CDN_PUBLIC_URL and run it again, with "
            "COLOPHON_CDN_ALLOW_PRIVATE=true for an address in this network, COLOPHON_CDN_READ_BACK=store for one that "
            "cannot be reached from here",
        )
    said = _said(seen)
    if seen.status != _OK:
        return _not_the_file(f"it answers {said}", address)
    # A store that is looked at itself tells no types.
    found = seen.headers.get("content-type", "").split(";")[0].strip().lower()
    if typed and found != media_type:
        return _not_the_file(f"it answers {said} instead of {media_type}", address)
    if sha256(seen.body) != digest:
        return _not_the_file(f"it answers {said} with other bytes ({len(seen.body)})", address)
    return None


def _said(seen: Seen) -> str:
    parts = [str(seen.status), seen.headers.get("content-type", "").split(";")[0]]
    if "location" in seen.headers:
        parts.append(f"to {seen.headers['location']}")
    return " ".join(part for part in parts if part)


def _not_the_file(text: str, address: str) -> ObjectCorrupt:
    return ObjectCorrupt(
        text, where=address, hint="check what COLOPHON_CDN_PUBLIC_URL leads to: a login page, a proxy, another bucket?"
    )
