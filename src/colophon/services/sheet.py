"""The contact sheet: one page a person can open, with every picture of a campaign and what is known of it."""

from collections.abc import Callable
from typing import Any

from jinja2 import Environment

View = dict[str, Any]
Source = Callable[[str], str | None]


def sheet_html(template: str, campaign: View, assets: list[View], source: Source) -> str:
    """``source`` turns an object's address into what the page can show, or None where it cannot (a remote store).
    All text is escaped: prompts and names come from outside."""
    environment = Environment(autoescape=True, trim_blocks=True)
    shown = [
        {
            **asset,
            "src": source(asset["path_or_key"]),
            "renditions": [{**r, "src": source(r["path_or_key"])} for r in asset["renditions"]],
            "evidence": [
                {**shown, "check": check["name"], "verdict": check["verdict"], "src": source(shown["path_or_key"])}
                for check in asset["checks"]
                if (shown := check["evidence"])
            ],
        }
        for asset in assets
    ]
    return environment.from_string(template).render(campaign=campaign, assets=shown)
