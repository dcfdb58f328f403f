"""What is public follows the newest words of the brief."""

from __future__ import annotations

from typing import TYPE_CHECKING

from colophon.services.publish import publish

if TYPE_CHECKING:
    from tests.services.conftest import World


def public_files(world: World) -> list[bytes]:
    return [path.read_bytes() for path in (world.settings.home / "cdn").rglob("*.jpg")]


def test_a_prompt_that_is_withdrawn_leaves_the_public_files(world: World) -> None:
    visuals = [{"id": "hero", "prompt": "A mug painted with unannounced news"}]
    _, [first] = world.approved(visuals=visuals, disclosure={"prompts": True})
    publish("spring", press=world.rt.press)
    assert [b"unannounced" in content for content in public_files(world)] == [True]
    world.register(visuals=visuals, disclosure={"prompts": False})
    world.work_off("spring")
    difference = publish("spring", press=world.rt.press)
    assert (len(difference.added), difference.removed) == (1, (first.id,))
    assert [b"unannounced" in content for content in public_files(world)] == [False]
    again = publish("spring", press=world.rt.press)
    assert (again.added, again.removed) == ((), ())
    world.register(visuals=visuals, disclosure={"prompts": True})
    world.work_off("spring")
    assert publish("spring", press=world.rt.press).added == (first.id,)
    assert len(world.invoice) == 1
