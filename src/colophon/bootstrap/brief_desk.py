"""Briefs that come over the network: planned and registered without a file of this machine being named by them."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any

from colophon.bootstrap.planning import Planned, open_for_run, plan_loaded, register_plan, usual_sources
from colophon.bootstrap.purchasing import everybodys_limit
from colophon.bootstrap.runtime import Runtime
from colophon.briefs import load_brief_text
from colophon.briefs.document import parse_document
from colophon.briefs.plain import Document, as_yaml, plain_document
from colophon.briefs.references import is_file
from colophon.domain.board import Brands
from colophon.domain.brand import Brand
from colophon.domain.brief import Brief
from colophon.errors import InvalidInput, NotAllowed, NotFound, Problem
from colophon.ports import Orders
from colophon.services.ingest import ingest_content
from colophon.services.limits import within_limit
from colophon.services.plan import Sources, within_cap, within_what_is_left

FILE = "brief.yaml"
MOST_BRANDS = 200
RESERVED = frozenset({"new"})  # addresses of pages
_MOST_UPLOADS = 200
_KEPT_SECONDS, _KEPT_BYTES = 600.0, 64 * 2**20
_PLAIN_NAME = re.compile(r"\w[\w .,&'+-]{0,59}")  # of a file: one step of a path, 240 bytes at most, not hidden
_NOT_FILES = frozenset({"no_folder", "missing_file", "outside_folder", "not_a_file"})


@dataclass(frozen=True, slots=True)
class Orderer:
    """Who hands a brief in. ``may_order`` says for which brands, ``sees`` which brand's pictures (None: of none) they
    may use as references."""

    name: str
    may_order: Callable[[str], bool]
    sees: Callable[[str | None], bool]


@dataclass(slots=True)
class BriefDesk:
    """May be shared by threads."""

    rt: Runtime
    _fetched: "_Fetched" = field(default_factory=lambda: _Fetched())
    _uploads: dict[str, set[str]] = field(default_factory=dict)

    def brands(self, seen: Brands) -> list[str]:
        """Names of brands that campaigns on record are for."""
        return list(self.rt.catalog.boards.brands(seen, limit=MOST_BRANDS))

    def brand(self, name: str, by: Orderer) -> Document:
        """A known brand as its newest campaign has it. Raises `NotFound`, also for one they may not order for."""
        slug = self.rt.catalog.boards.brands(frozenset({name}), limit=1).get(name)
        if slug is None or not by.may_order(name):
            raise NotFound(f"there is no brand {name[:80]!r} here", where="brand")
        document: Document = plain_document(self.rt.catalog.orders.campaign(slug).brief)["brand"]
        return document

    def plan(
        self, text: str | bytes, by: Orderer, *, brand: str = "", fetch: bool = True, route: str | None = None
    ) -> Planned:
        """Validate, resolve and price a brief. ``brand`` is a known one in the place of the file that the brief names;
        without it, a brief may name a known brand where a file would be. ``route`` wins over the brief's.
        Without ``fetch`` nothing is asked of other hosts that was not a little while ago. Writes nothing, spends
        nothing. Raises `InvalidInput`, `NotAllowed`, `NotFound`."""
        known = self.brand(brand, by) if brand else self._by_name(_document(text).get("brand"), by)
        with self._folder(text, known, by) as folder:
            try:
                loaded = load_brief_text(text, FILE, folder)
            except InvalidInput as error:
                raise _without_files(error) from error
            self._may(loaded.brief, by)
            return plan_loaded(loaded, route, self.rt, file=FILE, sources=self._sources(by, fetch))

    def upload(self, content: bytes, by: Orderer) -> str:
        """A picture to be shown to the model, as an asset from outside; its id. Whoever brought it may use it, whatever
        brands they may see, as long as this process lives. Raises `PictureError`."""
        asset = ingest_content(content, bench=self.rt.bench).id
        own = self._uploads.setdefault(by.name, set())
        if len(own) >= _MOST_UPLOADS:
            own.clear()
        own.add(asset)
        return asset

    def doubts(self, planned: Planned, by: Orderer) -> list[InvalidInput]:
        """Why a valid plan may not be ordered: its cap, or what of it or of the orderer's own limit is left."""
        rt = self.rt
        try:
            within_cap(planned.plan)
            within_what_is_left(planned.plan, self._orders)
            within_limit(planned.plan, by.name, everybodys_limit(rt.settings), rt.clock.now(), catalog=rt.catalog)
        except InvalidInput as error:
            return [error]
        return []

    @property
    def _orders(self) -> Orders:
        return self.rt.catalog.orders

    def register(self, planned: Planned, by: Orderer, *, publish: bool = False) -> str:
        """Make the plan its campaign's newest revision, ready to run. Raises `InvalidInput` over the cap, and what
        opening keys and stores raises: before anything is ordered."""
        self._may(planned.order.brief, by)
        within_cap(planned.plan)
        open_for_run(planned, self.rt, publish=publish)
        campaign = register_plan(planned, self.rt, by=by.name)
        self.rt.catalog.events.note("order", campaign, body={"revision": planned.plan.revision}, by=by.name)
        return campaign

    def _may(self, brief: Brief, by: Orderer) -> None:
        """For its brand, and where the campaign is there already, for the brand that has it now."""
        if not by.may_order(brief.brand.name):
            raise NotAllowed(f"you may not order for the brand {brief.brand.name}", where="brand.name")
        try:
            taken = brief.campaign in RESERVED or not by.may_order(self._orders.campaign(brief.campaign).brand)
        except NotFound:
            taken = False
        if taken:
            problem = Problem("taken", "this name is taken", FILE, path="campaign", found=brief.campaign)
            raise InvalidInput.of([problem], hint="give the campaign another name")

    def _sources(self, by: Orderer, fetch: bool) -> Sources:
        usual, catalog = usual_sources(self.rt), self.rt.catalog

        def from_catalog(asset: str) -> bytes:
            campaign = catalog.assets.get(asset).campaign
            try:
                brand: str | None = catalog.orders.campaign(campaign).brand
            except NotFound:  # brought in from outside
                brand = None
            if not by.sees(brand) and asset not in self._uploads.get(by.name, ()):
                raise NotFound(f"there is no asset {asset}")
            return usual.from_catalog(asset)

        def from_web(address: str) -> bytes:
            return self._fetched.of(address, usual.from_web if fetch else None)

        return replace(usual, from_web=from_web, from_catalog=from_catalog)

    @contextmanager
    def _folder(self, text: str | bytes, known: Document | None, by: Orderer) -> Iterator[Path | None]:
        """A folder with nothing in it but what the catalog has already: fonts and logos of a known brand, the pictures
        this campaign's newest brief was registered with, by the digests on record, and the brand itself under the name
        the brief gives its file. None where none of it is wanted."""
        document = _document(text)
        named = document.get("brand")
        brand = known if known is not None else self._own(named, by)
        files = [*_brand_files(brand), *self._registered_with(document.get("campaign"), by)]
        as_file = known is not None and isinstance(named, str) and bool(_PLAIN_NAME.fullmatch(named))
        if not files and not as_file:
            yield None
            return
        with TemporaryDirectory(prefix="colophon-brief-") as made:
            folder = Path(made)
            if as_file:
                (folder / str(named)).write_text(as_yaml(known or {}), encoding="utf-8")
            for name, digest in files:
                self._put(folder, name, digest)
            yield folder

    def _by_name(self, named: object, by: Orderer) -> Document | None:
        try:
            return self.brand(named, by) if isinstance(named, str) and named else None
        except NotFound:
            return None

    def _own(self, named: object, by: Orderer) -> Document | None:
        """The brand on record, where one written into the brief itself names files by their digests."""
        if not isinstance(named, dict):
            return None
        listed = [named.get(kind) for kind in ("fonts", "logos")]
        files = [each for part in listed if isinstance(part, list) for each in part if isinstance(each, dict)]
        if not any("sha256" in each for each in files):
            return None
        try:
            return self.brand(str(named.get("name")), by)
        except NotFound:
            return None

    def _registered_with(self, campaign: object, by: Orderer) -> list[tuple[str, str]]:
        """Names and digests of the files among the references of a campaign's newest brief."""
        try:
            record = self._orders.campaign(campaign) if isinstance(campaign, str) else None
        except (NotFound, InvalidInput):
            record = None
        if record is None or not by.may_order(record.brand):
            return []
        brief = Brief.model_validate_json(record.brief)
        references = [*brief.references, *(each for visual in brief.visuals for each in visual.references)]
        return [(each.image, each.sha256) for each in references if each.sha256 and is_file(each.image)]

    def _put(self, folder: Path, named: str, digest: str) -> None:
        """Under its name where that is a plain one below the folder."""
        name = PurePosixPath(named)
        if name.is_absolute() or ".." in name.parts or "\\" in named or "~" in named:
            return
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.rt.store.get(digest))


