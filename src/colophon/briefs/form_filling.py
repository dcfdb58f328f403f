"""A form filled in with what a brief says, so that nothing of it is lost."""

from collections.abc import Mapping
from typing import Any

from colophon.briefs.form import (
    FLAGS,
    LISTS,
    NESTED,
    TEXTS,
    VISUAL_TEXTS,
    WORDS,
    BriefForm,
    FormLocale,
    FormReference,
    FormVisual,
)
from colophon.briefs.plain import Document, as_yaml
from colophon.briefs.references import is_file


def form_of(document: Mapping[str, Any]) -> BriefForm:
    """The form with what a document says. Values of no use to a field (a list where a text should be) stay in
    ``rest``, so that nothing is lost and the loader says what is wrong with them."""
    left = _copied(document)
    left.pop("schema_version", None)
    texts = {name: str(left.pop(name)) for name in TEXTS if isinstance(left.get(name), str | int | float)}
    brand = left.pop("brand") if isinstance(left.get("brand"), dict) else None
    for name, path in NESTED.items():
        if isinstance(value := _at(left, path), str | int | float) and not isinstance(value, bool):
            texts[name] = str(value)
            _drop(left, path)
    for name, path in LISTS.items():
        value = _at(left, path)
        if isinstance(value, list) and all(isinstance(each, str) and "," not in each for each in value):
            texts[name] = ", ".join(value)
            _drop(left, path)
    flags = [name for name, path in FLAGS.items() if _at(left, path) is True]
    for name in flags:
        _drop(left, FLAGS[name])
    visuals = left.pop("visuals") if _all_mappings(left.get("visuals")) else []
    placements = left.pop("placements") if _plain_placements(left.get("placements")) else []
    language, words, locales = _words_of(left)
    return BriefForm(
        texts=texts,
        flags=flags,
        brand=as_yaml(brand) if brand else "",
        visuals=tuple(_form_visual(visual) for visual in visuals) or (FormVisual(),),
        placements=[each if isinstance(each, str) else each["placement"] for each in placements],
        references=_form_references(left),
        language=language,
        words=words,
        locales=locales,
        rest=as_yaml(left) if left else "",
    )


def _at(document: Mapping[str, Any], path: tuple[str, ...]) -> object:
    found: Any = document
    for step in path:
        found = found.get(step) if isinstance(found, dict) else None
    return found


def _drop(document: Document, path: tuple[str, ...]) -> None:
    """With the parts of the path that are empty then."""
    inner = _at(document, path[:-1]) if len(path) > 1 else document
    if isinstance(inner, dict):
        inner.pop(path[-1], None)
        if not inner and len(path) > 1:
            document.pop(path[0], None)


def _copied(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _copied(each) for name, each in value.items()}
    return [_copied(each) for each in value] if isinstance(value, list | tuple) else value


def _all_mappings(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, dict) for each in value)


def _plain_placements(value: object) -> bool:
    """A placement with formats or a layout of its own is more than a field holds; all of them stay in ``rest`` then."""
    return isinstance(value, list) and all(
        isinstance(each, str) or (isinstance(each, dict) and each.keys() == {"placement"}) for each in value
    )


def _form_visual(visual: Document) -> FormVisual:
    left = dict(visual)
    texts = {name: left.pop(name) for name in VISUAL_TEXTS if isinstance(left.get(name), str)}
    variants = left.pop("variants") if isinstance(left.get("variants"), int) else 1
    return FormVisual(texts, str(variants), _form_references(left), as_yaml(left) if left else "")


def _form_references(left: Document) -> tuple[FormReference, ...]:
    rows = left.get("references")
    if not isinstance(rows, list) or not all(_plain_reference(row) for row in rows):
        return ()
    del left["references"]
    return tuple(
        FormReference(row) if isinstance(row, str) else FormReference(row["image"], row.get("role", "")) for row in rows
    )


def _plain_reference(row: object) -> bool:
    """The digest of a file is filled in again when the brief is read; that of anything else is a person's word."""
    if isinstance(row, dict):
        pinned = {"sha256"} if isinstance(image := row.get("image"), str) and is_file(image) else set()
        known = row.keys() <= {"image", "role"} | pinned and "image" in row
        return known and all(isinstance(value, str) for value in row.values())
    return isinstance(row, str)


def _words_of(left: Document) -> tuple[str, dict[str, str], tuple[FormLocale, ...]]:
    copy = left.get("copy")
    if not isinstance(copy, dict):
        return "", {}, ()
    words = {name: copy.pop(name) for name in WORDS if isinstance(copy.get(name), str)}
    language = copy.pop("language") if isinstance(copy.get("language"), str) else ""
    locales: tuple[FormLocale, ...] = ()
    rows = copy.get("locales")
    if isinstance(rows, dict) and all(_plain_words(row) for row in rows.values()):
        locales = tuple(FormLocale(name, dict(row)) for name, row in copy.pop("locales").items())
    if not copy:
        del left["copy"]
    return language, words, locales


def _plain_words(row: object) -> bool:
    return isinstance(row, dict) and row.keys() <= set(WORDS) and all(isinstance(text, str) for text in row.values())
