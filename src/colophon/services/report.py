"""The report of a campaign: one page that needs no other file, to be read, printed and kept."""

from collections.abc import Iterator, Mapping
from typing import IO

from jinja2 import Environment

from colophon.services.compliance import View
from colophon.services.report_views import BASIS_WORDS, picture_view, summary_view
from colophon.services.spool import Spool
from colophon.services.thumbnails import Thumbnails


def write_report(spool: Spool, out: IO[bytes], template: str, thumbnails: Thumbnails) -> None:
    """Written picture by picture. All text is escaped: prompts, names and reasons come from outside."""

    def pictures() -> Iterator[View]:
        for part in spool.parts():
            view = picture_view(part, thumbnails)
            if view is not None:
                yield view

    words = {
        "campaign": spool.campaign,
        "latest": spool.latest,
        "counts": spool.counts,
        "basis": BASIS_WORDS,
        "summary": summary_view(spool.parts()),
        "pictures": pictures(),
    }
    for chunk in _environment().from_string(template).generate(words):
        out.write(chunk.encode("utf-8", "replace"))


def page_text(template: str, words: Mapping[str, object]) -> str:
    return _environment().from_string(template).render(words)


def _environment() -> Environment:
    made = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    made.filters["when"] = _when
    return made


def _when(moment: str | None) -> str:
    """To the second, for people: ``2026-11-28 20:49:48 UTC``."""
    return "not on record" if moment is None else f"{moment[:10]} {moment[11:19]} UTC"
