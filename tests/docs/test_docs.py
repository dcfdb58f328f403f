"""The documentation names things that exist: files, commands, options, settings, faults, brief members."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from colophon.briefs import load_brief_text
from colophon.cli import app
from colophon.domain.trust import parse_policy
from colophon.sandbox.faults import FAULTS
from colophon.settings import RouteSettings, Settings

ROOT = Path(__file__).parents[2]
SHIPPED = (ROOT, ROOT / "docs", ROOT / "docs" / "decisions", ROOT / "examples")
PAGES = sorted(page for folder in SHIPPED for page in folder.glob("*.md"))
FENCE = re.compile(r"^```(?P<kind>\w*)\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?://|mailto:)(?P<target>[^)\s]+)\)")
TEST_ONLY = "COLOPHON_TEST_"


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def slug(heading: str) -> str:
    """A heading's anchor, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def anchors(page: Path) -> set[str]:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    return {slug(heading) for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}


def blocks(page: Path) -> list[tuple[str, str]]:
    return [(found["kind"], found["text"]) for found in FENCE.finditer(page.read_text(encoding="utf-8"))]


def commands(page: Path) -> Iterator[list[str]]:
    """The `colophon` command lines of a page: all of a shell block, those behind `$` in a console."""
    for kind, text in blocks(page):
        if kind not in ("sh", "console"):
            continue
        for line in text.splitlines():
            if kind == "console" and not line.startswith("$ "):
                continue
            for part in line.removeprefix("$ ").split("&&"):
                words = shlex.split(part, comments=True)
                if words[:1] == ["colophon"]:
                    yield [word for word in words[1:] if word != "&"]


def resolved(words: list[str]) -> tuple[list[str], set[str]]:
    """The command these words name, through its groups, and the options it takes."""
    node: Any = get_command(app)
    path: list[str] = []
    while (known := getattr(node, "commands", None)) is not None:
        name = words[len(path)] if len(words) > len(path) else ""
        assert name in known, f"colophon {' '.join(words)}"
        node, path = known[name], [*path, name]
    return path, {"--help", *(option for param in node.params for option in param.opts)}


def rows(page: Path, heading: str) -> dict[str, str]:
    """The two-column table under a heading, code marks left out."""
    section = page.read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    found = re.findall(r"^\| `([^`]+)` \| (.+) \|$", section, re.MULTILINE)
    return dict(found)


def setting_names(text: str) -> set[str]:
    return {name.rstrip("_") for name in re.findall(r"COLOPHON_[A-Z0-9_]+", text)}


def test_pages_are_found() -> None:
    assert {"README.md", "docs/architecture.md", "examples/README.md"} <= set(map(name_of, PAGES))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_relative_links_lead_somewhere(page: Path) -> None:
    lost = []
    for target in (found["target"] for found in LINK.finditer(FENCE.sub("", page.read_text(encoding="utf-8")))):
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            lost.append(target)
    assert lost == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_exist_with_their_options(page: Path) -> None:
    for words in commands(page):
        path, options = resolved(words)
        assert {word.partition("=")[0] for word in words if word.startswith("-")} <= options, f"colophon {words}"
        assert CliRunner().invoke(app, [*path, "--help"]).exit_code == 0


def test_every_command_is_shown_somewhere() -> None:
    known = set(get_command(app).commands)  # type: ignore[attr-defined]
    shown = {words[0] for page in PAGES for words in commands(page)}
    assert known - shown <= {"ingest", "schema"}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_settings_that_pages_name_exist(page: Path) -> None:
    members = {f"COLOPHON_{name.upper()}" for name in Settings.model_fields}
    for name in setting_names(page.read_text(encoding="utf-8")):
        if name.startswith(TEST_ONLY):
            assert name in (ROOT / "tests" / "conftest.py").read_text(encoding="utf-8")
        elif name.startswith("COLOPHON_ROUTES__"):
            member = name.removeprefix("COLOPHON_ROUTES__").partition("__")[2].lower()
            assert not member or member in RouteSettings.model_fields, name
        else:
            assert name in members, name


@pytest.mark.parametrize("page", [ROOT / "README.md", ROOT / "docs" / "settings.md"], ids=name_of)
def test_every_setting_is_documented(page: Path) -> None:
    named = setting_names(page.read_text(encoding="utf-8"))
    assert {f"COLOPHON_{name.upper()}" for name in Settings.model_fields} <= {*named, *_routes(named)}


def _routes(named: set[str]) -> set[str]:
    return {"COLOPHON_ROUTES" for name in named if name.startswith("COLOPHON_ROUTES")}


def test_every_member_of_a_route_is_documented() -> None:
    assert {name.lower() for name in rows(ROOT / "docs" / "settings.md", "Routes")} >= set(RouteSettings.model_fields)


def test_plain_defaults_are_the_documented_ones() -> None:
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    for name in ("s3_endpoint", "organisation", "orders_in_flight", "poll_deadline_seconds", "submit_timeout_seconds"):
        default = Settings.model_fields[name].default
        shown = f"{default:g}" if isinstance(default, float) else str(default)
        assert re.search(rf"^\| `COLOPHON_{name.upper()}` \| .* \| `{re.escape(shown)}` \|$", text, re.MULTILINE), name


def test_the_faults_table_is_the_sandbox_s_own() -> None:
    assert rows(ROOT / "docs" / "sandbox.md", "Faults") == FAULTS


def test_the_readme_s_brief_is_accepted(tmp_path: Path) -> None:
    brand, brief = [text for kind, text in blocks(ROOT / "README.md") if kind == "yaml"]
    (tmp_path / "northwind.yaml").write_text(brand, encoding="utf-8")
    loaded = load_brief_text(brief, "brief.yaml", tmp_path)
    assert loaded.brief.campaign == "spring-mugs"
    assert loaded.revision.startswith("94b1d76fff5c"), "the plan shown in the README is of another brief"


def test_the_members_of_a_trust_policy_are_as_documented(tmp_path: Path) -> None:
    [policy] = [t for kind, t in blocks(ROOT / "docs" / "provenance.md") if kind == "toml" and t.startswith("name")]
    pem = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"
    parsed = parse_policy(policy, lambda name: pem)
    assert parsed.anchors[0].organisations == ("Example Ltd",)
