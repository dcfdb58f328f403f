"""The pictures a brief shows to the model: found, fetched, and looked at before anything is planned on them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from colophon.domain.asset import sha256
from colophon.domain.brief import Brief, Reference
from colophon.domain.generation import ReferenceUse
from colophon.errors import ColophonError, InvalidInput, Problem, ProviderError
from colophon.ports import Imaging

Fetch = Callable[[str], bytes]
ASSET = "asset:"


@dataclass(frozen=True, slots=True)
class Resolved:
    """A reference's bytes and, for each place it is used in, its digest, role and size."""

    use: ReferenceUse
    content: bytes
    media_type: str


def resolve_references(
    brief: Brief, folder: Path, *, imaging: Imaging, from_web: Fetch, from_catalog: Fetch
) -> Mapping[str, Resolved]:
    """Every reference of a brief by the name written there: a file in ``folder``, an https address through
    ``from_web``, an asset through ``from_catalog``. Raises `InvalidInput` naming each that is not a usable picture."""
    found: dict[str, Resolved] = {}
    problems: list[Problem] = []
    for path, reference in _places(brief):
        if reference.image in found:
            continue
        try:
            content = _content(reference, folder, from_web, from_catalog)
            facts = imaging.inspect(content)
            use = ReferenceUse(sha256(content), reference.role, facts.width, facts.height)
            found[reference.image] = Resolved(use, content, facts.format.media_type)
        except ProviderError as error:
            problems.append(_problem(path, reference, f"cannot be fetched: {error.message}"))
        except OSError as error:
            problems.append(_problem(path, reference, f"cannot be read: {error.strerror or error}"))
        except ColophonError as error:
            problems.append(_problem(path, reference, error.message))
    if problems:
        raise InvalidInput.of(problems, hint="give a PNG, JPEG, WebP or AVIF picture that is there")
    return found


def _places(brief: Brief) -> list[tuple[str, Reference]]:
    shared = [(f"references[{i}]", r) for i, r in enumerate(brief.references)]
    own = [
        (f"visuals[{v}].references[{i}]", r)
        for v, visual in enumerate(brief.visuals)
        for i, r in enumerate(visual.references)
    ]
    return shared + own


def _content(reference: Reference, folder: Path, from_web: Fetch, from_catalog: Fetch) -> bytes:
    if reference.image.startswith(ASSET):
        return from_catalog(reference.image.removeprefix(ASSET))
    if reference.image.startswith("https://"):
        return from_web(reference.image)
    return (folder / reference.image).read_bytes()


def _problem(path: str, reference: Reference, message: str) -> Problem:
    return Problem("bad_reference", f"reference {message}", path=path, found=reference.image[:80])
