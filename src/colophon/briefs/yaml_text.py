"""YAML read event by event: text and numbers only, so a file can neither run, repeat nor refer to anything.

The rules for plain scalars are those of YAML 1.2's core schema (https://yaml.org/spec/1.2.2/#103-core-schema) without
octal, hexadecimal and non-finite numbers: ``no``, ``on``, ``010``, ``1:30`` and dates stay text.
"""

import re

import yaml
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
)

from colophon.briefs.builder import TreeBuilder, number
from colophon.briefs.tree import Tree, shown
from colophon.errors import InvalidInput

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


def read_yaml(text: str, file: str) -> Tree:
    """The one document of a YAML text. Raises `InvalidInput`."""
    builder = TreeBuilder(file)
    # Each such line makes libyaml compare it with all before it; they only serve tags, which are refused anyway.
    if directive := re.search(r"^%TAG", text, re.MULTILINE):
        raise builder.stop("tag", "tags are not used here", text.count("\n", 0, directive.start()) + 1)
    documents = 0
    try:
        # The C parser: the one in Python takes 20 s for a hostile megabyte, this one a fraction of a second.
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            documents += isinstance(event, DocumentStartEvent)
            if documents > 1:
                raise builder.stop("second_document", "a file holds one document", _line(event))
            _take(event, builder)
    except yaml.YAMLError as error:
        raise _syntax(error, builder) from error
    return builder.finish()


def _line(event: Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _take(event: Event, builder: TreeBuilder) -> None:
    if isinstance(event, NodeEvent):
        _judge(event, builder)
    if isinstance(event, AliasEvent):
        _name_or_value(None, "*" + str(event.anchor), builder, _line(event))
    elif isinstance(event, CollectionStartEvent):
        builder.open({} if isinstance(event, MappingStartEvent) else [], _line(event))
    elif isinstance(event, CollectionEndEvent):
        builder.close()
    elif isinstance(event, ScalarEvent):
        _scalar(event, builder)


def _judge(event: NodeEvent, builder: TreeBuilder) -> None:
    """Refuse what makes a node more than the value it shows."""
    line = _line(event)
    if isinstance(event, AliasEvent):
        builder.refuse("alias", "aliases are not used here; write the value out", line, found=shown(event.anchor))
        builder.doubt()
    elif event.anchor is not None:
        builder.refuse("anchor", "anchors are not used here; leave the & out", line, found=shown(event.anchor))
    tag = getattr(event, "tag", None)
    if tag is not None:
        builder.refuse("tag", "tags are not used here; leave the ! out, or quote the text", line, found=shown(tag))
        builder.doubt()


def _scalar(event: ScalarEvent, builder: TreeBuilder) -> None:
    text, line, plain = str(event.value), _line(event), not event.style
    if builder.awaits_key():
        _name_or_value(None, text, builder, line)
        if plain and text == "<<":
            builder.refuse("merge_key", "merge keys are not used here; write the members out", line)
            builder.drop()
        return
    if plain and _NOT_FINITE.fullmatch(text):
        builder.refuse("not_finite", "a number here is finite", line, found=shown(text))
        builder.doubt()
    builder.scalar(_plain(text) if plain else text, line)


def _name_or_value(value: object, text: str, builder: TreeBuilder, line: int) -> None:
    if builder.awaits_key():
        builder.key(text, line)
    else:
        builder.scalar(value, line)


def _plain(text: str) -> object:
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    value = number(text)
    return text if value is None else value


def _syntax(error: yaml.YAMLError, builder: TreeBuilder) -> InvalidInput:
    mark = getattr(error, "problem_mark", None)
    reason = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
    line = int(mark.line) + 1 if mark is not None else None
    return builder.stop("not_yaml", f"this is not YAML: {reason}", line)
