"""The trust policy file: what it says, what is refused, and its digest."""

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from colophon.domain.trust import Anchor, AnchorKind
from colophon.domain.trust_file import default_policy, parse_policy
from colophon.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from tests.provenance.conftest import World
else:
    World = Any


def no_files(name: str) -> str:
    raise NotFound(f"no file {name}")


def head(*lines: str) -> str:
    return "\n".join(('name = "p"', 'version = "1"', "issued = 2026-01-01", *lines))


def test_the_default_policy_reads_back(world: World) -> None:
    text = default_policy(world.brand.root.pem, world.vendor.root.pem, date(2026, 11, 21))
    policy = parse_policy(text, no_files)
    assert [(anchor.name, anchor.kind) for anchor in policy.anchors] == [
        ("brand", AnchorKind.BRAND),
        ("sandbox", AnchorKind.VENDOR),
    ]
    assert policy.issued == date(2026, 11, 21)
    assert (policy.provider_output.absent, policy.provider_output.invalid) == ("review", "fail")
    assert "1.3.6.1.4.1.62558.2.1" in policy.ekus


def test_a_policy_without_anchors_is_a_policy() -> None:
    assert parse_policy(head(), no_files).anchors == ()


def test_a_named_file_stands_for_its_content(world: World) -> None:
    entry = ("[[anchor]]", 'name = "a"', 'kind = "vendor"', 'reason = "r"')
    inline = parse_policy(head(*entry, f'pem = """\n{world.vendor.root.pem}"""'), no_files)
    named = parse_policy(head(*entry, 'file = "vendor.pem"'), {"vendor.pem": world.vendor.root.pem}.__getitem__)
    assert named.digest == inline.digest


def test_the_digest_ignores_comments_and_sees_every_change(world: World) -> None:
    text = default_policy(world.brand.root.pem, world.vendor.root.pem, date(2026, 1, 1))
    digest = parse_policy(text, no_files).digest
    assert parse_policy(text + "\n# a remark\n", no_files).digest == digest
    changed = (
        text.replace('absent = "review"', 'absent = "pass"'),
        text.replace('version = "1"', 'version = "2"'),
        default_policy(world.brand.root.pem, world.stranger.root.pem, date(2026, 1, 1)),
    )
    assert len({digest, *(parse_policy(other, no_files).digest for other in changed)}) == 4


def test_all_problems_are_told_at_once(world: World) -> None:
    text = head(
        'colour = "red"',
        "[[anchor]]",
        'name = "A name"',
        'kind = "friend"',
        'reason = ""',
        'pem = "nothing"',
        "[[anchor]]",
        'name = "b"',
        'kind = "vendor"',
        'reason = "r"',
        'file = "missing.pem"',
    )
    with pytest.raises(InvalidInput) as caught:
        parse_policy(text, no_files, file="trust.toml")
    paths = {problem.path for problem in caught.value.problems}
    assert {"colour", "anchor[0].name", "anchor[0].kind", "anchor[0].reason", "anchor[1].file"} <= paths
    assert all(problem.file == "trust.toml" for problem in caught.value.problems)


@pytest.mark.parametrize(
    "text",
    [
        "name = ",
        'name = "p"\nversion = "1"',
        head('ekus = ["1.2.3\\n1.2.4"]'),
        head("[provider_output]", 'absent = "maybe"'),
        head("[[anchor]]", 'name = "a"', 'kind = "vendor"', 'reason = "r"'),
        head("[[anchor]]", 'name = "a"', 'kind = "vendor"', 'reason = "r"', 'pem = "x"', 'file = "y"'),
        "x = " + "[" * 5000,
    ],
)
def test_what_is_not_a_policy_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_policy(text, no_files)


