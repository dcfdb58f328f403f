"""Verdict tables of the checks."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from colophon import data
from colophon.checks import assemble_checks
from colophon.checks.duplicate import DuplicateCheck
from colophon.checks.profiles import CheckProfile, PictureRules, parse_profiles
from colophon.checks.provenance import ProvenanceCheck
from colophon.checks.safety import SafetyCheck
from colophon.checks.technical import PictureCheck
from colophon.domain.asset import Asset, Fingerprints
from colophon.domain.detection import Detection
from colophon.domain.finding import Verdict
from colophon.domain.placement import PictureFormat
from colophon.domain.provenance import TRAINED_ALGORITHMIC_MEDIA, ProvenanceState
from colophon.domain.route import Expected
from colophon.domain.trust import ProviderOutput
from colophon.errors import CheckError
from colophon.ports import Check

Make = Callable[..., Any]
PASS, REVIEW, FAIL = Verdict.PASS, Verdict.REVIEW, Verdict.FAIL
VENDORS = {"vendor", "other-vendor"}
DIGITAL_CAPTURE = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"


@pytest.fixture(scope="module")
def profile() -> CheckProfile:
    return parse_profiles(data.text("checks.toml"))["default"]


# --- picture


@pytest.mark.parametrize(
    ("changes", "ordered", "verdict", "words"),
    [
        ({}, (1024, 768), PASS, ""),
        ({}, None, PASS, ""),
        ({"width": 1023}, (1024, 768), FAIL, "1023 x 768 (another shape)"),
        ({"width": 512, "height": 384}, (1024, 768), FAIL, "(the same shape)"),
        ({"width": 768, "height": 1024}, (1024, 768), FAIL, "1024 x 768 was ordered"),
        ({"width": 5, "height": 5}, None, PASS, ""),
        ({"deviation": 0.0}, (1024, 768), FAIL, "blank"),
        ({"deviation": 1.99}, None, FAIL, "blank"),
        ({"deviation": 2.0}, (1024, 768), PASS, ""),
        ({"format": PictureFormat.JPEG}, (1024, 768), REVIEW, "png was ordered, this is jpg"),
        ({"format": PictureFormat.JPEG}, None, PASS, ""),
        ({"format": PictureFormat.JPEG, "deviation": 0.0}, (1024, 768), FAIL, "jpg"),
    ],
)
def test_picture(
    profile: CheckProfile,
    candidate: Make,
    asset: Make,
    changes: dict[str, object],
    ordered: tuple[int, int] | None,
    verdict: Verdict,
    words: str,
) -> None:
    finding = PictureCheck(profile.picture)(candidate(asset(**changes), ordered_size=ordered))
    assert finding.verdict is verdict
    assert words in " ".join(finding.reasons)
    assert bool(finding.reasons) == (verdict is not PASS)
    assert finding.score == changes.get("deviation", 42.0)


@pytest.mark.parametrize(
    ("found", "verdict", "words"),
    [
        ({}, PASS, ""),
        ({"sharpness": 4.0, "brightest": 96.0, "shadows": 0.5, "highlights": 0.9, "blown": 0.06}, PASS, ""),
        ({"sharpness": 3.9}, REVIEW, "nothing in it is in focus: a sharpness of 3.9"),
        ({"brightest": 95.0}, REVIEW, "it is dark: 99% of the area is under grey level 95"),
        ({"shadows": 0.6}, REVIEW, "60% of the area is black without detail"),
        ({"highlights": 0.95}, REVIEW, "95% of the area is white without detail"),
        ({"blown": 0.2}, REVIEW, "it is overexposed: 20% of what is no flat ground"),
        ({"sharpness": 1.0, "shadows": 0.6}, REVIEW, "black without detail"),
    ],
)
def test_focus_and_exposure(
    profile: CheckProfile,
    candidate: Make,
    asset: Make,
    measures: Make,
    found: dict[str, float],
    verdict: Verdict,
    words: str,
) -> None:
    finding = PictureCheck(profile.picture)(candidate(asset(measures=measures(**found))))
    assert finding.verdict is verdict
    assert words in " ".join(finding.reasons)
    assert len(finding.reasons) == (0 if verdict is PASS else len(found))


def test_a_colour_profile_that_cannot_be_read_is_for_review(
    profile: CheckProfile, candidate: Make, asset: Make, measures: Make
) -> None:
    finding = PictureCheck(profile.picture)(candidate(asset(measures=measures(profile_broken=True))))
    assert finding.verdict is REVIEW
    assert "colour profile cannot be read" in finding.reasons[0]


def test_limits_of_focus_and_exposure_can_refuse(candidate: Make, asset: Make, measures: Make) -> None:
    rules = PictureRules.model_validate({"sharpness": {"review": 8, "fail": 4}, "highlights": {}})
    blurred, soft, white = ({"sharpness": 3.0}, {"sharpness": 5.0}, {"highlights": 1.0})
    found = [PictureCheck(rules)(candidate(asset(measures=measures(**own)))).verdict for own in (blurred, soft, white)]
    assert found == [FAIL, REVIEW, PASS]
    finding = PictureCheck(rules)(candidate(asset(measures=measures(**soft))))
    assert finding.parameters["sharpness"] == {"review": 8, "fail": 4}


def test_a_blank_picture_is_called_blank_not_blurred(
    profile: CheckProfile, candidate: Make, asset: Make, measures: Make
) -> None:
    finding = PictureCheck(profile.picture)(candidate(asset(deviation=0.5, measures=measures(sharpness=0.0))))
    assert (finding.verdict, len(finding.reasons)) == (FAIL, 1)


# --- provenance


@pytest.mark.parametrize(
    ("state", "problems", "sources", "verdict", "words"),
    [
        (ProvenanceState.TRUSTED, (), (TRAINED_ALGORITHMIC_MEDIA,), PASS, ""),
        (ProvenanceState.TRUSTED, ("policy.signer",), (TRAINED_ALGORITHMIC_MEDIA,), REVIEW, "policy.signer"),
        (ProvenanceState.TRUSTED, (), (DIGITAL_CAPTURE,), REVIEW, "digitalCapture"),
        (ProvenanceState.TRUSTED, (), (TRAINED_ALGORITHMIC_MEDIA, DIGITAL_CAPTURE), REVIEW, "digitalCapture"),
        (ProvenanceState.TRUSTED, (), (), REVIEW, "nothing"),
        (ProvenanceState.VALID, (), (TRAINED_ALGORITHMIC_MEDIA,), REVIEW, "nobody we trust"),
        (ProvenanceState.VALID, (), (DIGITAL_CAPTURE,), REVIEW, "nobody we trust"),
        (ProvenanceState.NONE, (), (), REVIEW, "carries no papers"),
        (ProvenanceState.INVALID, ("assertion.dataHash.mismatch",), (), FAIL, "assertion.dataHash.mismatch"),
        (ProvenanceState.ERROR, ("limits",), (), REVIEW, "could not be read"),
    ],
)
def test_provenance(
    profile: CheckProfile,
    candidate: Make,
    provenance: Make,
    state: ProvenanceState,
    problems: tuple[str, ...],
    sources: tuple[str, ...],
    verdict: Verdict,
    words: str,
) -> None:
    check = ProvenanceCheck(profile.provenance, vendor_anchors=VENDORS)
    finding = check(candidate(provenance=provenance(state, problems, sources)))
    assert finding.verdict is verdict
    assert words in " ".join(finding.reasons)
    assert bool(finding.reasons) == (verdict is not PASS)
    assert finding.parameters["trust_policy"] == {"name": "default", "sha256": "0" * 64}


def test_a_photograph_from_outside_need_not_call_itself_generated(
    profile: CheckProfile, candidate: Make, asset: Make, provenance: Make
) -> None:
    papers = provenance(source_types=(DIGITAL_CAPTURE,), organisation="A Photographer", anchor="brand", model=None)
    photo = candidate(asset(generation=None), papers, None, None)
    assert ProvenanceCheck(profile.provenance)(photo).verdict is PASS


@pytest.mark.parametrize(
    ("papers", "expected", "words"),
    [
        ({"anchor": "brand"}, Expected(("Vendor",)), "only entry 'brand', which is not for vendors"),
        ({"anchor": None}, Expected(("Vendor",)), "no entry of the trust policy vouches"),
        ({"organisation": "Other House"}, Expected(("Vendor",)), "states 'Other House' as signer, not Vendor"),
        ({"organisation": "Other House"}, Expected(("Vendor", "Vendor EU")), "not Vendor or Vendor EU"),
        ({"organisation": None}, Expected(("Vendor",)), "states nothing as signer"),
        ({"model": "flux-2-klein-4b"}, Expected((), "flux-2-pro"), "state 'flux-2-klein-4b' as model, flux-2-pro was"),
        ({"model": None}, Expected((), "flux-2-pro"), "state nothing as model"),
        ({}, None, "the route it was bought on is not set up any more"),
    ],
)
def test_trusted_papers_of_somebody_or_something_else_than_ordered_are_for_review(
    profile: CheckProfile,
    candidate: Make,
    provenance: Make,
    papers: dict[str, str | None],
    expected: Expected | None,
    words: str,
) -> None:
    check = ProvenanceCheck(profile.provenance, vendor_anchors=VENDORS)
    finding = check(candidate(provenance=provenance(**papers), expected=expected))
    assert finding.verdict is REVIEW
    [doubt] = finding.reasons[1:]
    assert words in doubt


@pytest.mark.parametrize(
    ("papers", "expected"),
    [
        ({"anchor": "other-vendor"}, Expected(("Vendor",), "flux-2-pro")),
        ({"organisation": "Anybody", "model": "another"}, Expected()),
        ({"organisation": "Vendor EU"}, Expected(("Vendor", "Vendor EU"))),
    ],
)
def test_what_the_route_does_not_state_is_not_checked(
    profile: CheckProfile, candidate: Make, provenance: Make, papers: dict[str, str], expected: Expected
) -> None:
    check = ProvenanceCheck(profile.provenance, vendor_anchors=VENDORS)
    finding = check(candidate(provenance=provenance(**papers), expected=expected))
    assert (finding.verdict, finding.reasons) == (PASS, ())
    assert finding.parameters["expected_signers"] == list(expected.signers)
    assert finding.parameters["expected_model"] == expected.model


@pytest.mark.parametrize(
    ("route", "expired", "state", "verdict"),
    [
        ("fal", False, ProvenanceState.VALID, FAIL),
        ("bfl", False, ProvenanceState.VALID, REVIEW),
        ("fal", False, ProvenanceState.NONE, REVIEW),
        ("fal", True, ProvenanceState.TRUSTED, REVIEW),
        ("bfl", True, ProvenanceState.TRUSTED, PASS),
        ("fal", False, ProvenanceState.TRUSTED, PASS),
    ],
)
def test_the_trust_policy_answers_for_each_route(
    profile: CheckProfile,
    candidate: Make,
    provenance: Make,
    route: str,
    expired: bool,
    state: ProvenanceState,
    verdict: Verdict,
) -> None:
    answers = ProviderOutput(routes={"fal": {"untrusted": "fail", "stamped": "review"}})
    papers = provenance(state)
    papers = replace(papers, chain=tuple(replace(link, expired=expired) for link in papers.chain))
    expected = Expected(("Vendor",), "flux-2-pro", route)
    finding = ProvenanceCheck(profile.provenance, answers, VENDORS)(candidate(provenance=papers, expected=expected))
    assert finding.verdict is verdict
    assert ("certificate has ended" in " ".join(finding.reasons)) is expired


def test_the_oldest_manifest_is_the_one_that_counts(profile: CheckProfile, candidate: Make, provenance: Make) -> None:
    check = ProvenanceCheck(profile.provenance, vendor_anchors=VENDORS)
    forwarded, vendor = provenance(organisation="A Gateway", anchor="other-vendor"), provenance()
    ours = provenance(organisation="Northwind", anchor="brand")
    good = replace(vendor, chain=(*forwarded.chain, *vendor.chain))
    bad = replace(vendor, chain=(*vendor.chain, *ours.chain))
    assert check(candidate(provenance=good)).verdict is PASS
    finding = check(candidate(provenance=bad))
    assert finding.verdict is REVIEW
    assert len(finding.reasons) == 3


def test_papers_nobody_vouches_for_are_not_asked_what_was_ordered(
    profile: CheckProfile, candidate: Make, provenance: Make
) -> None:
    check = ProvenanceCheck(profile.provenance, ProviderOutput(untrusted="pass"), VENDORS)
    other = provenance(ProvenanceState.VALID, organisation="Other House", anchor=None, model="another")
    assert check(candidate(provenance=other)).verdict is PASS


def test_a_stricter_policy_is_not_softened_by_doubts(profile: CheckProfile, candidate: Make, provenance: Make) -> None:
    rules = profile.provenance.model_copy(update={"trusted": FAIL, "none": FAIL})
    check = ProvenanceCheck(rules)
    assert check(candidate(provenance=provenance(problems=("policy.signer",)))).verdict is FAIL
    assert check(candidate(provenance=provenance(ProvenanceState.NONE))).verdict is FAIL


def test_the_trust_policy_answers_for_bought_pictures_only(
    profile: CheckProfile, candidate: Make, asset: Make, provenance: Make
) -> None:
    check = ProvenanceCheck(profile.provenance, ProviderOutput(absent="fail", untrusted="pass", invalid="review"))
    states = (ProvenanceState.NONE, ProvenanceState.VALID, ProvenanceState.INVALID)
    bought = [check(candidate(provenance=provenance(state))) for state in states]
    brought = [check(candidate(asset(generation=None), provenance(state))) for state in states]
    assert [finding.verdict for finding in bought] == [FAIL, PASS, REVIEW]
    assert [finding.verdict for finding in brought] == [REVIEW, REVIEW, FAIL]
    assert bought[0].parameters["none"] == "fail"


# --- duplicate


class Shelf:
    """Neighbours over a list of assets."""

    def __init__(self, *assets: Asset, renditions: Mapping[str, Asset] | None = None) -> None:
        self.assets = assets
        self.renditions = renditions or {}

    def rendered_as(self, sha256: str) -> Iterator[Asset]:
        return iter([self.renditions[sha256]] if sha256 in self.renditions else [])

    def same_bytes(self, sha256: str) -> Iterator[Asset]:
        return (a for a in self.assets if a.sha256 == sha256)

    def same_pixels(self, pixels_sha256: str) -> Iterator[Asset]:
        return (a for a in self.assets if a.facts.pixels_sha256 == pixels_sha256)

    def near(self, fingerprints: Fingerprints, within: tuple[int, int]) -> Iterator[tuple[Asset, tuple[int, int]]]:
        measured = [(a, fingerprints.distance(a.facts.fingerprints)) for a in self.assets]
        near = [(a, bits) for a, bits in measured if bits[0] <= within[0] and bits[1] <= within[1]]
        return iter(sorted(near, key=lambda entry: entry[1]))


def prints(phash_bits: int, dhash_bits: int) -> Fingerprints:
    """Away from the candidate's fingerprints by so many bits each."""
    phash = int("f0f0f0f0f0f0f0f0", 16) ^ (2**phash_bits - 1)
    dhash = int("0123456789abcdef", 16) ^ (2**dhash_bits - 1)
    return Fingerprints(f"{phash:016x}", f"{dhash:016x}")


