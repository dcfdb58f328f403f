"""How good a rendition has to look: floors by place and format, as rows of a table.

Points are those of SSIMULACRA 2 as `colophon.confined.similarity` estimates them: about 70 is high quality, from 80 on
most people see no difference side by side, from 90 on none in quick alternation.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from colophon.domain.placement import PictureFormat
from colophon.errors import InvalidInput, Problem

SAME_SIDE_BY_SIDE = 80.0

Points = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
Floors = Mapping[PictureFormat, Points]
_FLOORS: TypeAdapter[Floors] = TypeAdapter(dict[PictureFormat, Points])


@dataclass(frozen=True, slots=True)
class QualityTable:
    """Floors by the name of a placement (``web/hero``), of a channel (``web``), or ``default``."""

    rows: Mapping[str, Floors]

    def floor(self, placement: str, form: PictureFormat) -> float:
        """Points that a file for ``placement`` (channel/name) has to reach: the placement's own, else its channel's,
        else the default's."""
        for name in (placement, placement.partition("/")[0]):
            if form in (floors := self.rows.get(name, {})):
                return floors[form]
        return self.rows["default"][form]


def parse_quality(text: str, *, file: str = "quality.toml") -> QualityTable:
    """Raises `InvalidInput` with every problem; ``default`` has to say something about each format."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput.of([Problem("bad_toml", str(error), file=file)]) from error
    rows: dict[str, Floors] = {}
    problems: list[Problem] = []
    for name, table in tables.items():
        try:
            rows[name] = _FLOORS.validate_python(table)
        except ValidationError as error:
            problems += [
                Problem("bad_quality", detail["msg"], file=file, path=".".join(map(str, (name, *detail["loc"]))))
                for detail in error.errors(include_url=False)
            ]
    missing = [form.value for form in PictureFormat if form not in rows.get("default", {})]
    if missing and not problems:
        problems.append(Problem("no_default", f"no floor for {', '.join(missing)}", file=file, path="default"))
    if problems:
        raise InvalidInput.of(problems)
    return QualityTable(rows)