def test_one_certificate_may_be_listed_for_claims_and_for_stamps(world: World) -> None:
    """The official lists share several."""
    both = world.vendor.anchor("claims"), world.vendor.anchor("stamps", AnchorKind.TSA)
    verdict = world.reader(*both).read(world.original())
    assert verdict.signer is not None
    assert (verdict.state.value, verdict.signer.anchor) == ("trusted", "claims")


def test_anchors_have_their_own_names_and_dates_in_order(world: World) -> None:
    with pytest.raises(ValueError, match="listed twice"):
        world.policy(world.vendor.anchor("a"), world.brand.anchor("a"))
    with pytest.raises(ValueError, match="before valid_from"):
        world.vendor.anchor("a", valid_from=date(2026, 2, 1), valid_until=date(2026, 1, 1))


def test_dates_are_inclusive(world: World) -> None:
    anchor = world.vendor.anchor("a", valid_from=date(2026, 2, 1), valid_until=date(2026, 2, 2))
    days = [datetime(2026, 1, 31, 23, 59, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)]
    days += [datetime(2026, 2, 2, 23, 59, tzinfo=UTC), datetime(2026, 2, 3, tzinfo=UTC)]
    assert [anchor.in_force(day) for day in days] == [False, True, True, False]


def test_a_route_may_have_answers_of_its_own(world: World) -> None:
    text = default_policy(world.brand.root.pem, world.vendor.root.pem, date(2026, 11, 21))
    text = text.replace("[provider_output]", '[provider_output]\nroutes.fal = {untrusted = "fail", stamped = "review"}')
    answers = parse_policy(text, no_files).provider_output
    assert (answers.of_route("fal").untrusted, answers.of_route("fal").stamped) == ("fail", "review")
    assert answers.of_route("fal").absent == answers.absent
    assert answers.of_route("bfl") == answers.of_route(None)
    with pytest.raises(InvalidInput, match=r"routes\.fal: broken is none of"):
        parse_policy(text.replace("{untrusted", "{broken"), no_files)


def test_a_revoked_certificate_has_a_day_and_a_reason(world: World) -> None:
    text = default_policy(world.brand.root.pem, world.vendor.root.pem, date(2026, 11, 21))
    policy = parse_policy(
        text + f'[[revoked]]\nsha256 = "{"ab" * 32}"\nsince = 2026-03-01\nreason = "lost"\n', no_files
    )
    assert policy.revoked_at("ab" * 32, datetime(2026, 3, 1, tzinfo=UTC))
    assert not policy.revoked_at("ab" * 32, datetime(2026, 2, 28, 23, 59, tzinfo=UTC))
    assert datetime(2026, 3, 1, tzinfo=UTC) in policy.bounds
    with pytest.raises(InvalidInput):
        parse_policy(text + '[[revoked]]\nsha256 = "ab"\nsince = 2026-03-01\nreason = ""\n', no_files)


def test_each_list_has_a_digest_that_follows_its_certificates(world: World) -> None:
    one, other = world.brand.anchor("brand"), world.vendor.anchor("brand")
    assert one.digest != other.digest
    assert world.policy(one).lists == {"brand": one.digest}


@pytest.mark.parametrize("label", ["X509 CERTIFICATE", "TRUSTED CERTIFICATE", "PRIVATE KEY"])
def test_what_the_digest_does_not_cover_is_not_believed(world: World, label: str) -> None:
    """Some readers of PEM take certificates under older labels: a list of them would change unseen."""
    other = world.stranger.root.pem.replace("CERTIFICATE", label)
    with pytest.raises(ValueError, match="PEM form alone"):
        Anchor(name="vendor", kind=AnchorKind.VENDOR, reason="test", pem=world.vendor.root.pem + other)


@pytest.mark.parametrize(
    "limit", [{"organisations": ("Stamp Co",)}, {"may": ("c2pa.opened",)}, {"stamp_required": True}]
)
def test_limits_that_would_not_be_kept_are_refused(world: World, limit: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="say nothing about time stamps"):
        world.vendor.anchor("stamps", AnchorKind.TSA, **limit)
