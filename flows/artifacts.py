"""What Prefect's own pages show of a campaign: progress, the table of generations, cost so far, pictures."""

from collections.abc import Sequence
from uuid import UUID

from prefect.artifacts import (
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)

from colophon.bootstrap import runtime
from colophon.services.show_history import change_view
from colophon.services.show_standing import campaign_page

_MOST_ROWS = 500


class Board:
    """The artifacts of one run. Progress is renewed only when it has moved a hundredth, so that a campaign of any
    size writes a bounded number of them."""

    def __init__(self, campaign: str) -> None:
        self._campaign = campaign
        self._settled, self._wanted = self._count()
        self._shown = self._share()
        artifact = create_progress_artifact(self._shown, key=f"progress-{campaign}", description=f"Campaign {campaign}")
        self._progress_id = UUID(str(artifact))

    def one_more(self) -> None:
        """A generation's chain has ended. Counted here: asking the catalog for all of them each time would make a
        campaign's cost grow with the square of its size."""
        self._settled = min(self._settled + 1, self._wanted)
        share = self._share()
        if share - self._shown >= 1.0:
            self._shown = share
            update_progress_artifact(self._progress_id, progress=share)

    def finish(self) -> None:
        view = campaign_page(
            self._campaign, limit=_MOST_ROWS, catalog=runtime().catalog, address=runtime().store.address
        )
        self._settled, self._wanted = self._count()
        update_progress_artifact(self._progress_id, progress=self._share())
        create_table_artifact(
            key=f"generations-{self._campaign}",
            table=[
                {name: row[name] for name in ("id", "visual", "variant", "state", "route", "seed", "cost", "asset_id")}
                for row in view["generations"][:_MOST_ROWS]
            ],
            description=f"Generations of {self._campaign}",
        )
        cost = view["cost"]
        pictures = "\n".join(
            f"- `{r['placement']}` {r['format']}, {r['bytes']} bytes, {r['state']}: `{r['path_or_key']}`"
            for r in view["renditions"][:_MOST_ROWS]
        )
        create_markdown_artifact(
            key=f"pictures-{self._campaign}",
            markdown=f"Spent {cost['spent']} of {cost['cap']} {cost['currency']}.\n\n{pictures}",
            description=f"Renditions of {self._campaign}",
        )

    def _count(self) -> tuple[int, int]:
        wanted = runtime().catalog.orders.wanted(self._campaign)
        return sum(p.state.settled for p in wanted), len(wanted)

    def _share(self) -> float:
        """Percent of the wanted generations that need nothing more from this run."""
        return 100.0 * self._settled / self._wanted if self._wanted else 100.0


def show_changed(subjects: Sequence[str]) -> None:
    """A table of the verdicts that changed; none where nothing did."""
    if not subjects:
        return
    latest = runtime().catalog.verdicts.latest(subjects[:_MOST_ROWS])
    rows = [{"asset": v.asset, "rendition": v.rendition} | (change_view(v.change) or {}) for v in latest.values()]
    create_table_artifact(
        key="provenance-changes", table=rows, description=f"{len(subjects)} files with another verdict than before"
    )


def show_rechecked(assets: Sequence[str]) -> None:
    """A table of the assets whose state changed; none where none did."""
    if not assets:
        return
    catalog = runtime().catalog
    rows = [
        {"asset": asset.id, "campaign": asset.campaign, "state": asset.state.value}
        for asset in map(catalog.assets.get, assets[:_MOST_ROWS])
    ]
    create_table_artifact(key="checked-again", table=rows, description=f"{len(assets)} assets in another state")
