"""Values of any kind as people read them."""

import json
from collections.abc import Mapping

_LONGEST = 600  # characters of one value on a page; all of it is in the JSON exports


def plain(value: object) -> str:
    """Words and numbers as they are, lists with commas, all else as JSON, shortened where it is long."""
    if isinstance(value, list | tuple) and not any(isinstance(each, list | tuple | Mapping) for each in value):
        text = ", ".join(plain(each) for each in value)
    elif value is None or isinstance(value, bool):
        text = {None: "-", True: "yes", False: "no"}[value]
    elif isinstance(value, str | int | float):
        text = f"{value:.4g}" if isinstance(value, float) else str(value)
    else:
        text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
