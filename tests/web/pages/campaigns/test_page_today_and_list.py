"""*Today* and *Campaigns*: narrowed to who asks, and never everything at once."""

import re
from datetime import timedelta
from typing import Any

from colophon.domain.account import Role
from colophon.services.halt import halt, lift
from tests.services.conftest import World
from tests.web.pages.campaigns.conftest import Visits


def test_today_shows_what_waits_for_ones_roles(ground: World, visits: Visits) -> None:
    ground.bought("today-waits", title="Waits for somebody")
    [asset] = ground.rt.catalog.assets.of_campaign("today-waits")
    reviewer = visits.by(Role.REVIEWER).get("/").text
    assert "Pictures to review" in reviewer
    assert f"/pictures/{asset.id}/thumbnail?v={asset.sha256[:16]}" in reviewer
    assert "Spent this month" not in reviewer
    assert "/campaigns/new" not in reviewer
    marketer = visits.by(Role.MARKETER).get("/").text
    assert "Pictures to review" not in marketer
    assert "Spent this month" in marketer
    assert "/campaigns/new" in marketer
    stranger = visits.by(Role.REVIEWER, brand="Other").get("/").text
    assert asset.id not in stranger
    assert "No picture waits" in stranger
    assert "today-waits" not in stranger


def test_what_leads_on_is_what_opens(ground: World, visits: Visits) -> None:
    """And that everything is stopped is told to everybody."""
    told: dict[str, Any] = {"halts": ground.rt.catalog.halts, "orders": ground.rt.catalog.orders, "clock": ground.clock}
    halt(None, by="Bo", reason="Prices are <unclear>", **told)
    pages = [("/", visits.by(Role.MARKETER)), ("/", visits.by(Role.AUDITOR, brand="Northwind"))]
    marketer, own, all_of_them = (who.get(path).text for path, who in [*pages, ("/", visits.by(Role.AUDITOR))])
    lift(None, by="Bo", **told)
    assert ('href="/money"' in marketer, 'href="/audit' in marketer) == (False, False)
    assert ('href="/money"' in own, 'href="/audit/exports"' in own, 'href="/audit"' in own) == (False, True, False)
    assert ('href="/money"' in all_of_them, 'href="/audit"' in all_of_them) == (True, True)
    assert "All orders are stopped by Bo" in marketer
    assert "Prices are &lt;unclear&gt;" in marketer
    assert "/settings/people" not in visits.by(Role.MARKETER).get("/settings").text


def test_today_tells_of_rights_that_end(ground: World, visits: Visits) -> None:
    publisher = visits.by(Role.PUBLISHER)
    assert "Ends soon" not in publisher.get("/").text
    soon = (ground.clock.now() + timedelta(days=3)).isoformat()
    asset, files = ground.approved("ending", title="Ends <i>soon</i>", rights={"valid_until": soon})
    from colophon.services.publish import publish

    publish("ending", press=ground.rt.press)
    text = publisher.get("/").text
    assert 'Rights of <a href="/campaigns/ending">Ends &lt;i&gt;soon&lt;/i&gt;</a> end' in text
    assert "Ends soon" not in visits.by(Role.PUBLISHER, brand="Other").get("/").text
    shown = publisher.get("/campaigns/ending/publications").text
    assert files[0].placement in shown
    assert asset.id in shown


def test_campaigns_are_listed_filtered_and_paged(ground: World, visits: Visits) -> None:
    for number in range(3):
        ground.register(f"listed-{number}", title=f"Listed {number}")
    client = visits.by(Role.VIEWER)
    text = client.get("/campaigns").text
    assert "Spring &lt;b&gt;tea&lt;/b&gt;" in text
    assert text.index("Listed 2") < text.index("Listed 0") < text.index("Spring &lt;b&gt;")
    found = client.get("/campaigns", params={"state": "unfinished", "text": "LISTED 1"}).text
    assert re.findall(r'href="/campaigns/([\w-]+)"', found).count("listed-1") == 1
    assert "listed-2" not in found
    assert "No campaign matches" in client.get("/campaigns", params={"brand": "Nobody"}).text
    assert client.get("/campaigns", params={"state": "nonsense"}).status_code == 200
    assert client.get("/campaigns", params={"after": "nowhere"}).status_code == 404
    assert "listed-0" in client.get("/campaigns", params={"after": "listed-1"}).text
    assert "listed-2" not in client.get("/campaigns", params={"after": "listed-1"}).text
    assert "listed-1" not in visits.by(Role.VIEWER, brand="Other").get("/campaigns").text
