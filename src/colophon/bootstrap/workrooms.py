"""The rooms where pictures are worked on, from the buying of one to its publication: services given their ports."""

from dataclasses import replace
from datetime import date
from functools import cached_property
from os import cpu_count
from pathlib import Path
from typing import TYPE_CHECKING

from colophon import data
from colophon.bootstrap.adapters import Adapters
from colophon.bootstrap.market import Market, open_market
from colophon.bootstrap.notify import make_despatch
from colophon.bootstrap.publishing import make_press
from colophon.bootstrap.screening import make_screen, read_prompt_lists
from colophon.bootstrap.signing import read_text
from colophon.domain.asked import Asked, asked_of
from colophon.domain.asset import Asset
from colophon.domain.brief import Brief, Visual
from colophon.domain.copydesk import CopyDesk
from colophon.domain.crop import Target
from colophon.domain.decision_file import parse_decision_policy
from colophon.domain.decision_policy import DecisionPolicy
from colophon.domain.disclosure import LabelTable, parse_labels, rules_on_people
from colophon.domain.donts import parse_dont_rules
from colophon.domain.generation import Generation
from colophon.domain.master import MasterLimits
from colophon.domain.placement import parse_placements
from colophon.domain.plan_rules import Rules
from colophon.domain.prompt_list import PromptList
from colophon.domain.prompt_parts import Part, parts_of
from colophon.domain.prompt_screen import PromptScreen
from colophon.domain.purpose import intended_of
from colophon.domain.quality import parse_quality
from colophon.domain.route import Expected
from colophon.domain.template import LayoutTable, parse_layouts
from colophon.domain.trust import AnchorKind
from colophon.errors import InvalidInput
from colophon.ports import Check, ManifestReader
from colophon.services.examine import Bench
from colophon.services.notify import Despatch
from colophon.services.press import Press
from colophon.services.recheck import Examiner
from colophon.services.render import Workshop
from colophon.services.reverify import Lab
from colophon.services.review import Desk

if TYPE_CHECKING:
    from collections.abc import Mapping

    from colophon.checks import CheckProfile


