"""Writes the table of roles and routes into docs/access.md, from src/colophon/data/access.csv.

python tools/access_table.py
"""

import sys
from pathlib import Path

from colophon import data
from colophon.domain.access import BrandOf, Door, Rule, parse_access
from colophon.domain.account import Role

PAGE = Path(__file__).parents[1] / "docs" / "access.md"
BEGIN, END = "<!-- made by tools/access_table.py -->", "<!-- end -->"
_DOORS = {Door.OPEN: "anybody", Door.OWN: "a key of its own", Door.SIGNED_IN: "every account"}
_BRANDS = {
    BrandOf.EVERY: "a role for all brands",
    BrandOf.LISTED: "narrowed to the asker's brands",
    BrandOf.NONE: "",
}


def table() -> str:
    """Markdown, in the order of the file's paths; the API first."""
    rules = parse_access(data.text("access.csv"))
    lines = ["| route | " + " | ".join(Role) + " | brand |", "|---|" + "---|" * len(Role) + "---|"]
    for (method, path), rule in sorted(
        rules.items(), key=lambda row: (not row[0][1].startswith("/api"), *row[0][::-1])
    ):
        lines.append(f"| `{method} {path}` | {' | '.join(_cells(rule))} | {_brand(rule)} |")
    return "\n".join(lines)


def _cells(rule: Rule) -> list[str]:
    if rule.door is not Door.ROLES:
        return [_DOORS[rule.door], *[""] * (len(Role) - 1)]
    return ["yes" if role in rule.roles else "" for role in Role]


def _brand(rule: Rule) -> str:
    return _BRANDS.get(rule.brand, f"that of the {rule.brand.value}" if rule.brand is not BrandOf.BRAND else "that one")


def page(text: str) -> str:
    """The page with the table of now in its place."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write(f"{PAGE} is current\n")
