"""The documentation names things that exist: files, commands, options, settings, faults, brief members."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from colophon import data
from colophon.bootstrap.buying import declare
from colophon.bootstrap.market import open_market
from colophon.briefs import load_brief_text
from colophon.cli import app
from colophon.domain.brief import Safety
from colophon.domain.conversion import How, Parameter
from colophon.domain.generation import Generation, Order
from colophon.domain.message import MessageType
from colophon.domain.money import Estimate, Money
from colophon.domain.route import Route, parse_prices, parse_routes
from colophon.domain.trust_file import parse_policy
from colophon.sandbox.faults import FAULTS
from colophon.settings import (
    CapSettings,
    ModerationSettings,
    NotifySettings,
    OidcSettings,
    PurgeSettings,
    RouteSettings,
    Settings,
    load_settings,
)

ROOT = Path(__file__).parents[2]
SHIPPED = (ROOT, ROOT / "docs", ROOT / "docs" / "decisions", ROOT / "examples")
PAGES = sorted(page for folder in SHIPPED for page in folder.glob("*.md"))
FENCE = re.compile(r"^```(?P<kind>\w*)\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?://|mailto:)(?P<target>[^)\s]+)\)")
TEST_ONLY = "COLOPHON_TEST_"
ROUTES = parse_routes(data.text("routes.toml"))


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
    """The command these words name, through its groups, and the options it takes. Some groups are commands as well."""
    node: Any = get_command(app)
    path: list[str] = []
    while (known := getattr(node, "commands", None)) is not None:
        name = words[len(path)] if len(words) > len(path) else ""
        if path and node.invoke_without_command and (not name or name.startswith("-")):
            break
        assert name in known, f"colophon {' '.join(words)}"
        node, path = known[name], [*path, name]
    return path, {"--help", *(option for param in node.params for option in param.opts)}


def rows(page: Path, heading: str) -> dict[str, str]:
    """The two-column table under a heading, code marks left out."""
    section = page.read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    found = re.findall(r"^\| `([^`]+)` \| (.+) \|$", section, re.MULTILINE)
    return dict(found)


def table(page: Path, heading: str) -> list[list[str]]:
    """The cells of the last table under a heading of any level, code marks left out."""
    section = re.split(rf"^#+ {re.escape(heading)}$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)[1]
    section = re.split(r"^#+ ", section, flags=re.MULTILINE)[0]
    lines = re.findall(r"^\| (`.+) \|$", section, re.MULTILINE)
    return [[cell.strip().replace("`", "") for cell in line.split(" | ")] for line in lines]


def setting_names(text: str) -> set[str]:
    return {name.rstrip("_") for name in re.findall(r"COLOPHON_[A-Z0-9_]+", text)}


def exists(name: str) -> bool:
    """A setting, or a member of one where two underscores lead into it."""
    first, *inner = name.removeprefix("COLOPHON_").lower().split("__")
    if first == "routes" and len(inner) == 2:
        return inner[1] in RouteSettings.model_fields
    if first == "caps" and len(inner) == 1:
        return inner[0] in CapSettings.model_fields
    if first == "moderation" and len(inner) == 1:
        return inner[0] in ModerationSettings.model_fields
    if first == "notify" and len(inner) == 2:
        return inner[1] in NotifySettings.model_fields
    if first == "oidc" and len(inner) == 1:
        return inner[0] in OidcSettings.model_fields
    if first == "purge" and len(inner) == 1:
        return inner[0] in PurgeSettings.model_fields
    return first in Settings.model_fields and not inner


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
    for name in setting_names(page.read_text(encoding="utf-8")):
        if name.startswith(TEST_ONLY):
            assert name in (ROOT / "tests" / "conftest.py").read_text(encoding="utf-8")
        else:
            assert exists(name), name


def test_only_settings_that_exist_pass_for_one() -> None:
    assert exists("COLOPHON_CAPS__DAY")
    assert exists("COLOPHON_ROUTES__BFL_EU__BASE_URL")
    wrong = (
        "COLOPHON_CAPS__WEEK",
        "COLOPHON_ROUTES__FAL__KEY",
        "COLOPHON_HOME__DAY",
        "COLOPHON_DAY",
        "COLOPHON_ROUTES__FAL",
    )
    assert [name for name in wrong if exists(name)] == []


@pytest.mark.parametrize("page", [ROOT / "README.md", ROOT / "docs" / "settings.md"], ids=name_of)
def test_every_setting_is_documented(page: Path) -> None:
    named = setting_names(page.read_text(encoding="utf-8"))
    assert {f"COLOPHON_{name.upper()}" for name in Settings.model_fields} <= {name.split("__")[0] for name in named}
    assert {f"COLOPHON_CAPS__{name.upper()}" for name in CapSettings.model_fields} <= named


def test_every_member_of_the_moderation_service_is_documented() -> None:
    named = setting_names((ROOT / "docs" / "settings.md").read_text(encoding="utf-8"))
    assert {f"COLOPHON_MODERATION__{name.upper()}" for name in ModerationSettings.model_fields} <= named


def test_every_member_of_the_identity_provider_is_documented() -> None:
    named = setting_names((ROOT / "docs" / "settings.md").read_text(encoding="utf-8"))
    assert {f"COLOPHON_OIDC__{name.upper()}" for name in OidcSettings.model_fields} <= named


def test_every_member_of_purging_is_documented() -> None:
    named = setting_names((ROOT / "docs" / "settings.md").read_text(encoding="utf-8"))
    assert {f"COLOPHON_PURGE__{name.upper()}" for name in PurgeSettings.model_fields} <= named


def test_every_member_of_a_route_is_documented() -> None:
    listed = [row[0].split(", ") for row in table(ROOT / "docs" / "settings.md", "Routes")]
    assert sorted(name.lower() for names in listed for name in names) == sorted(RouteSettings.model_fields)


def test_every_member_of_a_target_and_every_type_of_message_is_documented() -> None:
    listed = [row[0] for row in table(ROOT / "docs" / "settings.md", "Notify")]
    assert sorted(name.lower() for name in listed) == sorted(NotifySettings.model_fields)
    told = [row[0] for row in table(ROOT / "docs" / "events.md", "What is told")]
    assert told == [kind.value for kind in MessageType]


def test_the_shipped_routes_are_listed_as_they_are() -> None:
    shown = table(ROOT / "docs" / "settings.md", "Shipped routes")
    assert shown == [
        [
            route.name,
            route.adapter,
            "inside this process" if route.embedded else route.base_url,
            route.key_variable or "none",
            route.region,
            ("no address" if route.unplaced else "on") if route.enabled else "off",
        ]
        for route in ROUTES.values()
    ]


def one_of_pro(route: Route) -> Order:
    free = Estimate(Money(0), Money(0))
    wanted = Generation(
        id="g1",
        campaign="c",
        visual="v",
        variant=1,
        master="m",
        width=1024,
        height=1024,
        route=route.name,
        model="flux-2-pro",
        seed=7,
        prompt="a mug",
        structure="",
        safety=Safety.STRICT,
        references=(),
        cost=free,
    )
    return Order(wanted)


def test_what_becomes_of_each_parameter_is_told_as_declared() -> None:
    shown = {row[0]: row[1:] for row in table(ROOT / "docs" / "routes.md", "What becomes of each parameter")}
    words = {how.value for how in How}
    declared = {}
    for route in (route for route in ROUTES.values() if route.enabled):
        [conversions] = declare(route, [one_of_pro(route)])
        declared[route.name] = [next(c.how.value for c in conversions if c.parameter is p) for p in Parameter]
    assert shown == declared
    assert words == {word for row in shown.values() for word in row}


def test_the_safety_scale_is_told_as_it_is_sent() -> None:
    shown = table(ROOT / "docs" / "routes.md", "One safety scale")
    assert shown == [[r.name, *(str(r.safety.get(step, "-")) for step in Safety)] for r in ROUTES.values()]


def test_every_assumed_price_is_listed_as_one() -> None:
    shown = {
        (row[0], model) for row in table(ROOT / "docs" / "routes.md", "What is assumed") for model in row[1].split(", ")
    }
    prices = parse_prices(data.text("prices.toml"))
    assert shown == {(route, rule.model) for route, rules in prices.items() for rule in rules if not rule.confirmed}


def test_the_route_of_one_s_own_is_one(tmp_path: Path) -> None:
    [text] = [text for kind, text in blocks(ROOT / "docs" / "routes.md") if kind == "toml"]
    (tmp_path / "colophon.toml").write_text(text, encoding="utf-8")
    market = open_market(load_settings(home=tmp_path))
    assert market.routes["house"].base_url == "https://pictures.example.com/v1"
    [rule] = market.prices["house"]
    assert str(rule.price(1024, 1024).high) == "0.04"


def test_the_addresses_in_the_sandbox_are_of_routes_that_have_such_a_dialect() -> None:
    shown = table(ROOT / "docs" / "routes.md", "Trying one without money")
    dialects = (ROOT / "docs" / "sandbox.md").read_text(encoding="utf-8")
    named = [name for row in shown for name in row[0].split(", ")]
    assert named == [route.name for route in ROUTES.values() if route.enabled and route.name != "sandbox"]
    assert [row[1] for row in shown if f"`{row[1].removeprefix('http://sandbox.invalid')}`" not in dialects] == []


def test_plain_defaults_are_the_documented_ones() -> None:
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    for name in (
        "s3_endpoint",
        "organisation",
        "orders_in_flight",
        "submits_at_once",
        "poll_deadline_seconds",
        "submit_timeout_seconds",
    ):
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
    [shown] = re.findall(r"\(revision (\w{12})\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert loaded.revision.startswith(shown), "the plan shown in the README is of another brief"


def test_how_briefs_and_brands_say_where_to_buy_is_accepted(tmp_path: Path) -> None:
    brand, brief = [text for kind, text in blocks(ROOT / "README.md") if kind == "yaml"]
    model, buying = [text for kind, text in blocks(ROOT / "docs" / "brief.md") if kind == "yaml"]
    (tmp_path / "northwind.yaml").write_text(brand + buying, encoding="utf-8")
    read = load_brief_text(brief + model, "brief.yaml", tmp_path).brief
    assert (read.policy, read.model.routes) == ("cheapest", ("bfl-eu", "fal", "replicate"))
    assert read.brand.buying.regions == ("eu",)


def test_the_members_of_a_trust_policy_are_as_documented(tmp_path: Path) -> None:
    [policy] = [t for kind, t in blocks(ROOT / "docs" / "provenance.md") if kind == "toml" and t.startswith("name")]
    pem = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"
    parsed = parse_policy(policy, lambda name: pem)
    assert parsed.anchors[0].organisations == ("Example Ltd",)
