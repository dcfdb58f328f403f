"""The tables of verdicts: every one that was reached, and where each file stands now."""

from sqlalchemy import ForeignKeyConstraint, Index

from colophon.catalog.tables import Id, Key, MaybeId, MaybeMoment, Moment, Name, Prose, Row, Sha, Structure


class VerdictRow(Row, table=True):
    """One verdict, kept for ever; only ``confirmed_at`` moves. ``rendition`` None: about the original. ``changes`` is
    what differs from the one before (`colophon.domain.history.Change`), null for the first of its file."""

    __tablename__ = "verdicts"
    __table_args__ = (
        ForeignKeyConstraint(["asset"], ["assets.id"]),
        ForeignKeyConstraint(["rendition"], ["renditions.id"]),
        Index(None, "asset", "judged_at"),
    )

    id: Key
    asset: Id
    rendition: MaybeId = None
    occasion: Name
    judged_at: Moment
    confirmed_at: Moment
    state: Name
    policy: Sha
    lists: Sha
    library: Prose
    holds_until: MaybeMoment = None
    provenance: Structure
    changes: Structure


class StandingRow(Row, table=True):
    """Where a file stands: its latest verdict. ``subject`` is the rendition's id, or the asset's for an original.

    ``grounds`` is the digest of what that verdict rests on, empty where none is on record; ``due_at`` when time alone
    may change it, `colophon.catalog.verdicts.NEVER` for never. Neither is ever null, so that the index on both finds
    what is due from either side of the present grounds."""

    __tablename__ = "standings"
    __table_args__ = (
        ForeignKeyConstraint(["asset"], ["assets.id"]),
        ForeignKeyConstraint(["rendition"], ["renditions.id"]),
        ForeignKeyConstraint(["verdict"], ["verdicts.id"]),
        Index(None, "grounds", "due_at", "subject"),
        Index(None, "state", "subject"),
        Index(None, "campaign", "subject"),
        Index(None, "asset"),
    )

    subject: Key
    asset: Id
    rendition: MaybeId = None
    campaign: Id
    verdict: MaybeId = None
    state: Name
    grounds: Id
    due_at: Moment