OTHER = {"id": "a2", "campaign": "summer", "generation": "g2", "sha256": "t" * 64, "pixels_sha256": "q" * 64}
FAR = {"fingerprints": prints(40, 40)}


@pytest.mark.parametrize(
    ("changes", "verdict", "words"),
    [
        (FAR, PASS, ""),
        ({"sha256": "s" * 64}, FAIL, "the same picture as asset a2 (campaign summer, visual hero)"),
        ({"pixels_sha256": "p" * 64}, FAIL, "asset a2"),
        ({"pixels_sha256": "p" * 64, "visual": None}, FAIL, "(campaign summer)"),
        ({"pixels_sha256": "p" * 64, "campaign": "spring", "visual": "other"}, FAIL, "asset a2"),
        ({"pixels_sha256": "p" * 64, "campaign": "spring", "variant": 2}, REVIEW, "variant 2 of its visual"),
        ({"pixels_sha256": "p" * 64, "campaign": "spring", "variant": 1}, PASS, ""),
        ({"pixels_sha256": "p" * 64, "generation": "g1"}, PASS, ""),
        ({"pixels_sha256": "p" * 64, "id": "a1"}, PASS, ""),
        ({"fingerprints": prints(10, 10)}, REVIEW, "looks like asset a2 (campaign summer, visual hero), 10 of 64 bits"),
        ({"fingerprints": prints(0, 0)}, REVIEW, "0 of 64 bits"),
        ({"fingerprints": prints(11, 0)}, PASS, ""),
        ({"fingerprints": prints(0, 11)}, PASS, ""),
        ({"fingerprints": prints(3, 3), "campaign": "spring", "variant": 2}, PASS, ""),
    ],
)
def test_duplicate(
    profile: CheckProfile, candidate: Make, asset: Make, changes: dict[str, Any], verdict: Verdict, words: str
) -> None:
    finding = DuplicateCheck(profile.duplicate, Shelf(asset(**(OTHER | changes))))(candidate())
    assert finding.verdict is verdict
    assert words in " ".join(finding.reasons)
    assert bool(finding.reasons) == (verdict is not PASS)


