"""All ports of this process, each made, and its libraries imported, when it is first asked for."""

import atexit
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from functools import cache, cached_property
from os import cpu_count
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import httpx

from colophon import data
from colophon.bootstrap.buying import make_provider
from colophon.bootstrap.clock import SystemClock
from colophon.bootstrap.market import Market, open_market
from colophon.bootstrap.publishing import cdn_access, make_press
from colophon.bootstrap.signing import make_signer, read_text
from colophon.confined import Confined
from colophon.domain.asked import asked_of
from colophon.domain.brief import Brief
from colophon.domain.master import MasterLimits
from colophon.domain.placement import parse_placements
from colophon.domain.plan import Rules
from colophon.domain.prompt import parse_dont_rules
from colophon.domain.quality import parse_quality
from colophon.domain.route import Expected
from colophon.domain.trust import AnchorKind, TrustPolicy
from colophon.domain.trust_file import parse_policy
from colophon.errors import InvalidInput, NotFound, SigningError, SigningUnavailable
from colophon.imaging import ConfinedImaging
from colophon.ports import (
    Check,
    Clock,
    ManifestReader,
    ManifestStores,
    Provider,
    SafetyEngine,
    Shelf,
    Store,
    WordReader,
)
from colophon.services.buyer import Buyer
from colophon.services.ingest import Bench
from colophon.services.press import Press
from colophon.services.render import Workshop
from colophon.services.reverify import Lab
from colophon.settings import Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from colophon.catalog import SqlCatalog
    from colophon.checks import CheckProfile
    from colophon.provenance import C2paReader, C2paSigner
    from colophon.storage import S3Access


_SIGNING_SECONDS = 90.0  # a stamp may take as long as its service is given


