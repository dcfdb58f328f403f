"""The table of roles and routes in the documentation is the one the server runs by."""

import importlib.util
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_table_in_the_documentation_is_current() -> None:
    found = importlib.util.spec_from_file_location("access_table", ROOT / "tools" / "access_table.py")
    assert found is not None
    assert found.loader is not None
    tool = importlib.util.module_from_spec(found)
    found.loader.exec_module(tool)
    text = (ROOT / "docs" / "access.md").read_text(encoding="utf-8")
    assert tool.page(text) == text, "write it anew: python tools/access_table.py"
    assert text.count("| `GET /api/v1/campaigns` |") == 1
