"""What the brief says of its pictures for who does not see them: in the list, its markup and the lineage."""

import json
from typing import TYPE_CHECKING

import pytest

from colophon.briefs import load_brief
from colophon.domain.brief import Brief
from colophon.domain.brief_copy import Alt
from colophon.domain.lineage import NodeKind
from colophon.domain.publication_list import ListedFile
from colophon.errors import InvalidInput
from colophon.services.lineage import campaign_parts
from colophon.services.public_files import publication_list
from colophon.services.publish import publish

if TYPE_CHECKING:
    from tests.services.conftest import World

WORDS = {"text": 'A mug, "steaming" & hot', "locales": {"de": "Eine Tasse", "de-AT": "A Häferl"}}


@pytest.mark.parametrize(
    ("locale", "text"), [(None, "own"), ("fr", "own"), ("de", "Tasse"), ("de-CH", "Tasse"), ("de-AT", "Häferl")]
)
def test_the_nearest_language_is_taken(locale: str | None, text: str) -> None:
    alt = Alt(text="own", locales={"de": "Tasse", "de-AT": "Häferl"})
    assert alt.in_locale(locale) == text
    assert Alt(locales={"de": "Tasse"}).in_locale(None) == ""


def test_it_is_published_with_the_picture_and_changed_with_the_brief(world: "World") -> None:
    visual = {"id": "hero", "prompt": "A mug on an oak table"}
    world.approved(visuals=[visual])
    publish("spring", press=world.rt.press)
    path = world.settings.home / "cdn" / "spring" / "publications.json"
    assert json.loads(path.read_bytes())["publications"][0]["alt"] == ""
    world.register(visuals=[{**visual, "alt": WORDS}])
    done = publish("spring", press=world.rt.press)
    assert (done.added, done.removed) == ((), ())  # no file is another one for it
    assert json.loads(path.read_bytes())["publications"][0]["alt"] == WORDS["text"]
    visuals = [
        n for part in campaign_parts("spring", dossiers=world.rt.catalog.dossiers) for n in part.of(NodeKind.VISUAL)
    ]
    assert [node.facts.get("alt") for node in visuals] == [None, WORDS["text"]]
    assert visuals[1].facts["alt_locales"] == WORDS["locales"]


def test_markup_says_it_in_the_language_of_the_file(world: "World") -> None:
    brief = Brief.model_validate_json(load_brief(world.brief()).canonical)
    files = [
        ListedFile.model_validate(
            {
                "rendition": f"ren_{locale}", "asset": "asset_1", "placement": "web/hero", "bytes": 9,
                "address": f"https://cdn.example/{locale}.jpg", "sha256": "ab" * 32, "media_type": "image/jpeg",
                "width": 640, "height": 360, "signer": "Northwind", "locale": locale, "manifest": "embedded",
                "from": "2027-01-01T00:00:00Z", "alt": alt,
            }
        )
        for locale, alt in ((None, WORDS["text"]), ("de", "Eine Tasse"))
    ]  # fmt: skip
    own, german = publication_list(brief, files).pictures
    assert (own.alt, german.alt) == (WORDS["text"], "Eine Tasse")
    assert 'alt="A mug, &quot;steaming&quot; &amp; hot"' in own.markup
    assert 'alt="Eine Tasse"' in german.markup


def test_a_brief_without_one_keeps_its_digest_and_a_short_form_is_enough(world: "World") -> None:
    visual = {"id": "hero", "prompt": "A mug on an oak table"}
    bare = load_brief(world.brief(visuals=[visual]))
    assert '"alt"' not in bare.canonical
    short = load_brief(world.brief(visuals=[{**visual, "alt": "A mug"}]))
    assert short.brief.visuals[0].alt == Alt(text="A mug")
    assert short.revision != bare.revision
    with pytest.raises(InvalidInput) as refused:
        load_brief(world.brief(visuals=[{**visual, "alt": {"text": "A mug", "de": "Tasse"}}]))
    assert "visuals[0].alt.de" in str([problem.where for problem in refused.value.problems])
