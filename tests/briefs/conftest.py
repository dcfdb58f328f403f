"""A small brief in its folder, and a door to what is wrong with a changed one."""

from collections.abc import Callable
from pathlib import Path

import pytest

from colophon.briefs import load_brief
from colophon.errors import InvalidInput, Problem

SMALL = """\
schema_version: 1
campaign: spring-mugs
title: Spring mugs
brand: brand.yaml
visuals:
  - id: hero
    prompt: A matte ceramic mug on a sunlit oak table
    variants: 2
    colours: [{colour: sage, on: the mug}]
    references: [mug.jpg]
  - id: shelf
    prompt: Three mugs on a shelf
placements: [instagram/feed_portrait, {placement: web/card, formats: [webp]}]
budget: {currency: USD, cap: "2.00"}
"""
BRAND = """\
name: Northwind
palette:
  - {name: sage, hex: "#8A9E87", tolerance: 7.5}
"""

Problems = Callable[[str], tuple[Problem, ...]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the small brief's brand and reference."""
    home = tmp_path / "campaign"
    home.mkdir()
    (home / "brand.yaml").write_text(BRAND, encoding="utf-8")
    (home / "mug.jpg").write_bytes(b"bytes of a picture")
    (home / "brief.yaml").write_text(SMALL, encoding="utf-8")
    return home


@pytest.fixture
def small() -> str:
    return SMALL


@pytest.fixture
def problems(folder: Path) -> Problems:
    """What is wrong with a brief of this text; empty when nothing is."""

    def of(text: str, name: str = "brief.yaml") -> tuple[Problem, ...]:
        (folder / name).write_bytes(text.encode())
        try:
            load_brief(folder / name)
        except InvalidInput as error:
            return error.problems or (Problem("no_problem", "refused without saying why"),)
        return ()

    return of
