"""Who may approve a picture, and how many have to: the brief's review rule and the policy's four eyes."""

from dataclasses import dataclass

from colophon.domain.brief import Brief
from colophon.domain.decision_policy import same_name
from colophon.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Quorum:
    """``approvers`` are those the brief lists; empty: anybody. ``ordered_by`` may not approve; None: nobody is kept
    from it. ``needed`` people have to approve."""

    approvers: tuple[str, ...] = ()
    ordered_by: str | None = None
    needed: int = 1

    def check(self, by: str) -> None:
        """Raises `InvalidInput` for who may not approve."""
        own = same_name(by)
        if self.ordered_by is not None and own == same_name(self.ordered_by):
            raise InvalidInput(
                f"{by} ordered this picture (the brief's owner) and cannot approve it: four eyes are needed",
                where="--as",
                hint=f"have one of these approve it: {', '.join(others)}"
                if (others := self.eligible)
                else "have somebody else approve it, or name another owner in the brief",
            )
        if self.approvers and own not in map(same_name, self.approvers):
            raise InvalidInput(
                f"{by} is not among the approvers of this brief",
                where="--as",
                hint=f"they are: {', '.join(self.eligible) or 'nobody but who ordered it; list others in the brief'}",
            )

    @property
    def eligible(self) -> tuple[str, ...]:
        ordered = None if self.ordered_by is None else same_name(self.ordered_by)
        return tuple(name for name in self.approvers if same_name(name) != ordered)


def quorum_of(brief: Brief, *, four_eyes: bool) -> Quorum:
    """``all`` means all listed approvers but the one who ordered; without a list, one approval is enough for it."""
    ordered_by = brief.owner if four_eyes else None
    quorum = Quorum(brief.review.approvers, ordered_by)
    rule = brief.review.rule
    needed = len(quorum.eligible) if rule == "all" else 1 if rule == "any" else rule
    return Quorum(brief.review.approvers, ordered_by, max(1, needed))
