"""Publications off the shelf, and their addresses looked at until nothing is left there or anywhere on the way."""

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta

from colophon.domain.identity import new_id
from colophon.domain.record import Publication
from colophon.domain.withdrawal import ONE_LOOK, VARIANTS, Sighting, Why, Withdrawal
from colophon.errors import ColophonError, NotFound, ObjectCorrupt, Problem
from colophon.services.press import Press
from colophon.services.public_files import addresses_of, manifest_key
from colophon.services.read_back import PAUSES

STILL_PUBLIC = "still_public"
OVERDUE = "purge_overdue"
PURGE_FAILED = "purge_failed"
_THREADS = 8


def file_tag(publication_or_key: str) -> str:
    """The tag of one file: the name of its key, without folder and ending."""
    return publication_or_key.rsplit("/", 1)[-1].split(".")[0]


def remove(publication: Publication, why: Why, press: Press) -> Withdrawal:
    """Delete it on the shelf, look that it is gone there, and end its publication; the intent is on record first.

    Raises `ObjectCorrupt` when it is still served. Running again completes it.
    """
    rendition = press.assets.rendition(publication.rendition)
    now = press.clock.now()
    begun = press.withdrawals.begin(
        Withdrawal(
            id=new_id("wdr", now),
            publication=publication.id,
            campaign=publication.campaign,
            rendition=publication.rendition,
            addresses=addresses_of(publication, rendition),
            why=why,
            begun_at=now,
            due_at=now + press.leaves,
        )
    )
    for key in (publication.key, manifest_key(publication.key)):
        press.shelf.delete(key)
        if _on_shelf(key, press):
            raise ObjectCorrupt(
                f"{publication.address} is still served after it was deleted",
                where=key,
                hint="check who may delete in the CDN store, then run unpublish again",
            )
    at = press.clock.now()
    press.withdrawals.mark(begun.id, taken_down_at=at)
    press.publications.close(publication.id, at=at)
    return replace(begun, taken_down_at=at)


def _on_shelf(key: str, press: Press) -> bool:
    try:
        press.shelf.get(key)
    except NotFound:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Followed:
    """Where withdrawals stand after they were looked after. ``problems`` are for people: what is still up, and what
    kept it from being purged."""

    withdrawals: tuple[Withdrawal, ...] = ()
    problems: tuple[Problem, ...] = ()


def follow(withdrawals: Sequence[Withdrawal], press: Press, *, wait: float) -> Followed:
    """Purge, then look at every address in every way it is asked for, again with growing pauses for ``wait`` seconds
    or until some whole rounds in a row saw nothing anywhere. What is still up is purged again each time. Every answer
    is kept.

    Nothing is raised over what a CDN does or fails to do: it is in the result, and the next call goes on.
    """
    end = press.clock.now() + timedelta(seconds=wait)
    # What is not off the shelf yet is for who takes it down.
    stand = {each.id: each for each in withdrawals if each.taken_down_at is not None}
    looks, purge_problem = 0, None
    while True:
        _end_superseded(stand, press)
        pending = [each for each in stand.values() if each.open]
        if not pending:
            break
        purge_problem = _purge(pending, stand, press)
        for each, gone in zip(pending, _looked_at(pending, press), strict=True):
            if gone:
                at = press.clock.now()
                press.withdrawals.mark(each.id, gone_at=at)
                stand[each.id] = replace(stand[each.id], gone_at=at)
        pause = timedelta(seconds=PAUSES[min(looks, len(PAUSES) - 1)])
        looks += 1
        if all(not each.open for each in stand.values()) or press.clock.now() + pause > end:
            break
        press.clock.sleep(pause.total_seconds())
    if stand:
        press.changed()
    still = [each for each in stand.values() if each.open]
    problems = [_still_public(each, press) for each in still]
    return Followed(tuple(stand.values()), (*([purge_problem] if still and purge_problem else []), *problems))


