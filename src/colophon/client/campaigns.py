"""Campaigns, from a brief to what is public of it."""

import json
from collections.abc import Iterator
from pathlib import Path

from colophon.client.connection import Connection, View, at, bytes_of

_PARTS = ("generations", "assets", "renditions", "problems")


class Campaigns(Connection):
    # what a brief is written with

    def brands(self) -> list[View]:
        """Those campaigns are for, and whether the asker may order for them."""
        return self._rows("GET", "/brands", name="brands")

    def placements(self) -> list[View]:
        """Every placement a brief may ask for, with size, weight cap and formats."""
        return self._rows("GET", "/placements", name="placements")

    def reference(self, picture: bytes | Path) -> str:
        """Bring a picture to show to the model; the name a brief calls it by."""
        return str(self._json("POST", "/references", content=bytes_of(picture))["reference"])

    # price, order, follow

    def plan(self, brief: str | View, *, brand: str = "", route: str | None = None) -> View:
        """Masters, crops, generations, renditions and cost of a brief, YAML text or a mapping, and why it may not be
        ordered (``doubts``). Spends nothing. ``brand``: one on record, in the place of the brief's."""
        return self._json("POST", "/plans", json={"brief": brief, "brand": brand, "route": route})

    def order(
        self,
        brief: str | View,
        *,
        brand: str = "",
        route: str | None = None,
        approve: bool = False,
        publish: bool = False,
    ) -> View:
        """Register a brief and have it worked on: ``campaign``, ``revision`` and ``run``."""
        body = {"brief": brief, "brand": brand, "route": route, "approve": approve, "publish": publish}
        return self._json("POST", "/campaigns", json=body)

    def resume(self, campaign: str, *, approve: bool = False, publish: bool = False) -> View:
        """Have what a campaign still lacks worked on."""
        return self._json("POST", at("campaigns", campaign, "runs"), json={"approve": approve, "publish": publish})

    def campaigns(
        self, *, brand: str | None = None, state: str | None = None, text: str | None = None
    ) -> Iterator[View]:
        """The newest first; ``text`` is part of the title or the name."""
        yield from self._pages("/campaigns", "campaigns", {"brand": brand, "state": state, "text": text})

    def campaign(self, campaign: str) -> View:
        """State of each generation, assets, renditions, cost and problems: of all of it, asked for in parts."""
        path = at("campaigns", campaign)
        view = self._json("GET", path)
        while (cursor := view.pop("next_cursor", None)) is not None:
            part = self._json("GET", path, params={"cursor": cursor})
            view = part | {name: view[name] + part[name] for name in _PARTS}
        return view

    def follow(self, campaign: str) -> Iterator[View]:
        """Where it stands, at once and whenever it moves, until nothing of it is under way any more."""
        while True:
            for name, data in self._events(at("campaigns", campaign, "events")):
                if name == "done":
                    return
                view: View = json.loads(data)
                yield view

    def brief(self, campaign: str) -> View:
        """The newest brief as document and as YAML, and its revisions."""
        return self._json("GET", at("campaigns", campaign, "brief"))

    def sheet(self, campaign: str, placement: str | None = None) -> Iterator[View]:
        """The files of one placement, made or not, with what the channel covers of them."""
        params = {"placement": placement}
        yield from self._pages(at("campaigns", campaign, "placements"), "files", params, most=100)

    def costs(self, campaign: str) -> View:
        """Its sums by route and model."""
        return self._json("GET", at("campaigns", campaign, "costs"))

    def entries(self, campaign: str, *, newest: bool = False) -> Iterator[View]:
        """The rows of its ledger, oldest first or newest first."""
        yield from self._pages(at("campaigns", campaign, "ledger"), "entries", {"newest": newest})

    # stop and go on

    def stop(self, campaign: str, *, reason: str) -> View:
        """Nothing more of it is ordered until `go_on`; what is under way is brought home."""
        return self._json("POST", at("campaigns", campaign, "stop"), json={"reason": reason})

    def go_on(self, campaign: str) -> View:
        return self._json("POST", at("campaigns", campaign, "resume"))

    def halts(self) -> list[View]:
        """What is stopped, by whom and why."""
        return self._rows("GET", "/halts", name="halts")

    def stop_all(self, *, reason: str) -> View:
        """The one switch: nothing is ordered any more, for any campaign."""
        return self._json("POST", "/halts", json={"reason": reason})

    def go_on_all(self) -> None:
        self._send("DELETE", "/halts")

    # publish and prove

    def publish(self, campaign: str, *, dry_run: bool = False) -> View:
        return self._json("POST", at("campaigns", campaign, "publish"), params={"dry_run": dry_run})

    def publications(self, campaign: str) -> Iterator[View]:
        """What is public of it, then what was, the newest of both first."""
        yield from self._pages(at("campaigns", campaign, "publications"), "publications", {})

    def unpublish(self, campaign: str, *, dry_run: bool = False, wait: float = 0.0) -> View:
        """``withdrawals`` are the evidence; asked again, it goes on looking whether all is gone."""
        path, params = at("campaigns", campaign, "unpublish"), {"dry_run": dry_run, "wait": wait}
        return self._json("POST", path, params=params)

    def unpublish_rendition(self, rendition: str, *, dry_run: bool = False, wait: float = 0.0) -> View:
        path, params = at("renditions", rendition, "unpublish"), {"dry_run": dry_run, "wait": wait}
        return self._json("POST", path, params=params)

    def export(self, campaign: str, form: str, to: Path) -> Path:
        """``form``: json, csv, prov, openlineage, pack or report."""
        to.write_bytes(self._bytes(at("campaigns", campaign, "exports", form)))
        return to
