"""What a brand names of its own for layouts: templates, which are read into the brief, and fonts and logos, of which
the digests are."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from colophon import data
from colophon.briefs.document import MAX_BYTES
from colophon.briefs.references import NotUsable, ReferenceFiles, inside
from colophon.briefs.sources import Sources
from colophon.briefs.tree import Fault, entries, parts, shown
from colophon.domain.brand import Brand, BrandFont, BrandLogo
from colophon.domain.template import NONE, parse_layouts, parse_templates
from colophon.errors import InvalidInput

_LAYOUTS = ("brand", "layouts")
_KINDS: tuple[tuple[str, type[BrandFont] | type[BrandLogo]], ...] = (("fonts", BrandFont), ("logos", BrandLogo))


def with_layouts(sources: Sources, folder: Path | None) -> Sources:
    """With the templates of the file that the brand names in the place of its name, as with the brand file itself.
    What is wrong with that file is noted, not raised."""
    brand = sources.value.get("brand")
    name = brand.get("layouts") if isinstance(brand, dict) else None
    if not isinstance(brand, dict) or not isinstance(name, str):
        return sources
    templates: Mapping[str, object] = {}
    problems, unread = sources.problems, sources.unread
    try:
        templates = parse_templates(_text(folder, _beside(sources, name)), file=name[:80])
    except NotUsable as reason:
        allowed = "a TOML file of templates beside the brand file, or the templates themselves"
        fault = Fault(_LAYOUTS, reason.code, reason.message, shown(name), allowed)
        problems, unread = (*problems, sources.problem(fault)), (*unread, _LAYOUTS)
    except InvalidInput as error:
        problems, unread = (*problems, *error.problems), (*unread, _LAYOUTS)
    value = {**sources.value, "brand": {**brand, "layouts": templates}}
    return replace(sources, value=value, problems=problems, unread=unread)


def brand_faults(sources: Sources, files: ReferenceFiles) -> Iterator[Fault]:
    """Fonts and logos that cannot be read, and layouts that nobody has."""
    brand = sources.value.get("brand")
    for member, kind in _KINDS:
        for i, entry in enumerate(entries(brand, member)):
            name = entry.get("name") if isinstance(entry, dict) else entry
            if not isinstance(name, str) or not kind.model_construct(name=name).is_file:
                continue
            digest = entry.get("sha256") if isinstance(entry, dict) else None
            try:
                if digest not in (None, files.digest(_beside(sources, name))):
                    raise NotUsable("file_changed", "the file is not the one this sha256 names")
            except NotUsable as reason:
                yield Fault(
                    ("brand", member, i), reason.code, reason.message, shown(name), "a file beside the brand file"
                )
    own = brand.get("layouts") if isinstance(brand, dict) else None
    yield from _layout_faults(sources.value, own if isinstance(own, dict) else {})


def pinned_brand(brand: Brand, sources: Sources, files: ReferenceFiles) -> Brand:
    """With the digest of every font and logo that is a file, under its path from the brief's folder."""
    fonts = tuple(font.model_copy(update=_pinned(font, sources, files)) for font in brand.fonts)
    logos = tuple(logo.model_copy(update=_pinned(logo, sources, files)) for logo in brand.logos)
    return brand.model_copy(update={"fonts": fonts, "logos": logos})


def _pinned(one: BrandFont | BrandLogo, sources: Sources, files: ReferenceFiles) -> dict[str, str]:
    if not one.is_file:
        return {}
    name = _beside(sources, one.name)
    return {"name": name, "sha256": files.digest(name)}


def _beside(sources: Sources, name: str) -> str:
    """A path from the brief's folder, of what is named in the brand file."""
    written = sources.brief.value.get("brand")
    folder = PurePosixPath(written).parent if isinstance(written, str) else PurePosixPath()
    return str(folder / name)


def _text(folder: Path | None, name: str) -> str:
    try:
        with inside(folder, name).open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise NotUsable("too_large", f"this file has more than {MAX_BYTES} bytes")
        return content.decode()
    except OSError:
        raise NotUsable("unreadable", "this file cannot be read") from None
    except UnicodeDecodeError:
        raise NotUsable("not_utf8", "this is not UTF-8 text") from None


def _layout_faults(value: Mapping[str, object], own: Mapping[str, object]) -> Iterator[Fault]:
    known = [NONE, *own, *parse_layouts(data.text("templates.toml")).templates]
    for place, part in parts(value):
        named = [((*place, "layout"), part.get("layout"))] if isinstance(part, dict) else []
        for i, wish in enumerate(entries(part, "placements")):
            if isinstance(wish, dict):
                named.append(((*place, "placements", i, "layout"), wish.get("layout")))
        for at, name in named:
            if isinstance(name, str) and name not in known:
                yield Fault(at, "unknown_layout", "no such layout", shown(name), ", ".join(known[:20]))
