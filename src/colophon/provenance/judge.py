"""From a report and a trust policy to the verdict in parts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from colophon.domain.provenance import ChainLink, Integrity, Provenance, ProvenanceState, Revocation, Signer
from colophon.domain.trust import Anchor, TrustPolicy
from colophon.provenance import statuses
from colophon.provenance.report import ManifestRead, Report

UNTRUSTED, EXPIRED = "signingCredential.untrusted", "signingCredential.expired"


@dataclass(frozen=True, slots=True)
class Question:
    """What a file is judged by: a policy, as of a moment. ``present``: that moment is now, so that the library, which
    knows no other, has a say about whom to believe."""

    policy: TrustPolicy
    at: datetime
    present: bool = True


def unread(
    policy: TrustPolicy, state: ProvenanceState, library: str, *problems: str, integrity: Integrity | None = None
) -> Provenance:
    """The verdict on a file without a readable manifest."""
    return Provenance(
        state=state,
        integrity=integrity or ("absent" if state is ProvenanceState.NONE else "unknown"),
        signer=None,
        timestamp="absent",
        signed_at=None,
        revocation="absent",
        claim={},
        policy=policy_facts(policy),
        library=library,
        problems=problems,
        lists=policy.lists,
    )


def policy_facts(policy: TrustPolicy) -> dict[str, str]:
    return {
        "name": policy.name,
        "version": policy.version,
        "issued": policy.issued.isoformat(),
        "digest": policy.digest,
    }


def judge(report: Report, question: Question) -> Provenance:
    """Judge a report with outcome ``read``, in this order:

    1. what the library and the records say against each manifest, its signer left out;
    2. what is said against each signer, and which entry of the policy vouches for it;
    3. what the policy says against each manifest, those of placed pictures too;
    4. the state of the active manifest;
    5. the problems of the whole file.
    """
    policy = question.policy
    if report.active is None or report.active not in report.manifests:
        return unread(policy, ProvenanceState.ERROR, report.library, "manifest.no-active")
    against = statuses.problems_by_manifest(report)  # 1
    path = dict(_path(report))
    for label in report.manifests:  # 2
        against[label] += _signer_problems(label, report, question)
    believed = {label: _believed(label, report, question, against[label]) for label in report.manifests}
    for label in report.manifests:  # 3
        unsigned = path.get(label, False)
        against[label] += list(_policy_problems(label, report, believed[label], against[label], unsigned))
    links = [_link(label, report, question, believed[label], against[label]) for label in path]
    active, anchor = links[0], believed[report.active]
    return Provenance(
        state=_state(report, against[report.active], anchor),  # 4
        integrity=_integrity(report, [code for codes in against.values() for code in codes]),
        signer=_signer(report.manifests[report.active], active, anchor),
        timestamp=active.timestamp,
        signed_at=active.signed_at,
        revocation=active.revocation,
        claim=_claim(report.manifests[links[-1].label]),
        policy=policy_facts(policy),
        library=report.library,
        chain=tuple(links),
        problems=tuple(_all_problems(report.active, against)),  # 5
        lists=policy.lists,
        holds_until=_holds_until(report, question),
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


def _signer_problems(label: str, report: Report, question: Question) -> Iterator[str]:
    """Against the signer, as of the moment it had to be good. An entry that vouches for nobody at all is no entry."""
    signer, moment = report.manifests[label].signer, report.judged.get(label, question.at)
    if signer is None:
        yield "policy.signer-unproven"
        yield UNTRUSTED
        return
    if not signer.begins <= moment <= signer.ends:
        yield EXPIRED if moment > signer.ends else "policy.before-certificate"
    if any(question.policy.revoked_at(digest, moment) for digest in signer.chain):
        yield "policy.revoked"
    if not signer.entries or (label == report.active and question.present and _library_doubts(label, report)):
        yield UNTRUSTED


def _library_doubts(label: str, report: Report) -> bool:
    """Under all anchors the library finds nobody behind a signer whose certificate has not ended."""
    codes = {status.code for status in report.statuses if status.label == label}
    return UNTRUSTED in codes and EXPIRED not in codes


def _believed(label: str, report: Report, question: Question, codes: Sequence[str]) -> Anchor | None:
    """The first entry that vouches and under which this organisation may sign."""
    manifest = report.manifests[label]
    if manifest.signer is None or _refused(codes):
        return None
    entries = (question.policy.anchor(name) for name in manifest.signer.entries)
    return next((a for a in entries if a and a.allows(manifest.organisation)), None)


def _refused(codes: Sequence[str]) -> bool:
    return any(code.startswith(("signingCredential.", "policy.revoked", "policy.before-certificate")) for code in codes)


def _policy_problems(
    label: str, report: Report, anchor: Anchor | None, codes: Sequence[str], unsigned: bool
) -> Iterator[str]:
    manifest = report.manifests[label]
    if anchor is None and not _refused(codes):
        yield "policy.signer"
    if anchor is not None and not anchor.may_begin(manifest.actions[0].action if manifest.actions else None):
        yield "policy.action"
    if anchor is not None and anchor.stamp_required and statuses.stamp(label, report) != "trusted":
        yield "policy.unstamped"
    if unsigned:
        yield "policy.parent-unsigned"


def _link(label: str, report: Report, question: Question, anchor: Anchor | None, codes: list[str]) -> ChainLink:
    manifest = report.manifests[label]
    sources = [action.source_type for action in manifest.actions if action.source_type]
    timestamp = statuses.stamp(label, report)
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
        anchor=anchor.name if anchor else None,
        common_name=manifest.common_name,
        basis=anchor.basis if anchor else None,
        integrity="broken" if any(map(statuses.breaks, codes)) else "intact",
        timestamp=timestamp,
        signed_at=None if timestamp == "absent" else _time(manifest.time),
        revocation=_revocation(label, report, codes),
        expired=manifest.signer is not None and question.at > manifest.signer.ends,
        date=(manifest.actions[0].when if manifest.actions else None) or manifest.time,
    )


def _revocation(label: str, report: Report, codes: Sequence[str]) -> Revocation:
    return "revoked" if "policy.revoked" in codes else statuses.revocation(label, statuses.everything(report))


def _state(report: Report, codes: Sequence[str], anchor: Anchor | None) -> ProvenanceState:
    """Invalid where anything is said against the active manifest but that its signer is not known here; an ancestor's
    problem is one of that link. Trust needs an entry for claims under which the organisation may sign."""
    soft = {UNTRUSTED, "policy.signer-unproven"}
    hard = [code for code in codes if code not in soft and (not code.startswith("policy.") or code in _UNTIMELY)]
    fresh = [s for s in report.statuses if s.filed == "failure" and s.code not in statuses.OF_THE_MOMENT]
    unexplained = report.state not in ("Trusted", "Valid") and not (fresh or _momentary(report))
    broken_elsewhere = any(statuses.breaks(s.code) for s in fresh)
    if hard or unexplained or (report.state not in ("Trusted", "Valid") and broken_elsewhere):
        return ProvenanceState.INVALID
    return ProvenanceState.TRUSTED if anchor else ProvenanceState.VALID


_UNTIMELY = ("policy.before-certificate",)


def _momentary(report: Report) -> bool:
    """Whether the library's state is explained by what depends on the clock."""
    return any(s.filed == "failure" and s.code in statuses.OF_THE_MOMENT for s in report.statuses)


