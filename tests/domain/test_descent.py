"""Which signed files may be recorded and published, given what was known of their original."""

from dataclasses import replace

import pytest

from colophon.domain.descent import acceptable
from colophon.domain.provenance import ChainLink, Provenance, ProvenanceState

STRANGE = "signingCredential.untrusted"


def link(label: str) -> ChainLink:
    return ChainLink(label, None, "Anybody", True, (), ())


def verdict(
    *labels: str, state: ProvenanceState = ProvenanceState.TRUSTED, problems: tuple[str, ...] = ()
) -> Provenance:
    return Provenance(
        state=state,
        integrity="intact",
        signer=None,
        timestamp="absent",
        signed_at=None,
        revocation="not_checked",
        claim={},
        policy={},
        library="",
        chain=tuple(map(link, labels)),
        problems=problems,
    )


ORIGINAL = verdict("urn:original")
STRANGERS = verdict("urn:original", state=ProvenanceState.VALID, problems=(STRANGE,))
BARE = verdict(state=ProvenanceState.NONE)
UNREAD = verdict(state=ProvenanceState.ERROR, problems=("manifest.unreadable",))


@pytest.mark.parametrize(
    ("original", "problems"),
    [
        (ORIGINAL, ()),
        (STRANGERS, (f"ingredient.{STRANGE}",)),
        (STRANGERS, ()),  # believed meanwhile
        (BARE, ("policy.parent-unsigned",)),
        (UNREAD, ("policy.parent-unsigned", "ingredient.claim.malformed")),
    ],
)
def test_what_was_known_when_people_decided_is_no_obstacle(original: Provenance, problems: tuple[str, ...]) -> None:
    assert acceptable(verdict("urn:child", "urn:original", problems=problems), original)


@pytest.mark.parametrize(
    ("original", "problems"),
    [
        (ORIGINAL, (f"ingredient.{STRANGE}",)),
        (STRANGERS, (f"ingredient.{STRANGE}", "policy.revoked")),
        (STRANGERS, ("ingredient.assertion.dataHash.mismatch",)),
        (BARE, ("policy.parent-unsigned", "policy.revoked")),
        (UNREAD, ("policy.unstamped",)),
    ],
)
def test_what_is_new_is_one(original: Provenance, problems: tuple[str, ...]) -> None:
    assert not acceptable(verdict("urn:child", "urn:original", problems=problems), original)


def test_a_file_that_lost_its_history_or_its_trust_is_not_accepted() -> None:
    assert not acceptable(verdict("urn:child"), ORIGINAL)
    assert not acceptable(verdict("urn:child", "urn:other"), ORIGINAL)
    child = verdict("urn:child", "urn:original")
    assert not acceptable(replace(child, state=ProvenanceState.VALID), ORIGINAL)
