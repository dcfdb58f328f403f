"""A brief and its brand file as one value, whose faults find back to the file and line they are in."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath

from colophon.briefs.document import read_document
from colophon.briefs.references import NotUsable, inside, is_file
from colophon.briefs.tree import Fault, Tree, shown
from colophon.briefs.tree import Path as Place
from colophon.errors import InvalidInput, Problem


@dataclass(frozen=True, slots=True)
class Sources:
    """``brand`` is the brand file's document, None where the brand stands in the brief itself."""

    brief: Tree
    brand: Tree | None
    value: Mapping[str, object]
    problems: tuple[Problem, ...]
    unread: tuple[Place, ...]

    def problem(self, fault: Fault) -> Problem:
        tree, path = self._home(fault.path)
        return tree.problem(Fault(path, fault.code, fault.message, fault.found, fault.allowed))

    def found(self, path: Place) -> object:
        """What was written at a place; None where nothing was."""
        tree, path = self._home(path)
        place = tree.nearest(path)
        value = tree.at(place)
        return None if place != path and isinstance(value, dict | list) else value

    def doubtful(self, path: Place) -> bool:
        """Whether a place is in or below a node that could not be taken as written."""
        return any(path[: len(node)] == node for node in self.unread)

    def _home(self, path: Place) -> tuple[Tree, Place]:
        if self.brand is not None and path[:1] == ("brand",):
            return self.brand, path[1:]
        return self.brief, path


def gather(brief: Tree, folder: Path | None) -> Sources:
    """The brief's document with its brand file's in its place; problems with that file are noted, not raised."""
    name = brief.value.get("brand")
    if not isinstance(name, str):
        return Sources(brief, None, brief.value, brief.problems, brief.unread)
    try:
        brand = _brand(brief, name, folder)
    except InvalidInput as error:
        unread = (*brief.unread, ("brand",))
        return Sources(brief, None, {**brief.value, "brand": None}, brief.problems + error.problems, unread)
    unread = (*brief.unread, *(("brand", *path) for path in brand.unread))
    value = {**brief.value, "brand": brand.value}
    return Sources(brief, brand, value, brief.problems + brand.problems, unread)


def _brand(brief: Tree, name: str, folder: Path | None) -> Tree:
    try:
        if not is_file(name):
            raise NotUsable("not_a_file", "a brand is a file beside the brief, or the mapping itself")
        path = inside(folder, name)
    except NotUsable as reason:
        allowed = "a path of a brand file in the brief's folder, or the brand itself"
        fault = Fault(("brand",), reason.code, reason.message, shown(name), allowed)
        raise InvalidInput.of([brief.problem(fault)]) from None
    return read_document(path, str(PurePath(brief.file).parent / name))
