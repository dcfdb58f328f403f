"""What a brief asks of the look of its pictures reaches the checks."""

from colophon.domain.finding import Finding, Verdict
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
