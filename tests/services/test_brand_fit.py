"""What a brief asks of the look of its pictures reaches the checks."""

from collections.abc import Sequence

from colophon.domain.asset import AssetState
from colophon.domain.finding import Finding, Verdict
from colophon.domain.words import Reading
from colophon.errors import CheckError
from colophon.services.ingest import ingest_file
from tests.services.conftest import World

BLUE = {"name": "harbour blue", "hex": "#2B577A"}


def finding(world: World, asset: str, name: str) -> Finding:
    [found] = [finding for finding in world.rt.catalog.assets.findings(asset) if finding.name == name]
    return found


def test_a_bought_picture_is_judged_by_the_palette_of_its_brand(world: World) -> None:
    asset = world.bought(brand={"name": "Harbour", "palette": [BLUE]})
    found = finding(world, asset.id, "palette")
    assert "harbour blue #2B577A" in found.reasons[0]
    assert found.score is not None
    assert found.parameters["palette"] == [{**BLUE, "role": "primary", "tolerance": 6.0}]


def test_a_picture_from_outside_is_asked_nothing(world: World) -> None:
    bought = world.bought(brand={"name": "Harbour", "palette": [BLUE]})
    file = world.folder / "copy.png"
    file.write_bytes(world.rt.store.get(bought.sha256) + b" ")
    found = finding(world, ingest_file(file, bench=world.rt.bench).id, "palette")
    assert (found.verdict, found.score) == (Verdict.PASS, None)
    assert found.reasons == ("no palette was asked for, so no colour was judged",)


class StatedReader:
    """Reads what it is told to; ``lines`` None: it died."""

    name, version = "stated", "1"

    def __init__(self, lines: Sequence[str] | None) -> None:
        self.lines = lines

    def read(self, content: bytes) -> Sequence[Reading]:
        if self.lines is None:
            raise CheckError("the reader ended", reason="limits")
        return [Reading(line, 0.99, 0.2) for line in self.lines]

    def close(self) -> None:
        """Holds nothing."""


NORTHWIND = {"name": "Northwind", "dont": ["no text"], "banned_concepts": ["casino"]}


def read_as(world: World, lines: Sequence[str] | None, name: str) -> tuple[AssetState, Finding]:
    world.rt.__dict__["word_reader"] = StatedReader(lines)
    asset = world.bought(name, brand=NORTHWIND, copy={"in_scene": ["Open late"]})
    return asset.state, finding(world, asset.id, "words")


def test_words_read_in_a_picture_are_compared_with_its_brief(world: World) -> None:
    state, found = read_as(world, ["Open late"], "spring")
    assert (state, found.verdict) == (AssetState.CHECKED, Verdict.PASS)
    state, found = read_as(world, ["Opan late", "BIG SALE", "Royal Casino"], "summer")
    assert (state, found.verdict) == (AssetState.HELD, Verdict.REVIEW)
    said = " | ".join(found.reasons)
    for words in ("'Open late' is wanted", "'BIG SALE' is read where no text", "'casino' is banned"):
        assert words in said


def test_a_reader_that_dies_holds_the_picture_and_the_campaign_goes_on(world: World) -> None:
    state, found = read_as(world, None, "spring")
    assert (state, found.verdict) == (AssetState.HELD, Verdict.UNKNOWN)
    assert found.reasons == ("the reader ended",)
    assert read_as(world, ["Open late"], "summer")[0] is AssetState.CHECKED


def test_without_a_reader_only_pictures_with_words_asked_of_them_wait(world: World) -> None:
    world.rt.__dict__["word_reader"] = None
    asked = world.bought("spring", brand=NORTHWIND)
    plain = world.bought("summer")
    assert finding(world, asked.id, "words").verdict is Verdict.UNKNOWN
    assert (plain.state, finding(world, plain.id, "words").verdict) == (AssetState.CHECKED, Verdict.PASS)
