"""The adapters of this process, each made, and its libraries imported, when it is first asked for."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from colophon.bootstrap.cdn import cdn_access
from colophon.bootstrap.clock import SystemClock
from colophon.bootstrap.notify import enrol
from colophon.bootstrap.screening import make_moderation
from colophon.bootstrap.signing import make_signer, read_policy
from colophon.confined import Confined
from colophon.domain.trust import TrustPolicy
from colophon.errors import InvalidInput, NotFound, SigningError, SigningUnavailable
from colophon.imaging import ConfinedImaging
from colophon.ports import Clock, LogoFinder, ManifestStores, ModerationService, SafetyEngine, Shelf, Store, WordReader
from colophon.services.miniatures import Miniatures
from colophon.settings import Settings

if TYPE_CHECKING:
    from colophon.catalog import SqlCatalog
    from colophon.provenance import C2paReader, C2paSigner
    from colophon.storage import S3Access

_PICTURE_CACHE = 512 * 2**20  # bytes of small pictures, some 20,000 of them
_SIGNING_SECONDS = 90.0  # a stamp may take as long as its service is given


class Adapters:
    """The ports under one set of settings. What a command does not touch is never opened: ``plan`` writes nothing,
    ``verify`` needs no catalog."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock = clock or SystemClock()

    @cached_property
    def catalog(self) -> "SqlCatalog":
        from colophon.catalog import open_catalog

        if self.settings.database_url is None and not self.settings.home.is_dir():
            raise NotFound("there is no home here yet", where=str(self.settings.home), hint="run `colophon init`")
        made = open_catalog(self.settings.database)
        enrol(made.outbox, self)  # before anything happens that they are to be told of
        return made

    @cached_property
    def store(self) -> Store:
        from colophon.storage import open_store

        with setting_named("COLOPHON_STORAGE_URL"):
            return open_store(self.settings.storage, s3=self.s3)

    @cached_property
    def shelf(self) -> Shelf:
        from colophon.storage import open_shelf

        with setting_named("COLOPHON_CDN_URL"):
            return open_shelf(self.settings.cdn, self.settings.cdn_public_url, s3=cdn_access(self.settings, self.s3))

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
    def miniatures(self) -> Miniatures:
        from colophon.storage.cache import FolderCache

        return Miniatures(self.store, self.imaging, FolderCache(self.settings.picture_cache, _PICTURE_CACHE))

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
    def safety_engine(self) -> SafetyEngine | None:
        """None without the ``safety`` extra: every picture then waits for a person."""
        from colophon.checks.engine_nudenet import NudeNetEngine, available
        from colophon.checks.looked_once import LookedOnce

        return LookedOnce(NudeNetEngine()) if available() else None

    @cached_property
    def moderation(self) -> ModerationService | None:
        """None unless a service is set up: it is shown every picture."""
        return make_moderation(self.settings.moderation)

    @cached_property
    def word_reader(self) -> WordReader | None:
        """None without the ``ocr`` extra: a picture whose brief asks about words then waits for a person."""
        from colophon.checks.engine_rapidocr import RapidOcrReader, available

        return RapidOcrReader() if available() else None

    @cached_property
    def logo_finder(self) -> LogoFinder:
        from colophon.checks.logo_finder import StoredLogos

        return StoredLogos(self.confined, lambda digest: self.store.get(digest))

    @property
    def today(self) -> date:
        return self.clock.now().date()

    def close(self) -> None:
        """End the child processes and give connections back."""
        for name in ("confined", "signing", "catalog", "safety_engine", "word_reader", "moderation"):
            if (part := self.__dict__.pop(name, None)) is not None:
                part.close()

    @cached_property
    def s3(self) -> "S3Access | None":
        """None where no keys are set."""
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
def setting_named(name: str) -> Iterator[None]:
    """Say which setting it was that an adapter could not use."""
    try:
        yield
    except InvalidInput as error:
        raise InvalidInput(error.message, where=error.where or name, hint=error.hint) from error
