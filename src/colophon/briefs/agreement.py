"""Do the parts of a brief agree with the placement table and with one another? Asked of raw values, so that these
faults are told together with all others and each at its own place."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from colophon.briefs.tree import Fault, Path, entries, parts, shown
from colophon.domain.brief import MAX_REFERENCES
from colophon.domain.placement import Placement


def placement_faults(value: Mapping[str, object], table: Mapping[str, Placement]) -> Iterator[Fault]:
    """Placements the table lacks, formats they do not take, and entries listed twice."""
    for place, part in parts(value):
        seen: set[str] = set()
        for i, entry in enumerate(entries(part, "placements")):
            key = entry.get("placement") if isinstance(entry, dict) else entry
            if not isinstance(key, str):
                continue
            here = (*place, "placements", i)
            at = (*here, "placement") if isinstance(entry, dict) else here
            if key in seen:
                yield Fault(at, "duplicate_placement", "this placement is listed twice", shown(key))
            elif key not in table:
                yield Fault(at, "unknown_placement", "no such placement", shown(key), _nearest(key, table))
            elif isinstance(entry, dict):
                yield from _format_faults(entry, (*here, "formats"), table[key])
            seen.add(key)


def member_faults(value: Mapping[str, object]) -> Iterator[Fault]:
    """Visuals with the same id, colours outside the palette, seeds that do not fit, too many references."""
    brand = value.get("brand")
    colours = {str(c["name"]) for c in entries(brand, "palette") if isinstance(c, dict) and "name" in c}
    shared = len(entries(value, "references"))
    ids: set[str] = set()
    for place, visual in parts(value):
        if not place or not isinstance(visual, dict):
            continue
        name = visual.get("id")
        if isinstance(name, str):
            if name in ids:
                yield Fault((*place, "id"), "duplicate_id", "another visual has this id", shown(name))
            ids.add(name)
        if isinstance(brand, dict):
            yield from _colour_faults(visual, place, colours)
        yield from _count_faults(visual, place, shared)


def _nearest(key: str, table: Mapping[str, Placement]) -> str:
    near = get_close_matches(key[:100].lower().replace("-", "_"), table, n=3, cutoff=0.5)
    if not near:
        near = [known for known in table if known.partition("/")[0] == key.partition("/")[0]][:12]
    return ", ".join(near) or "a channel/placement of the placement table"


def _format_faults(entry: Mapping[str, object], place: Path, placement: Placement) -> Iterator[Fault]:
    allowed = [str(f.value) for f in placement.formats]
    seen: list[object] = []
    for i, wanted in enumerate(entries(entry, "formats")):
        if not isinstance(wanted, str) or wanted not in allowed:
            message = f"{placement.key} does not take this format"
            yield Fault((*place, i), "format_not_listed", message, shown(wanted), ", ".join(allowed))
        elif wanted in seen:
            yield Fault((*place, i), "duplicate_format", "this format is listed twice", shown(wanted))
        seen.append(wanted)


def _colour_faults(visual: Mapping[str, object], place: Path, known: set[str]) -> Iterator[Fault]:
    for i, bound in enumerate(entries(visual, "colours")):
        name = bound.get("colour") if isinstance(bound, dict) else None
        if isinstance(name, str) and name not in known:
            allowed = ", ".join(shown(colour) for colour in sorted(known)[:20]) or "the brand has no palette"
            here = (*place, "colours", i, "colour")
            yield Fault(here, "unknown_colour", "the brand's palette lacks this colour", shown(name), allowed)


def _count_faults(visual: Mapping[str, object], place: Path, shared: int) -> Iterator[Fault]:
    seeds, variants = entries(visual, "seeds"), visual.get("variants", 1)
    if seeds and type(variants) is int and 1 <= variants <= 64 and len(seeds) != variants:
        wanted = f"{variants} seeds, one for each variant, or none"
        yield Fault((*place, "seeds"), "seed_count", "seeds and variants differ in number", shown(seeds), wanted)
    if len({str(seed) for seed in seeds}) != len(seeds):
        message = "two variants with the same seed would be bought twice"
        yield Fault((*place, "seeds"), "duplicate_seed", message, shown(seeds))
    own = len(entries(visual, "references"))
    if own + shared > MAX_REFERENCES and own <= MAX_REFERENCES and shared <= MAX_REFERENCES:
        message = "too many references, counted with those of the whole brief"
        limit = f"at most {MAX_REFERENCES}"
        yield Fault((*place, "references"), "too_many_references", message, str(own + shared), limit)
