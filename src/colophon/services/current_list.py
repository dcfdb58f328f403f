"""The signed list of all lists, which jobs poll: numbered, and renewed only when something of it changes."""

import json
from datetime import timedelta

from colophon.domain.asset import sha256
from colophon.domain.publication_list import CURRENT_KEY, SIGNATURE_KEY, CurrentList, ListedCampaign, list_bytes
from colophon.errors import Conflict
from colophon.ports import Issue
from colophon.services.press import Press
from colophon.services.times import time_text

RENEWED_AFTER = timedelta(hours=24)
_MOST = 20  # other processes that were faster, one after the other
_JSON = "application/json"
_JOSE = "application/jose"


def renew_current(press: Press, changed: ListedCampaign | None = None) -> str | None:
    """Put this campaign's list into the list of all, sign it, and make it public; returns its address. What is on
    record already is only put where it lacks. None: nothing was ever listed."""
    for _ in range(_MOST):
        last = press.issues.latest()
        campaigns = _campaigns(last, changed)
        if last is not None and campaigns == _campaigns(last, None):
            return _put(last, press)
        if last is None and not campaigns:
            return None
        if press.issues.add(made := _issue(last, campaigns, press)):
            return _put(made, press)
    raise Conflict("the list of all campaigns is being changed all the time", where=CURRENT_KEY, hint="run it again")


def renew_if_old(press: Press) -> bool:
    """Sign the same content anew once a day: a reader who sees an older one knows that somebody holds it back."""
    last = press.issues.latest()
    if last is None or press.clock.now() - last.issued_at < RENEWED_AFTER:
        return False
    made = _issue(last, _campaigns(last, None), press)
    if press.issues.add(made):
        _put(made, press)
    return True


def _campaigns(last: Issue | None, changed: ListedCampaign | None) -> tuple[ListedCampaign, ...]:
    known: dict[str, ListedCampaign] = {}
    if last is not None and last.content is not None:
        known = {each.campaign: each for each in CurrentList.model_validate(json.loads(last.content)).campaigns}
    if changed is not None:
        known[changed.campaign] = changed
    return tuple(known[name] for name in sorted(known))


def _issue(last: Issue | None, campaigns: tuple[ListedCampaign, ...], press: Press) -> Issue:
    now = press.clock.now()
    content = CurrentList(
        sequence=last.sequence + 1 if last else 1,
        issued=str(time_text(now)),
        previous=last.sha256 if last else None,
        campaigns=campaigns,
    )
    text = list_bytes(content)
    return Issue(content.sequence, sha256(text), now, text, press.signer.sign(text))


def _put(issue: Issue, press: Press) -> str:
    """Until what is public is the newest on record: another process may have made a newer one, and this one may have
    been the later to write."""
    while True:
        if issue.content is None:
            raise Conflict("a newer list of all campaigns is on record", where=CURRENT_KEY, hint="run it again")
        press.shelf.replace(SIGNATURE_KEY, issue.signature, _JOSE)
        address = press.shelf.replace(CURRENT_KEY, issue.content, _JSON)
        newest = press.issues.latest()
        if newest is None or newest.sequence == issue.sequence:
            return address
        issue = newest