def _integrity(report: Report, codes: Sequence[str]) -> Integrity:
    """Broken: a hash or signature does not fit. A certificate that is not acceptable leaves the bytes intact."""
    failures = [status for status in report.statuses if status.filed == "failure"]
    if report.state not in ("Trusted", "Valid") and not failures and not codes:
        return "unknown"
    return "broken" if any(statuses.breaks(status.code) for status in failures) else "intact"


def _time(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else None


def _signer(manifest: ManifestRead, link: ChainLink, anchor: Anchor | None) -> Signer:
    certificate = manifest.signer
    return Signer(
        organisation=manifest.organisation,
        common_name=manifest.common_name,
        serial=certificate.serial if certificate else None,
        trusted=anchor is not None,
        anchor=anchor.name if anchor else None,
        algorithm=manifest.algorithm,
        basis=link.basis,
        issuer=certificate.issuer if certificate else None,
        sha256=certificate.chain[0] if certificate else None,
        valid_until=certificate.ends if certificate else None,
        expired=link.expired,
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


def _holds_until(report: Report, question: Question) -> datetime | None:
    """The next moment at which a certificate or an entry of the policy begins or ends. A signer who is judged at the
    time of a stamp is past all that."""
    moments = set(question.policy.bounds)
    for label, manifest in report.manifests.items():
        if manifest.signer is not None and report.judged.get(label) == question.at:
            moments |= {bound + timedelta(seconds=1) for bound in manifest.signer.bounds}
    return min((moment for moment in moments if moment > question.at), default=None)
