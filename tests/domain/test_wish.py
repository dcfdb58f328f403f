"""The same wish in whatever case, spacing and punctuation; another for anything that changes a picture."""

from dataclasses import replace
from typing import Any

import pytest

from colophon.domain.brief import Safety
from colophon.domain.generation import Generation
from colophon.domain.money import Estimate, Money
from colophon.domain.wish import spoken, wish_of

ONE = Generation(
    id="gen_1", campaign="mugs", visual="hero", variant=1, master="m1", width=1024, height=768, route="sandbox",
    model="flux-2-pro", seed=7, prompt="A matte mug, on an oak table.", structure="{}", safety=Safety.STRICT,
    references=(), cost=Estimate(Money.of("0.03"), Money.of("0.05")),
)  # fmt: skip


@pytest.mark.parametrize(
    "prompt",
    [
        "a matte mug on an oak table",
        "A  MATTE\nmug — on an “oak” table!",
        "\uff21 matte mug, on an oak table",
    ],
)
def test_the_same_words_are_the_same_wish(prompt: str) -> None:
    assert wish_of(replace(ONE, prompt=prompt, id="gen_2", campaign="caps", visual="b", variant=3)) == wish_of(ONE)


@pytest.mark.parametrize(
    "change",
    [
        {"prompt": "A matte mug, on an elm table."},
        {"prompt": "An oak table, on a matte mug."},
        {"seed": 8},
        {"model": "flux-2-max"},
        {"width": 768, "height": 1024},
    ],
)
def test_other_words_seed_model_or_size_are_another_wish(change: dict[str, Any]) -> None:
    assert wish_of(replace(ONE, **change)) != wish_of(ONE)


def test_words_of_any_script_count() -> None:
    assert spoken("Кружка, ЧАШКА") == "кружка чашка"
    assert spoken("白い マグ。") == "白い マグ"
    assert spoken("!?") == ""