def test_a_rendition_of_ours_is_for_review(profile: CheckProfile, candidate: Make, asset: Make) -> None:
    shelf = Shelf(renditions={"s" * 64: asset(**(OTHER | FAR))})
    finding = DuplicateCheck(profile.duplicate, shelf)(candidate())
    assert (finding.verdict, finding.score) == (REVIEW, 0)
    assert "is a rendition of asset a2" in finding.reasons[0]


def test_nothing_near_has_no_score(profile: CheckProfile, candidate: Make) -> None:
    finding = DuplicateCheck(profile.duplicate, Shelf())(candidate())
    assert (finding.verdict, finding.score) == (PASS, None)


def test_the_nearest_are_named_first_and_not_endlessly(profile: CheckProfile, candidate: Make, asset: Make) -> None:
    many = [asset(**(OTHER | {"id": f"b{n}", "fingerprints": prints(n % 8 + 1, 1)})) for n in range(20)]
    finding = DuplicateCheck(profile.duplicate, Shelf(*many))(candidate())
    assert finding.score == 1
    assert "1 of 64 bits" in finding.reasons[0]
    assert finding.reasons[-1] == "and 15 more"


def test_a_family_larger_than_what_is_looked_at_hides_no_stranger(
    profile: CheckProfile, candidate: Make, asset: Make
) -> None:
    family = [asset(**(OTHER | {"id": f"b{n}", "campaign": "spring", "variant": n + 2})) for n in range(500)]
    stranger = asset(**(OTHER | {"id": "far", "fingerprints": prints(9, 9)}))
    finding = DuplicateCheck(profile.duplicate, Shelf(*family, stranger))(candidate())
    assert (finding.verdict, finding.score) == (REVIEW, 9)
    assert [reason.split(" (")[0] for reason in finding.reasons] == ["looks like asset far"]