class Runtime:
    """The ports under one set of settings. What a command does not touch is never opened: ``plan`` writes nothing,
    ``verify`` needs no catalog."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock = clock or SystemClock()
        self._providers: dict[str, Provider] = {}
        self._opening = Lock()

    @cached_property
    def catalog(self) -> "SqlCatalog":
        from colophon.catalog import open_catalog

        if self.settings.database_url is None and not self.settings.home.is_dir():
            raise NotFound("there is no home here yet", where=str(self.settings.home), hint="run `colophon init`")
        return open_catalog(self.settings.database)

    @cached_property
    def store(self) -> Store:
        from colophon.storage import open_store

        with _setting("COLOPHON_STORAGE_URL"):
            return open_store(self.settings.storage, s3=self._s3)

    @cached_property
    def shelf(self) -> Shelf:
        from colophon.storage import open_shelf

        with _setting("COLOPHON_CDN_URL"):
            return open_shelf(self.settings.cdn, self.settings.cdn_public_url, s3=cdn_access(self.settings, self._s3))

    @cached_property
    def confined(self) -> Confined:
        return Confined(self.settings.imaging_workers)

    @cached_property
    def signing(self) -> Confined:
        """Children that sign and do nothing else; a stamp may keep one waiting."""
        return Confined(self.settings.imaging_workers, wall_seconds=_SIGNING_SECONDS)

    @cached_property
    def imaging(self) -> ConfinedImaging:
        return ConfinedImaging(self.confined)

    @cached_property
    def trust_policy(self) -> TrustPolicy:
        """Without a home there is nobody to believe: every intact file is then ``valid``, none ``trusted``."""
        if self.settings.trust_policy is None and not self.settings.home.is_dir():
            return TrustPolicy(name="none", version="0", issued=self.today)
        return read_policy(self.settings.trust_policy_file)

    @cached_property
    def reader(self) -> "C2paReader":
        from colophon.provenance import C2paReader

        return C2paReader(self.confined, self.trust_policy, clock=self.clock.now)

    def reader_under(self, policy_file: Path | None) -> "C2paReader":
        """Judging by another policy file than the one in force; None: by that one. Raises `InvalidInput`."""
        if policy_file is None:
            return self.reader
        from colophon.provenance import C2paReader

        return C2paReader(self.confined, read_policy(policy_file), clock=self.clock.now)

    @cached_property
    def stores(self) -> ManifestStores:
        from colophon.provenance.stores import C2paStores

        return C2paStores(self.confined)

    @cached_property
    def signer(self) -> "C2paSigner":
        return make_signer(self.settings, lambda: self.trust_policy, self.clock.now, self.signing)

    @cached_property
    def _tried_signer(self) -> "C2paSigner | SigningError":
        """Tried once in a process, also when it fails: a token locks after a few wrong PINs."""
        from colophon.provenance import require_self_test

        try:
            require_self_test(self.signer, self.reader)
        except SigningUnavailable:
            raise
        except SigningError as error:
            return error
        return self.signer

    @property
    def tested_signer(self) -> "C2paSigner":
        """The signer, once it has signed a picture in every format that the reader believes. Raises `SigningError`."""
        if isinstance(self._tried_signer, SigningError):
            raise self._tried_signer
        return self._tried_signer

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
    def safety_engine(self) -> SafetyEngine | None:
        """None without the ``safety`` extra: every picture then waits for a person."""
        from colophon.checks.engine_nudenet import NudeNetEngine, available

        return NudeNetEngine() if available() else None

    @cached_property
    def word_reader(self) -> WordReader | None:
        """None without the ``ocr`` extra: a picture whose brief asks about words then waits for a person."""
        from colophon.checks.engine_rapidocr import RapidOcrReader, available

        return RapidOcrReader() if available() else None

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
    def sandbox(self) -> httpx.BaseTransport:
        from colophon.sandbox import create_app, transport  # a web framework: only where the embedded route is used

        hooks = self.settings.webhook_url is not None
        return transport(create_app(self.settings.sandbox_folder, clock=self.clock.now, hooks=hooks))

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
    def lab(self) -> Lab:
        return self.lab_under(self.reader)

    def lab_under(self, reader: ManifestReader) -> Lab:
        """Twice as many threads as confined processes: while one file is judged, the next is fetched."""
        workers = self.settings.imaging_workers or cpu_count() or 1
        return Lab(self.catalog.verdicts, self.store, reader, self.clock, threads=2 * workers)

    def open(self, *, signing: bool = True) -> None:
        """Open what a run's threads share while there is one thread: from Python 3.12 on, two that ask at the same
        moment for a part not yet made would each make one. The signer is tried out with it, before anything is
        bought; where nothing will be, what is paid for is brought home whether or not it can be signed."""
        if signing:
            _ = self.workshop
        _ = self.bench, self.buyer

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

    def provider(self, route: str) -> Provider:
        if route not in self.market.routes:
            raise InvalidInput(f"there is no route {route!r} any more", hint="`colophon doctor` lists the routes")
        with self._opening:
            if route not in self._providers:
                self._providers[route] = make_provider(self.market.routes[route], self.settings, self._embedded(route))
            return self._providers[route]

    @cached_property
    def buyer(self) -> Buyer:
        from colophon.bootstrap.purchasing import make_buyer

        return make_buyer(self)

    @property
    def today(self) -> date:
        return self.clock.now().date()

    def close(self) -> None:
        """End the child processes and give connections back."""
        for name in ("confined", "signing", "catalog", "sandbox", "safety_engine", "word_reader"):
            if (part := self.__dict__.pop(name, None)) is not None:
                part.close()

    def _expected(self, route: str, model: str) -> Expected | None:
        return self.market.routes[route].expected(model) if route in self.market.routes else None

    def _embedded(self, route: str) -> httpx.BaseTransport | None:
        return self.sandbox if self.market.routes[route].embedded else None

    @cached_property
    def _s3(self) -> "S3Access | None":
        from colophon.storage import S3Access

        s = self.settings
        if s.s3_access_key is None or s.s3_secret_key is None:
            return None
        return S3Access(
            s.s3_endpoint,
            s.s3_access_key.get_secret_value(),
            s.s3_secret_key.get_secret_value(),
            s.s3_region,
            s.s3_secure,
        )


@contextmanager
def _setting(name: str) -> Iterator[None]:
    """Say which setting it was that an adapter could not use."""
    try:
        yield
    except InvalidInput as error:
        raise InvalidInput(error.message, where=error.where or name, hint=error.hint) from error


def read_policy(file: Path) -> TrustPolicy:
    """The policy in a file; the files it names are beside it. Raises `InvalidInput`."""
    return parse_policy(
        read_text(file, "the trust policy"),
        lambda name: read_text(file.parent / name, "a certificate of the trust policy"),
        file=str(file),
    )


@cache
def runtime() -> Runtime:
    """The runtime of this process, under the settings of its environment; closed when the process ends."""
    made = Runtime(load_settings())
    atexit.register(made.close)
    return made
