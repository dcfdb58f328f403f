"""The compliance sheet: which rule asks for what, what of it is on record, and what is missing. No legal advice."""

import tomllib
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict

from colophon.domain.evidence import Evidence
from colophon.domain.lineage import Lineage

View = dict[str, Any]
NOTICE = (
    "This sheet is no legal advice. It says which records of this campaign may serve as evidence for which rule, and "
    "which are missing. Whether a rule applies, and whether the evidence is enough, is for counsel to say."
)
_SHAPE = ConfigDict(frozen=True, extra="forbid")


class Rule(BaseModel):
    """``about`` is whom the rule binds; ``fields`` are the members of the lineage that hold the evidence."""

    model_config = _SHAPE

    id: str
    about: str
    text: str
    evidence: tuple[str, ...]
    fields: tuple[str, ...]


class Framework(BaseModel):
    model_config = _SHAPE

    id: str
    name: str
    source: str
    applies_from: str
    note: str
    rule: tuple[Rule, ...]


class Mapping(BaseModel):
    """``evidence`` are the words for each kind of evidence."""

    model_config = _SHAPE

    checked: str
    evidence: dict[str, str]
    framework: tuple[Framework, ...]


def parse_mapping(toml_text: str) -> Mapping:
    """The table that ships with the package."""
    return Mapping.model_validate(tomllib.loads(toml_text))


def compliance_view(campaign: str, parts: Iterable[Lineage], mapping: Mapping) -> View:
    found = Evidence()
    for part in parts:
        found.add(part)
    frameworks = [_framework(framework, mapping, found) for framework in mapping.framework]
    return {
        "schema_version": 1,
        "campaign": campaign,
        "notice": NOTICE,
        "sources_read": mapping.checked,
        "frameworks": frameworks,
        "missing": _missing(frameworks),
    }


def _framework(framework: Framework, mapping: Mapping, found: Evidence) -> View:
    return {
        **framework.model_dump(exclude={"rule"}),
        "rules": [
            {
                **rule.model_dump(exclude={"evidence"}, mode="json"),
                "evidence": [_evidence(name, mapping.evidence[name], found) for name in rule.evidence],
            }
            for rule in framework.rule
        ],
    }


def _evidence(name: str, words: str, found: Evidence) -> View:
    return {
        "name": name,
        "words": words,
        "state": found.state(name),
        "held": found.held[name],
        "lacking": found.lacking[name],
        "examples": found.examples[name],
    }


def _missing(frameworks: list[View]) -> list[View]:
    """Each kind of evidence that is not wholly on record, once, with the rules that ask for it."""
    rows: dict[str, View] = {}
    for framework in frameworks:
        for rule in framework["rules"]:
            for each in rule["evidence"]:
                if each["state"] not in ("on record", "nothing to show"):
                    row = rows.setdefault(each["name"], {**each, "asked_by": []})
                    row["asked_by"].append(f"{framework['name']}, {rule['id']}")
    return list(rows.values())
