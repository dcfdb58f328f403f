"""The rooms where pictures are worked on, from the buying of one to its publication: services given their ports."""

from dataclasses import replace
from functools import cached_property
from os import cpu_count
from typing import TYPE_CHECKING

from colophon import data
from colophon.bootstrap.adapters import Adapters
from colophon.bootstrap.market import Market, open_market
from colophon.bootstrap.signing import read_text
from colophon.domain.asked import asked_of
from colophon.domain.brief import Brief
from colophon.domain.master import MasterLimits
from colophon.domain.placement import parse_placements
from colophon.domain.plan import Rules
from colophon.domain.prompt import parse_dont_rules
from colophon.domain.quality import parse_quality
from colophon.domain.route import Expected
from colophon.domain.trust import AnchorKind
from colophon.errors import InvalidInput
from colophon.ports import Check, ManifestReader
from colophon.services.ingest import Bench
from colophon.services.publish import Press
from colophon.services.render import Workshop
from colophon.services.reverify import Lab

if TYPE_CHECKING:
    from collections.abc import Mapping

    from colophon.checks import CheckProfile


class Workrooms(Adapters):
    """Bench, workshop, press and lab, and the tables by which they work."""

    @cached_property
    def rules(self) -> Rules:
        return Rules(
            parse_placements(data.text("placements.csv")),
            parse_dont_rules(data.text("donts.toml")),
            MasterLimits(crop_loss=self.settings.crop_loss),
        )

    @cached_property
    def market(self) -> Market:
        return open_market(self.settings)

    @cached_property
    def check_profiles(self) -> "Mapping[str, CheckProfile]":
        from colophon.checks import parse_profiles

        file = self.settings.checks_profile
        return parse_profiles(read_text(file, "the check profiles") if file else data.text("checks.toml"))

    def checks(self, profile: str) -> tuple[Check, ...]:
        """The checks under one profile of the table, which a brand names. Raises `InvalidInput` for one that is not
        there any more."""
        from colophon.checks import assemble_checks

        if profile not in self.check_profiles:
            raise InvalidInput(f"there is no check profile {profile!r}", where="COLOPHON_CHECKS_PROFILE")
        policy = self.trust_policy
        return assemble_checks(
            self.check_profiles[profile],
            neighbours=self.catalog,
            engine=self.safety_engine,
            reader=self.word_reader,
            answers=policy.provider_output,
            vendor_anchors={anchor.name for anchor in policy.anchors if anchor.kind is AnchorKind.VENDOR},
        )

    @cached_property
    def bench(self) -> Bench:
        """Under the default checks: for pictures that belong to no brand."""
        return self.bench_under("default")

    def bench_under(self, profile: str) -> Bench:
        catalog = self.catalog
        return Bench(
            orders=catalog.orders,
            assets=catalog.assets,
            neighbours=catalog,
            store=self.store,
            imaging=self.imaging,
            reader=self.reader,
            stores=self.stores,
            checks=self.checks(profile),
            clock=self.clock,
            expected=self._expected,
        )

    def bench_of(self, generation: str) -> Bench:
        """With the checks of the profile that the campaign's brand names, and what its brief asks of this picture."""
        orders = self.catalog.orders
        wanted = orders.progress(generation).generation
        brief = Brief.model_validate_json(orders.campaign(wanted.campaign).brief)
        bench = self.bench_under(brief.brand.checks)
        visual = next((visual for visual in brief.visuals if visual.id == wanted.visual), None)
        if visual is None:  # the newest revision does not want it any more: it asks nothing of it
            return bench
        return replace(bench, asked=asked_of(brief, visual, self.rules.donts))

    @cached_property
    def workshop(self) -> Workshop:
        catalog = self.catalog
        signer = self.tested_signer
        return Workshop(
            catalog.orders,
            catalog.assets,
            self.store,
            self.imaging,
            signer,
            self.reader,
            self.clock,
            parse_quality(data.text("quality.toml")),
            enlarge=self.settings.crop_enlarge,
        )

    @cached_property
    def press(self) -> Press:
        catalog = self.catalog
        return Press(
            catalog.orders,
            catalog.assets,
            catalog.publications,
            catalog.verdicts,
            self.store,
            self.shelf,
            self.reader,
            self.clock,
        )

    @cached_property
    def lab(self) -> Lab:
        return self.lab_under(self.reader)

    def lab_under(self, reader: ManifestReader) -> Lab:
        """Twice as many threads as confined processes: while one file is judged, the next is fetched."""
        workers = self.settings.imaging_workers or cpu_count() or 1
        return Lab(self.catalog.verdicts, self.store, reader, self.clock, threads=2 * workers)

    def _expected(self, route: str, model: str) -> Expected | None:
        return self.market.routes[route].expected(model) if route in self.market.routes else None