def test_a_crowd_is_counted_up_to_a_bound(profile: CheckProfile, candidate: Make, asset: Make) -> None:
    crowd = [asset(**(OTHER | {"id": f"b{n}"})) for n in range(500)]
    finding = DuplicateCheck(profile.duplicate, Shelf(*crowd))(candidate())
    assert finding.reasons[-1] == "and at least 195 more"


NEAR, SAME = {"fingerprints": prints(2, 2)}, {"pixels_sha256": "p" * 64}
KIN, COUSIN = {"campaign": "spring", "variant": 2}, {"campaign": "spring", "visual": "other"}


@pytest.mark.parametrize(
    ("kind", "by_place", "changes", "verdict"),
    [
        ("near", ("review", "pass", "pass"), NEAR | KIN, REVIEW),
        ("near", ("pass", "pass", "fail"), NEAR | KIN, PASS),
        ("near", ("pass", "fail", "pass"), NEAR | COUSIN, FAIL),
        ("near", ("pass", "pass", "fail"), NEAR, FAIL),
        ("same", ("fail", "pass", "pass"), SAME | KIN, FAIL),
        ("same", ("pass", "review", "fail"), SAME | COUSIN, REVIEW),
        ("same", ("pass", "fail", "review"), SAME, REVIEW),
        ("same", ("fail", "fail", "pass"), SAME, PASS),
    ],
)
def test_what_a_copy_means_is_the_profiles_to_say(
    candidate: Make,
    asset: Make,
    kind: str,
    by_place: tuple[str, str, str],
    changes: dict[str, Any],
    verdict: Verdict,
) -> None:
    places = dict(zip(("same_visual", "same_campaign", "elsewhere"), by_place, strict=True))
    rules = "\n".join(f"{place} = {wanted!r}" for place, wanted in places.items())
    duplicate = parse_profiles(f"[default.duplicate.{kind}]\n{rules}")["default"].duplicate
    finding = DuplicateCheck(duplicate, Shelf(asset(**(OTHER | changes))))(candidate())
    assert finding.verdict is verdict
    assert bool(finding.reasons) == (verdict is not PASS)


