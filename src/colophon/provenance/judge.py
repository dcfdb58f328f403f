"""From a report and a trust policy to the verdict in parts."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Literal

from colophon.domain.provenance import ChainLink, Provenance, ProvenanceState, Signer
from colophon.domain.trust import TrustPolicy
from colophon.provenance import statuses
from colophon.provenance.report import ManifestRead, Report, Status

Integrity = Literal["intact", "broken", "absent", "unknown"]
Stamp = Literal["trusted", "untrusted", "invalid", "absent"]


def unread(policy: TrustPolicy, state: ProvenanceState, library: str, *problems: str) -> Provenance:
    """The verdict on a file without a readable manifest."""
    integrity: Integrity = "absent" if state is ProvenanceState.NONE else "unknown"
    return Provenance(
        state=state,
        integrity=integrity,
        signer=None,
        timestamp="absent",
        signed_at=None,
        revocation="absent",
        claim={},
        policy=policy_facts(policy),
        library=library,
        problems=problems,
    )


def policy_facts(policy: TrustPolicy) -> dict[str, str]:
    return {
        "name": policy.name,
        "version": policy.version,
        "issued": policy.issued.isoformat(),
        "digest": policy.digest,
    }


def judge(report: Report, policy: TrustPolicy) -> Provenance:
    """Judge a report with outcome ``read``, in this order:

    1. which anchors vouch for each manifest's signer;
    2. what the library and the records say against each manifest;
    3. what the policy says against each link of the parent chain;
    4. the state of the active manifest;
    5. the problems of the whole file.
    """
    if report.active is None or report.active not in report.manifests:
        return unread(policy, ProvenanceState.ERROR, report.library, "manifest.no-active")
    vouched = {label: statuses.vouching(label, report) for label in report.manifests}  # 1
    against = statuses.problems_by_manifest(report, vouched)  # 2
    path = list(_path(report))
    allowed = {label: _allowed(report.manifests[label], vouched[label], policy) for label, _ in path}
    chain = []
    for label, unsigned in path:  # 3
        codes = against.setdefault(label, [])
        codes += _policy_problems(vouched[label], allowed[label], codes, unsigned)
        chain.append(_link(label, report.manifests[label], allowed[label], codes))
    active = report.manifests[report.active]
    anchor = allowed[report.active]
    timestamp = _timestamp(report)
    return Provenance(
        state=_state(report, anchor),  # 4
        integrity=_integrity(report),
        signer=_signer(active, anchor),
        timestamp=timestamp,
        signed_at=None if timestamp == "absent" else _time(active.time),
        revocation="not_checked",
        claim=_claim(report.manifests[chain[-1].label]),
        policy=policy_facts(policy),
        library=report.library,
        chain=tuple(chain),
        problems=tuple(_all_problems(report.active, against)),  # 5
    )


def _path(report: Report) -> Iterator[tuple[str, bool]]:
    """Labels from the active manifest along ``parentOf`` to the oldest, each with whether its parent is unsigned."""
    label, seen = report.active, set[str]()
    while label is not None and label in report.manifests and label not in seen:
        seen.add(label)
        parent = report.manifests[label].parent
        upwards = parent.manifest if parent else None
        yield label, parent is not None and upwards not in report.manifests
        label = upwards


def _allowed(manifest: ManifestRead, names: tuple[str, ...], policy: TrustPolicy) -> str | None:
    """The first vouching anchor under which this organisation may sign."""
    anchors = (policy.anchor(name) for name in names)
    return next((a.name for a in anchors if a and a.allows(manifest.organisation)), None)


def _policy_problems(vouched: tuple[str, ...], anchor: str | None, codes: list[str], unsigned: bool) -> Iterator[str]:
    if vouched and anchor is None:
        yield "policy.signer"
    elif anchor is None and not any(code.startswith("signingCredential.") for code in codes):
        # Nothing is said against the signer: it is trusted, but only under an anchor that is not for claims.
        yield "policy.anchor-kind"
    if unsigned:
        yield "policy.parent-unsigned"


def _link(label: str, manifest: ManifestRead, anchor: str | None, codes: list[str]) -> ChainLink:
    sources = [action.source_type for action in manifest.actions if action.source_type]
    return ChainLink(
        label=label,
        title=manifest.title,
        organisation=manifest.organisation,
        trusted=anchor is not None,
        problems=tuple(codes),
        actions=tuple(action.action for action in manifest.actions),
        source_types=tuple(dict.fromkeys(sources)),
        agent=manifest.actions[0].agent if manifest.actions else None,
        generator=manifest.generator,
        anchor=anchor,
    )


def _state(report: Report, anchor: str | None) -> ProvenanceState:
    """The library's state, except that an ancestor's unknown signer is a problem of that link and not of this state,
    and that trust needs an anchor for claims under which the organisation may sign."""
    if report.state not in ("Trusted", "Valid"):
        return ProvenanceState.INVALID
    return ProvenanceState.TRUSTED if anchor else ProvenanceState.VALID


def _integrity(report: Report) -> Integrity:
    """Broken: a hash or signature does not fit. A certificate that is not acceptable leaves the bytes intact."""
    failures = [status.code for status in report.statuses if status.filed == "failure"]
    if report.state == "Invalid" and not failures:
        return "unknown"
    about_credential = ("signingCredential.", "timeStamp.", "claimSignature.outsideValidity")
    return "intact" if all(code.startswith(about_credential) for code in failures) else "broken"


def _timestamp(report: Report) -> Stamp:
    """Of the active manifest. Only the time-stamp anchors make a stamp trusted: the library takes any anchor."""
    codes = _stamp_codes(report.fresh.get(report.active or "", ()))
    if not codes:
        return "absent"
    if codes & {"mismatch", "malformed", "outsideValidity"}:
        return "invalid"
    return "trusted" if "trusted" in _stamp_codes(report.stamps_only.get(report.active or "", ())) else "untrusted"


def _stamp_codes(found: Iterable[Status]) -> set[str]:
    prefix = "timeStamp."
    return {status.code.removeprefix(prefix) for status in found if status.code.startswith(prefix)}


def _time(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else None


def _signer(manifest: ManifestRead, anchor: str | None) -> Signer:
    return Signer(
        organisation=manifest.organisation,
        common_name=manifest.common_name,
        serial=manifest.serial,
        trusted=anchor is not None,
        anchor=anchor,
        algorithm=manifest.algorithm,
    )


def _claim(oldest: ManifestRead) -> dict[str, str | None]:
    """What the oldest manifest says it is: its signer's word."""
    made = next((action for action in oldest.actions if action.source_type), None)
    first = made or (oldest.actions[0] if oldest.actions else None)
    return {
        "vendor": oldest.organisation,
        "model": first.agent if first else None,
        "source_type": first.source_type if first else None,
        "generator": oldest.generator,
        "date": (first.when if first else None) or oldest.time,
    }


def _all_problems(active: str, against: dict[str, list[str]]) -> list[str]:
    """The active manifest's own codes first, then those of ingredients at any depth, marked as such."""
    found = list(against.get(active, []))
    for label, codes in against.items():
        if label != active:
            found += [code if code.startswith("policy.") else f"ingredient.{code}" for code in codes]
    return list(dict.fromkeys(found))
