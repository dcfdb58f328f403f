"""Pictures that are not what was ordered: bought at one dialect of the sandbox, then examined.

No adapter decodes a picture, and what examines it knows no vendor: one dialect stands for all of them.
"""

import pytest

from colophon.domain.generation import GenerationState
from tests.services.conftest import World, confined, finished_home, open_world, world

__all__ = ["confined", "finished_home", "open_world", "world"]

REJECTED, ASSET = GenerationState.REJECTED, GenerationState.ASSET


@pytest.mark.parametrize(
    ("fault", "state", "code"),
    [
        ("wrong_size", REJECTED, "check_failed"),
        ("wrong_shape", REJECTED, "check_failed"),
        ("wrong_format", ASSET, ""),
        ("blank_result", REJECTED, "check_failed"),
        ("other_picture", ASSET, ""),
        ("same_picture", ASSET, ""),
        ("truncated", REJECTED, "picture_undecodable"),
        ("not_a_picture", REJECTED, "picture_format"),
        ("two_pictures", ASSET, ""),
        ("data_uri", ASSET, ""),
    ],
)
def test_what_was_paid_for_is_kept_and_what_it_is_decides(
    world: World,
    fault: str,
    state: GenerationState,
    code: str,
) -> None:
    generation = world.one()
    world.faults(fault)
    world.submit(generation)
    assert world.collect(generation) is GenerationState.DELIVERED
    assert world.ingest(generation) is state
    progress = world.progress(generation)
    assert (progress.state, progress.problem_code or "") == (state, code), progress.problem
    assert progress.original_sha256 is not None
    assert world.rt.store.exists(progress.original_sha256)
    assert [row for row in world.ledger() if row[0] == "charge"] == [("charge", "0.03", "settled")]
    assert len(world.invoice) == 1


def test_a_picture_that_another_order_already_has_is_rejected(world: World) -> None:
    """The vendor gives two orders the same pixels and bills both."""
    first, second = world.one("spring"), world.one("autumn")
    world.faults("same_picture")
    states = []
    for generation in (first, second):
        world.submit(generation)
        world.collect(generation)
        states.append(world.ingest(generation))
    assert states == [ASSET, REJECTED]
    assert len(world.invoice) == 2
