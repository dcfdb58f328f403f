"""The graph of one export, read from the catalog once and kept in a file without a name.

So everything written from it agrees, however the catalog moves meanwhile."""

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from colophon.domain.counting import Counting
from colophon.domain.lineage import Counts, Lineage


class Spool:
    """Made of parts, which it gives back as often as they are asked for. Closing it removes it."""

    def __init__(self, campaign: str, parts: Iterable[Lineage], folder: Path) -> None:
        self.campaign = campaign
        counting = Counting()
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by `close`
        try:
            for part in parts:
                counting.add(part)
                self._file.write(part.model_dump_json(exclude_defaults=True).encode() + b"\n")
        except BaseException:
            self._file.close()
            raise
        self.counts: Counts = counting.counts
        self.latest = counting.latest
        self.earliest = next(node.at for part in self.parts() for node in part.nodes if node.at)  # the first revision

    def parts(self) -> Iterator[Lineage]:
        """One reader at a time."""
        self._file.seek(0)
        for line in self._file:
            yield Lineage.model_validate_json(line)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()