def _end_superseded(stand: dict[str, Withdrawal], press: Press) -> None:
    """What was made public again at the same address in between has nothing left to prove."""
    for campaign in {each.campaign for each in stand.values() if each.open}:
        public = {p.address for p in press.publications.of_campaign(campaign, only_open=True)}
        for each in list(stand.values()):
            if each.open and each.campaign == campaign and each.addresses[0] in public:
                at = press.clock.now()
                press.withdrawals.mark(each.id, superseded_at=at)
                stand[each.id] = replace(each, superseded_at=at)


def _purge(pending: Sequence[Withdrawal], stand: dict[str, Withdrawal], press: Press) -> Problem | None:
    """By address and by tag: the tag reaches copies under other query strings. A campaign's own tag only where nothing
    of it is public any more, so that nobody else's files leave the cache."""
    if press.purge is None:
        return None
    addresses = [address for each in pending for address in each.addresses]
    tags = {file_tag(each.addresses[0]) for each in pending}
    tags |= {each.campaign for each in pending} - set(press.publications.campaigns())
    try:
        press.purge.purge(addresses, sorted(tags))
    except ColophonError as error:
        return Problem(PURGE_FAILED, error.message, file=error.where)
    at = press.clock.now()
    for each in pending:
        press.withdrawals.mark(each.id, purged_at=at)
        stand[each.id] = replace(each, purged_at=at)
    return None


def _looked_at(pending: Sequence[Withdrawal], press: Press) -> list[bool]:
    """Whether each is gone; many at a time, since one answer may take as long as a distant edge does."""
    with ThreadPoolExecutor(min(_THREADS, len(pending)), thread_name_prefix="look") as threads:
        return list(threads.map(lambda each: _gone_everywhere(each, press), pending))


def _gone_everywhere(withdrawal: Withdrawal, press: Press) -> bool:
    """Nowhere in some whole rounds in a row: behind one address are many edges, and each answer comes from one."""
    return all(_gone_in_a_round(withdrawal, press) for _ in range(press.rounds if press.view.public else 1))


def _gone_in_a_round(withdrawal: Withdrawal, press: Press) -> bool:
    seen: list[Sighting] = []
    for address in withdrawal.addresses:
        for ask in VARIANTS if press.view.public else ONE_LOOK:
            answer = press.view.look(address, ask)
            at = press.clock.now()
            seen.append(Sighting(address, ask.name, answer.status, answer.headers, answer.problem, at, at))
    press.withdrawals.see(withdrawal.id, seen)
    return all(each.gone for each in seen)


def _still_public(withdrawal: Withdrawal, press: Press) -> Problem:
    """What a person should know of a withdrawal that is not through."""
    up = [s for s in press.withdrawals.sightings(withdrawal.id) if not s.gone]
    latest = sorted(up, key=lambda s: s.last_at, reverse=True)[:8]
    answers = ", ".join(f"{s.variant}: {s.status or s.problem} at {s.last_at:%H:%M:%S}" for s in latest)
    since = f"taken down {withdrawal.begun_at:%Y-%m-%d %H:%M:%S} UTC"
    if withdrawal.overdue(press.clock.now()):
        text = f"still answered past the limit of {withdrawal.due_at:%H:%M:%S} UTC ({answers}); {since}"
        return Problem(OVERDUE, text, file=withdrawal.addresses[0])
    return Problem(STILL_PUBLIC, f"not gone yet ({answers}); {since}", file=withdrawal.addresses[0])


def remove_each(
    publications: Sequence[Publication],
    why: Callable[[Publication], Why],
    *,
    hold: Callable[[], None],
    press: Press,
    failed: list[ColophonError],
) -> Collection[Withdrawal]:
    """Those that could be taken down; what is wrong with one keeps no other from it and is in ``failed``."""
    done = []
    for publication in publications:
        hold()
        try:
            done.append(remove(publication, why(publication), press))
        except ObjectCorrupt as error:
            failed.append(error)
    return done
