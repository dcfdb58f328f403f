"""Which tables the audit log guards: whatever is written to one of them is an event in the same transaction.

A new table is one line here. Not guarded, with the reason:

- ``purses``, ``tallies`` and ``day_tallies`` are sums of the ledger, ``looks``, ``fingerprints`` and ``cards`` indexes
  over pictures: all can be made again from what is guarded, and `colophon audit verify` adds the sums up;
- ``hook_events`` is a memory of deliveries that nothing is concluded from, ``leases`` say whose turn it is now,
  ``replies`` remember answers for a day, ``sign_in_flows`` sign-ins that are under way elsewhere for minutes;
- ``outbox_targets``, ``outbox_messages`` and ``outbox_deliveries`` echo the log for other programs;
- ``events``, ``personal_texts`` and ``checkpoints`` are the log itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from sqlalchemy import Column, Integer, Table

from colophon.catalog import (
    account_tables,
    asset_tables,
    halt_tables,
    limit_tables,
    money_tables,
    publishing_tables,
    review_tables,
    tables,
    verdict_tables,
)
from colophon.catalog.tables import Row

NOT_GUARDED = {
    "purses",
    "tallies",
    "day_tallies",
    "looks",
    "fingerprints",
    "cards",
    "hook_events",
    "leases",
    "replies",
    "sign_in_flows",
    "outbox_targets",
    "outbox_messages",
    "outbox_deliveries",
    "events",
    "personal_texts",
    "checkpoints",
}


@dataclass(frozen=True, slots=True)
class Guard:
    """How one table is guarded. ``tells`` are columns whose values an event shows, none of them personal; ``personal``
    ones are text and committed to under a salt; ``passing`` ones are about the moment (who works on it, until when) and
    are vouched for by nothing."""

    row: type[Row]
    tells: Sequence[str] = ()
    personal: Sequence[str] = ()
    passing: Sequence[str] = ()

    @property
    def table(self) -> Table:
        found: Table = self.row.__table__  # type: ignore[attr-defined]
        return found

    @property
    def name(self) -> str:
        return self.table.name

    @property
    def key(self) -> Sequence[Column[Any]]:
        return list(self.table.primary_key)

    def subject(self, key: Sequence[Any]) -> str:
        """A key as text: its parts, escaped, between slashes."""
        return "/".join(quote(str(part), safe=":") for part in key)

    def key_of(self, subject: str) -> tuple[Any, ...]:
        """Raises ``ValueError`` for a text that is no key of this table."""
        parts = [unquote(part) for part in subject.split("/")]
        if len(parts) != len(self.key):
            raise ValueError(f"not a key of {self.name}: {subject}")
        numbers = [isinstance(column.type, Integer) for column in self.key]
        return tuple(int(part) if number else part for part, number in zip(parts, numbers, strict=True))


_GUARDS = (
    Guard(tables.CampaignRow, tells=("revision",)),
    Guard(tables.RevisionRow),
    Guard(tables.WantedRow),
    Guard(
        tables.GenerationRow,
        tells=("state", "attempt", "route", "problem_code", "asset_id"),
        passing=("worker", "lease_until", "hinted_at"),
    ),
    Guard(tables.AttemptRow, tells=("outcome", "code"), personal=("resolved_by",)),
    Guard(money_tables.LedgerRow, tells=("kind", "micros", "currency", "basis", "generation", "attempt")),
    Guard(asset_tables.AssetRow, tells=("state", "sha256", "generation")),
    Guard(review_tables.RoundRow, tells=("outcome", "policy", "policy_version")),
    Guard(review_tables.CommentRow, tells=("asset",), personal=("said_by", "text")),
    Guard(review_tables.FindingRow, tells=("name", "version", "verdict")),
    Guard(review_tables.DecisionRow, tells=("asset", "action"), personal=("decided_by", "reason")),
    Guard(asset_tables.FocusRow, tells=("asset",), personal=("chosen_by",)),
    Guard(asset_tables.RenditionRow, tells=("asset", "placement", "sha256")),
    Guard(asset_tables.ManifestRow, tells=("state", "sha256")),
    Guard(asset_tables.PublicationRow, tells=("rendition", "key", "published_until")),
    Guard(publishing_tables.IssueRow, tells=("sha256",), passing=("content",)),
    Guard(publishing_tables.WithdrawalRow, tells=("publication", "why", "gone_at")),
    Guard(publishing_tables.SightingRow, tells=("status",), passing=("last_at", "times")),
    Guard(verdict_tables.VerdictRow, tells=("state", "occasion"), passing=("confirmed_at",)),
    Guard(verdict_tables.StandingRow, tells=("state", "verdict")),
    Guard(account_tables.AccountRow, tells=("closed_at",), personal=("name", "subject", "made_by")),
    Guard(account_tables.GrantRow, tells=("account", "role", "brand", "ended_at"), personal=("given_by",)),
    Guard(account_tables.SessionRow, tells=("account", "via", "ended_at"), passing=("seen_at",)),
    Guard(account_tables.KnownBrowserRow, tells=("account", "ended_at")),
    Guard(account_tables.LinkRow, tells=("account", "used_at")),
    Guard(account_tables.TokenRow, tells=("account", "roles", "brands", "ended_at"), passing=("used_at",)),
    Guard(account_tables.SignInTryRow, tells=("outcome", "via", "account"), personal=("name", "address")),
    Guard(limit_tables.OrdererRow, tells=("person",), personal=("ordered_by",)),
    Guard(limit_tables.PayerRow, tells=("person",)),
    Guard(limit_tables.LimitRow, tells=("micros", "currency"), personal=("set_by",)),
    Guard(halt_tables.HaltRow, tells=("scope", "lifted_at"), personal=("halted_by", "reason", "lifted_by")),
)
GUARDS = {guard.name: guard for guard in _GUARDS}
