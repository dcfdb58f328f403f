"""The reading port: bytes in, verdict out, parsed in a limited child process with the network shut."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from colophon.domain.provenance import Integrity, Provenance, ProvenanceState
from colophon.domain.trust import Anchor, AnchorKind, TrustPolicy
from colophon.errors import ColophonError, InvalidInput
from colophon.provenance.calls import ConfinedCall
from colophon.provenance.judge import Question, judge, unread
from colophon.provenance.library import require_library
from colophon.provenance.pki import certificate_facts
from colophon.provenance.report import Report

MAX_PICTURE_BYTES = 64 * 1024 * 1024
MAX_DETACHED_BYTES = 8 * 1024 * 1024

_UNREAD = {
    "none": (ProvenanceState.NONE, ()),
    # The manifest is said to be at an address. It is not fetched: an address in a picture is its author's choice.
    "remote": (ProvenanceState.NONE, ("remote.not-fetched",)),  # and what it would say stays unknown
    "unsupported": (ProvenanceState.ERROR, ("format.unsupported",)),
    "limits": (ProvenanceState.ERROR, ("limits.manifests",)),
    "error": (ProvenanceState.ERROR, ("manifest.unreadable",)),
}


def _utc_now() -> datetime:
    return datetime.now(UTC)


class C2paReader:
    """Judges files under one trust policy. Raises `InvalidInput` when the policy has a certificate that does not parse.

    Safe to use from several threads as far as ``confined`` is.
    """

    def __init__(
        self, confined: ConfinedCall, policy: TrustPolicy, *, clock: Callable[[], datetime] = _utc_now
    ) -> None:
        require_library()
        for anchor in policy.anchors:
            for text in (anchor.pem, *anchor.pins):
                _require_certificates(text, anchor, clock())
        self.policy = policy
        self._confined = confined
        self._clock = clock

    def read(self, content: bytes, detached: bytes | None = None, *, at: datetime | None = None) -> Provenance:
        """The verdict on any bytes; what cannot be read is state ``error``, never an exception.

        ``at``: judge as of that time instead of now, certificates and entries of the policy alike. A signature with a
        trusted time stamp is judged as of its stamp either way.
        """
        policy = self.policy
        if len(content) > MAX_PICTURE_BYTES or len(detached or b"") > MAX_DETACHED_BYTES:
            return unread(policy, ProvenanceState.ERROR, "", "limits.size")
        question = Question(policy, (at or self._clock()).astimezone(UTC), present=at is None)
        blobs = [content] if detached is None else [content, detached]
        try:
            answer, _ = self._confined.call("read_manifest", self._parameters(question.at), blobs)
            report = Report.model_validate(answer)
        except ColophonError as error:
            reason = error.reason or error.code
            return unread(policy, ProvenanceState.ERROR, "", f"reader.{reason}", error.message[:200])
        except ValidationError:
            return unread(policy, ProvenanceState.ERROR, "", "reader.answer")
        return _verdict(report, question)

    def _parameters(self, at: datetime) -> dict[str, Any]:
        """Entries for claims are all handed over, with their dates: they may count for an older signature. Those for
        stamps have to count at the time asked for."""
        chosen = [a for a in self.policy.anchors if a.kind is not AnchorKind.TSA or a.in_force(at)]
        return {"anchors": [_entry(a) for a in chosen], "ekus": list(self.policy.ekus), "at": at.isoformat()}


def _require_certificates(text: str, anchor: Anchor, now: datetime) -> None:
    try:
        if text:
            certificate_facts(text, now=now)
    except InvalidInput as error:
        raise InvalidInput(error.message, where=f"anchor {anchor.name} of the trust policy", hint=error.hint) from error


def _verdict(report: Report, question: Question) -> Provenance:
    if report.outcome == "read":
        return judge(report, question)
    state, problems = _UNREAD[report.outcome]
    said = (report.message,) if report.message and state is ProvenanceState.ERROR else ()
    integrity: Integrity | None = "unknown" if report.outcome == "remote" else None
    return unread(question.policy, state, report.library, *problems, *said, integrity=integrity)


def _entry(anchor: Anchor) -> dict[str, object]:
    dates = {"valid_from": anchor.valid_from, "valid_until": anchor.valid_until}
    return {
        "name": anchor.name,
        "kind": anchor.kind.value,
        "pem": anchor.pem,
        "pins": list(anchor.pins),
        **{name: day.isoformat() for name, day in dates.items() if day},
    }
