"""From events of the audit log to messages for other programs: what changed, read from the rows it is about."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from colophon.catalog.asset_tables import AssetRow, PublicationRow, RenditionRow
from colophon.catalog.card_tables import CardRow
from colophon.catalog.committed import EVENTS
from colophon.catalog.guards import GUARDS
from colophon.catalog.publishing_tables import WithdrawalRow
from colophon.domain.event import Event
from colophon.domain.message import ASSETS, PUBLICATIONS, TOLD_OF, WITHDRAWALS, Message, message_of, type_of
from colophon.domain.withdrawal import Why

Told = dict[str, Any]


def messages(session: Session, events: Sequence[Event]) -> Iterator[Message]:
    """Of those events that are told of, in their order."""
    for event in events:
        if event.draft.about not in TOLD_OF:
            continue
        why = _why(session, event) if event.draft.about == PUBLICATIONS else None
        kind = type_of(event, _before(session, event), why)
        told = _told(session, event) if kind else None
        if kind and told:
            yield message_of(kind, event, told)


def _before(session: Session, event: Event) -> Mapping[str, Any]:
    statement = (
        select(EVENTS.c.body)
        .where(
            EVENTS.c.about == event.draft.about,
            EVENTS.c.subject == event.draft.subject,
            EVENTS.c.sequence < event.sequence,
        )
        .order_by(EVENTS.c.sequence.desc())
        .limit(1)
    )
    body = session.scalar(statement)
    return body if isinstance(body, dict) else {}


def _key(event: Event) -> Any:
    return GUARDS[event.draft.about].key_of(event.draft.subject)[0]


def _why(session: Session, event: Event) -> Why | None:
    if event.draft.body.get("published_until") is None:
        return None
    found = session.scalar(select(col(WithdrawalRow.why)).where(col(WithdrawalRow.publication) == _key(event)))
    return Why(found) if found in {why.value for why in Why} else None


def _told(session: Session, event: Event) -> Told | None:
    """None: the row is gone, which the audit will say."""
    if event.draft.about == ASSETS:
        return _asset(session, event)
    return _rendition(session, event, withdrawn=event.draft.about == WITHDRAWALS)


def _asset(session: Session, event: Event) -> Told | None:
    names = ("asset", "sha256", "campaign", "visual", "variant", "brand")
    statement = (
        select(
            col(AssetRow.id), col(AssetRow.sha256), col(AssetRow.campaign), col(AssetRow.visual),
            col(AssetRow.variant), col(CardRow.brand),
        )
        .outerjoin(CardRow, col(CardRow.asset) == col(AssetRow.id))
        .where(col(AssetRow.id) == _key(event))
    )  # fmt: skip
    row = session.execute(statement).one_or_none()
    if row is None:
        return None
    # The state is the event's: the row may have moved on since.
    return dict(zip(names, row, strict=True)) | {"brand": row[-1] or None, "state": event.draft.body.get("state")}


def _rendition(session: Session, event: Event, *, withdrawn: bool) -> Told | None:
    statement = (
        select(PublicationRow, RenditionRow, WithdrawalRow, col(CardRow.brand))
        .join(RenditionRow, col(RenditionRow.id) == col(PublicationRow.rendition))
        .outerjoin(WithdrawalRow, col(WithdrawalRow.publication) == col(PublicationRow.id))
        .outerjoin(CardRow, col(CardRow.asset) == col(RenditionRow.asset))
        .where(col(WithdrawalRow.id if withdrawn else PublicationRow.id) == _key(event))
    )
    row = session.execute(statement).one_or_none()
    if row is None:
        return None
    publication, rendition, withdrawal, brand = row
    over = withdrawn or event.draft.body.get("published_until") is not None
    return {
        "rendition": rendition.id,
        "sha256": rendition.sha256,
        "asset": rendition.asset,
        "publication": publication.id,
        "campaign": publication.campaign,
        "brand": brand or None,
        "placement": rendition.placement,
        "format": rendition.format,
        "addresses": tuple(withdrawal.addresses) if over and withdrawal else (publication.address,),
        "published_from": publication.published_from,
        "published_until": publication.published_until if over else None,
        "why": withdrawal.why if over and withdrawal else None,
        "gone_at": withdrawal.gone_at if withdrawn and withdrawal else None,
    }