class Workrooms(Adapters):
    """Bench, workshop, press and lab, and the tables by which they work."""

    @cached_property
    def labels(self) -> LabelTable:
        return parse_labels(data.text("labels.toml"))

    @cached_property
    def rules(self) -> Rules:
        return Rules(
            parse_placements(data.text("placements.csv")),
            parse_dont_rules(data.text("donts.toml")),
            MasterLimits(crop_loss=self.settings.crop_loss),
        )

    @property
    def copy_desk(self) -> CopyDesk:
        """As of today, which in a process that serves for months is not the day it began."""
        return CopyDesk(self._layouts, self.labels, self.today)

    @cached_property
    def _layouts(self) -> LayoutTable:
        return parse_layouts(data.text("templates.toml"))

    def rules_under(self, profile: str) -> Rules:
        """With the lists of terms that a check profile applies, as of today. Raises `InvalidInput`."""
        return replace(self.rules, desk=self.copy_desk, screen=self.prompt_screen(profile))

    @cached_property
    def prompt_lists(self) -> tuple[PromptList, ...]:
        return read_prompt_lists(self.settings.prompt_lists)

    def prompt_screen(self, profile: str) -> PromptScreen:
        """The lists of terms under one check profile, made ready once. Raises `InvalidInput`."""
        return make_screen(self.prompt_lists, self.check_profiles[profile].prompt.value)

    @cached_property
    def market(self) -> Market:
        return open_market(self.settings)

    @cached_property
    def check_profiles(self) -> "Mapping[str, CheckProfile]":
        from colophon.checks import parse_profiles

        file = self.settings.checks_profile
        return parse_profiles(read_text(file, "the check profiles") if file else data.text("checks.toml"))

    @cached_property
    def decision_policy(self) -> DecisionPolicy:
        """Which findings reject or hold, and who may approve in spite of them. Raises `InvalidInput`."""
        return self.decision_policy_of(self.settings.decision_policy)

    def decision_policy_of(self, file: Path | None) -> DecisionPolicy:
        """The policy in a file; None: the shipped one. Raises `InvalidInput`."""
        from colophon.checks import CHECK_NAMES

        text = read_text(file, "the decision policy") if file else data.text("decision.toml")
        return parse_decision_policy(text, checks=CHECK_NAMES, file=str(file or "decision.toml"))

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
            logos=self.logo_finder,
            screen=self.prompt_screen(profile),
            moderation=self.moderation,
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
            policy=self.decision_policy,
        )

    def bench_of(self, generation: str) -> Bench:
        """With the checks of the profile that the campaign's brand names, and what its brief asks of this picture."""
        return self._bench_for(self.catalog.orders.progress(generation).generation)

    def _bench_for(self, wanted: Generation) -> Bench:
        campaign = self.catalog.orders.campaign(wanted.campaign)
        brief = Brief.model_validate_json(campaign.brief)
        bench = replace(self.bench_under(brief.brand.checks), intended=intended_of(brief, wanted.visual))
        visual = next((visual for visual in brief.visuals if visual.id == wanted.visual), None)
        if visual is None:  # the newest revision does not want it any more: it asks nothing of its look
            return replace(bench, asked=Asked(said=(Part("prompt", wanted.prompt),)))
        planned_on = campaign.updated_at.date()
        return replace(bench, asked=self._asked(brief, visual, wanted, planned_on))

    def _asked(self, brief: Brief, visual: Visual, wanted: Generation, planned_on: date) -> Asked:
        rules = self.rules
        wishes = [wish for wish in visual.placements or brief.placements if wish.placement in rules.placements]
        known = [rules.placements[wish.placement] for wish in wishes]
        desk = self.copy_desk
        unlabelled = [place.key for place in known if not desk.labelled(brief, place.key, planned_on)]
        return asked_of(
            brief,
            visual,
            rules.donts,
            size=(wanted.width, wanted.height),
            said=parts_of(brief, visual, rules.donts, wanted.prompt),
            places=tuple((place.key, Target(place.width, place.height, place.safe_area)) for place in known),
            disclosures=rules_on_people(self.labels.rules, brief.markets, unlabelled, self.today),
        )

    @cached_property
    def desk(self) -> Desk:
        catalog = self.catalog
        return Desk(catalog.orders, catalog.assets, catalog.reviews, self.decision_policy, self.clock)

    def examiner(self, policy_file: Path | None = None) -> Examiner:
        """Checks assets again; under another decision policy than the one in force, where a file is given."""
        policy = self.decision_policy_of(policy_file) if policy_file else self.decision_policy

        outside = replace(self.bench, policy=policy)
        _ = self.safety_engine, self.word_reader, self.moderation  # made here, not by several threads at once

        def bench_of(asset: Asset) -> Bench:
            return outside if asset.generation is None else replace(self.bench_of(asset.generation), policy=policy)

        catalog = self.catalog
        threads = self.settings.imaging_workers or cpu_count() or 1
        return Examiner(catalog.orders, catalog.reviews, self.store, bench_of, self.clock, threads=2 * threads)

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
        return make_press(self)

    @cached_property
    def despatch(self) -> Despatch:
        """Who is told what happens. Raises `InvalidInput` for a target that cannot be one."""
        return make_despatch(self)

    @cached_property
    def lab(self) -> Lab:
        return self.lab_under(self.reader)

    def lab_under(self, reader: ManifestReader) -> Lab:
        """Twice as many threads as confined processes: while one file is judged, the next is fetched."""
        workers = self.settings.imaging_workers or cpu_count() or 1
        return Lab(self.catalog.verdicts, self.store, reader, self.clock, threads=2 * workers)

    def _expected(self, route: str, model: str) -> Expected | None:
        return self.market.routes[route].expected(model) if route in self.market.routes else None
