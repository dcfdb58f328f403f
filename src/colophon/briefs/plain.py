"""Briefs as people write them: the short forms of a stored one, and YAML without anchors, tags or aliases."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import yaml

from colophon.briefs.document import parse_document
from colophon.domain.brief import Brief
from colophon.errors import InvalidInput

Document = dict[str, Any]


def plain_document(canonical: str) -> Document:
    """A stored brief as people would have written it: what is the default is left out, short forms are short."""
    brief = Brief.model_validate_json(canonical)
    made = brief.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    for part in (made, *made["visuals"]):
        if placements := part.get("placements"):
            part["placements"] = [each["placement"] if each.keys() == {"placement"} else each for each in placements]
    made["budget"]["cap"] = str(brief.budget.money)
    return made


def as_yaml(document: Mapping[str, Any]) -> str:
    """Without anchors, tags or aliases, which briefs do not know."""
    return str(yaml.dump(dict(document), Dumper=_Plain, sort_keys=False, allow_unicode=True, width=100))


class _Plain(yaml.SafeDumper):
    """Numbers as they were read, which is as decimals; what is there twice is written twice."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _decimal(dumper: yaml.SafeDumper, value: Decimal) -> yaml.Node:
    text = format(value, "f")
    return dumper.represent_scalar("tag:yaml.org,2002:float", text if "." in text else f"{text}.0")


_Plain.add_representer(Decimal, _decimal)


def parsed(text: str, name: str) -> Document:
    """A mapping in YAML, read as briefs are. Raises `InvalidInput`, ``name`` being the file in its problems."""
    tree = parse_document(text.encode("utf-8", "surrogatepass"), name)
    if tree.problems:
        raise InvalidInput.of(tree.problems)
    return dict(tree.value)