def test_a_rendition_that_may_come_back_passes(candidate: Make, asset: Make) -> None:
    duplicate = parse_profiles("[default.duplicate]\nrendition = 'pass'")["default"].duplicate
    shelf = Shelf(renditions={"s" * 64: asset(**(OTHER | FAR))})
    assert DuplicateCheck(duplicate, shelf)(candidate()).verdict is PASS


# --- safety


class Engine:
    name, version = "fake", "9"

    def __init__(self, **scores: float) -> None:
        self.scores = scores

    def detect(self, content: bytes) -> Sequence[Detection]:
        return [Detection(kind, score) for kind, score in self.scores.items()]

    def close(self) -> None:
        """Holds nothing."""


@pytest.mark.parametrize(
    ("scores", "verdict", "score"),
    [
        ({}, PASS, 0.0),
        ({"FACE_FEMALE": 0.99}, PASS, 0.0),
        ({"FEET_EXPOSED": 0.99}, PASS, 0.0),
        ({"FEMALE_BREAST_EXPOSED": 0.24}, PASS, 0.24),
        ({"FEMALE_BREAST_EXPOSED": 0.25}, REVIEW, 0.25),
        ({"FEMALE_BREAST_EXPOSED": 0.6}, FAIL, 0.6),
        ({"FEMALE_BREAST_COVERED": 0.99}, REVIEW, 0.99),
        ({"MALE_GENITALIA_EXPOSED": 0.5, "FACE_MALE": 0.9}, FAIL, 0.5),
        ({"BUTTOCKS_EXPOSED": 0.4, "ANUS_EXPOSED": 0.7}, FAIL, 0.7),
    ],
)
def test_safety(
    profile: CheckProfile, candidate: Make, scores: dict[str, float], verdict: Verdict, score: float
) -> None:
    finding = SafetyCheck(profile.safety, Engine(**scores))(candidate())
    assert (finding.verdict, finding.score) == (verdict, score)
    assert finding.parameters["engine"] == "fake 9"


def test_faces_are_noted(profile: CheckProfile, candidate: Make) -> None:
    finding = SafetyCheck(profile.safety, Engine(FACE_MALE=0.36))(candidate())
    assert finding.reasons == ("noted: FACE_MALE 0.36",)


def test_without_an_engine_there_is_no_verdict(profile: CheckProfile, candidate: Make) -> None:
    with pytest.raises(CheckError) as caught:
        SafetyCheck(profile.safety, None)(candidate())
    assert "colophon[safety]" in caught.value.hint


# --- all


def test_checks_fit_the_port_and_have_names_of_their_own(profile: CheckProfile) -> None:
    checks: Sequence[Check] = assemble_checks(profile, neighbours=Shelf(), engine=None)
    looking = ["picture", "provenance", "safety", "duplicate", "palette", "words", "prompt", "people", "space", "logo"]
    assert [check.name for check in checks] == looking
    assert all(check.version for check in checks)