def _brand_files(document: Document | None) -> list[tuple[str, str]]:
    if document is None:
        return []
    brand = Brand.model_validate(document)
    return [(file.name, file.sha256) for file in (*brand.fonts, *brand.logos) if file.sha256]


class _Fetched:
    """Pictures that were fetched a little while ago, so that each change of a brief does not fetch them anew."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: dict[str, tuple[float, bytes]] = {}

    def of(self, address: str, fetch: Callable[[str], bytes] | None) -> bytes:
        """Raises what fetching raises, and `InvalidInput` where it is not at hand and may not be fetched."""
        now = time.monotonic()
        with self._lock:
            self._kept = {name: each for name, each in self._kept.items() if now - each[0] < _KEPT_SECONDS}
            if address in self._kept:
                return self._kept[address][1]
        if fetch is None:
            raise InvalidInput("is not fetched while you type: plan it to have it looked at")
        content = fetch(address)
        with self._lock:
            self._kept[address] = now, content
            while sum(len(each[1]) for each in self._kept.values()) > _KEPT_BYTES:
                del self._kept[min(self._kept, key=lambda name: self._kept[name][0])]
        return content


def _document(text: str | bytes) -> dict[str, Any]:
    """As far as it can be read; what is wrong with it the loader says."""
    try:
        return dict(parse_document(text.encode("utf-8", "replace") if isinstance(text, str) else text, FILE).value)
    except InvalidInput:
        return {}


def _without_files(error: InvalidInput) -> InvalidInput:
    """In the words of somebody whose brief came without a folder."""
    return InvalidInput.of([_reworded(problem) for problem in error.problems], hint=error.hint)


def _reworded(problem: Problem) -> Problem:
    if problem.code not in _NOT_FILES:
        return problem
    if "references" in problem.path:
        message = "a brief from here names no files: upload the picture, or name it by asset:ID or https"
        return replace(problem, message=message, allowed="asset:ID or an https address")
    if problem.path == "brand":
        message = "the brand is not a file here: choose one that is known, or write the brand itself"
        return replace(problem, message=message, allowed="a known brand, or the brand itself")
    return replace(problem, message="a brief from here names no files", allowed="files of a brand that is known here")
