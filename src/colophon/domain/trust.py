"""The trust policy: a dated, written list of whose signatures are believed, for what, and since when."""

import base64
import binascii
import hashlib
import json
import re
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

C2PA_SIGNING = "1.3.6.1.4.1.62558.2.1"
EMAIL_PROTECTION = "1.3.6.1.5.5.7.3.4"
DOCUMENT_SIGNING = "1.3.6.1.5.5.7.3.36"  # RFC 9336
DEFAULT_EKUS = (C2PA_SIGNING, EMAIL_PROTECTION, DOCUMENT_SIGNING)


_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----")

Name = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?$")]
Oid = Annotated[str, Field(pattern=r"^[0-2](\.(0|[1-9]\d{0,15})){1,20}$")]
Answer = Literal["pass", "review", "fail"]


FirstAction = Literal["c2pa.created", "c2pa.opened"]


class AnchorKind(StrEnum):
    """brand: our own renditions. vendor: pictures we buy. tsa: time stamps, and nothing else."""

    BRAND = "brand"
    VENDOR = "vendor"
    TSA = "tsa"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Anchor(_Part):
    """One entry: certificates (PEM) whose signatures are believed.

    ``organisations`` are the subject organisations (O) that may sign under it; empty: any. ``pins`` are leaf
    certificates: when there are any, only these sign under this anchor, whatever else its authority has issued.
    ``may`` are the actions its manifests may begin with: c2pa.created for who makes pictures, c2pa.opened for who works
    on those of others; empty: both. ``stamp_required``: its signatures need a trusted time stamp. The dates are
    inclusive, in UTC; they are held against the time of a trusted stamp, or else the moment of judging.
    """

    name: Name
    kind: AnchorKind
    reason: Annotated[str, Field(min_length=1, max_length=1000)]
    pem: str = ""
    organisations: tuple[str, ...] = ()
    pins: tuple[str, ...] = ()
    may: tuple[FirstAction, ...] = ()
    stamp_required: bool = False
    valid_from: date | None = None
    valid_until: date | None = None

    @model_validator(mode="after")
    def _has_certificates(self) -> Self:
        if not self.pem and not self.pins:
            raise ValueError("an anchor needs certificates: pem, file or pins")
        for text in (self.pem, *self.pins):
            if text and not certificates(text):
                raise ValueError("not certificates in PEM form alone")
        if self.kind is AnchorKind.TSA and (self.organisations or self.may or self.stamp_required):
            raise ValueError("organisations, may and stamp_required say nothing about time stamps")
        if self.valid_from and self.valid_until and self.valid_until < self.valid_from:
            raise ValueError("valid_until is before valid_from")
        return self

    def in_force(self, at: datetime) -> bool:
        day = at.astimezone(UTC).date()
        return (self.valid_from or day) <= day <= (self.valid_until or day)

    def allows(self, organisation: str | None) -> bool:
        return not self.organisations or organisation in self.organisations

    def may_begin(self, action: str | None) -> bool:
        return not self.may or action in self.may

    @property
    def basis(self) -> Literal["pin", "authority"]:
        return "pin" if self.pins else "authority"

    @property
    def digest(self) -> str:
        """SHA-256 over the digests of its certificates, in order of size: which list this was, whatever its file."""
        listed = sorted({c for text in (self.pem, *self.pins) for c in certificates(text)})
        return hashlib.sha256("\n".join(listed).encode()).hexdigest()

    @property
    def bounds(self) -> tuple[datetime, ...]:
        """The moments at which it begins and stops to count."""
        days = [self.valid_from, self.valid_until and self.valid_until + timedelta(days=1)]
        return tuple(datetime.combine(day, time(), UTC) for day in days if day)


class Revoked(_Part):
    """A certificate that is believed no more: a signature made from ``since`` on (UTC, inclusive) does not count, and
    one without a trusted stamp from before then does not either."""

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    since: date
    reason: Annotated[str, Field(min_length=1, max_length=1000)]


class Answers(_Part):
    """What the provenance check answers for a bought picture without a manifest, with one whose signer is not known,
    with one that is broken, and with one whose certificate has ended though a trusted stamp is from before that."""

    absent: Answer = "review"
    untrusted: Answer = "review"
    invalid: Answer = "fail"
    stamped: Answer = "pass"


class ProviderOutput(Answers):
    """The answers for every route, and for single ones where they differ: what a route's own table leaves out is
    answered as for every route."""

    routes: Annotated[dict[str, dict[str, Answer]], Field(max_length=64)] = {}

    @model_validator(mode="after")
    def _routes_answer_known_questions(self) -> Self:
        for name, answers in self.routes.items():
            if unknown := sorted(set(answers) - set(Answers.model_fields)):
                raise ValueError(f"routes.{name}: {', '.join(unknown)} is none of {', '.join(Answers.model_fields)}")
        return self

    def of_route(self, route: str | None) -> Answers:
        general = {name: getattr(self, name) for name in Answers.model_fields}
        return Answers(**general | self.routes.get(route or "", {}))


class TrustPolicy(_Part):
    """Who is believed. A policy without anchors believes nobody."""

    name: Name
    version: Annotated[str, Field(min_length=1, max_length=64)]
    issued: date
    anchors: Annotated[tuple[Anchor, ...], Field(alias="anchor", max_length=32)] = ()
    ekus: Annotated[tuple[Oid, ...], Field(max_length=16)] = DEFAULT_EKUS
    provider_output: ProviderOutput = ProviderOutput()
    revoked: Annotated[tuple[Revoked, ...], Field(max_length=1000)] = ()

    @model_validator(mode="after")
    def _anchors_are_told_apart(self) -> Self:
        names = [anchor.name for anchor in self.anchors]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"anchors are listed twice: {', '.join(twice)}")
        return self

    def in_force(self, at: datetime) -> tuple[Anchor, ...]:
        return tuple(anchor for anchor in self.anchors if anchor.in_force(at))

    def anchor(self, name: str) -> Anchor | None:
        return next((anchor for anchor in self.anchors if anchor.name == name), None)

    def revoked_at(self, sha256: str, moment: datetime) -> bool:
        """Whether a certificate, by the digest of its DER form, was believed no more at that moment."""
        day = moment.astimezone(UTC).date()
        return any(entry.sha256 == sha256 and entry.since <= day for entry in self.revoked)

    @cached_property
    def lists(self) -> dict[str, str]:
        """The digest of each entry's certificates, by its name."""
        return {anchor.name: anchor.digest for anchor in self.anchors}

    @property
    def bounds(self) -> tuple[datetime, ...]:
        """The moments at which time alone changes what this policy says."""
        since = [datetime.combine(entry.since, time(), UTC) for entry in self.revoked]
        return (*since, *(moment for anchor in self.anchors for moment in anchor.bounds))

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the policy with its certificates, independent of comments, line breaks and file names."""
        content = self.model_dump(mode="json", by_alias=True)
        for anchor in content["anchor"]:
            anchor["pem"] = sorted(certificates(anchor["pem"]))
            anchor["pins"] = sorted(c for pin in anchor["pins"] for c in certificates(pin))
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()


def certificates(pem: str) -> tuple[str, ...]:
    """SHA-256 of each certificate in a PEM text; none where a block is anything but base64 of a DER sequence, under
    the label of RFC 7468: what others would read from it is not what is counted here."""
    found: list[str] = []
    blocks = list(_CERTIFICATE.finditer(pem))
    if len(blocks) != pem.count("-----BEGIN"):
        return ()
    for match in blocks:
        try:
            der = base64.b64decode("".join(match[1].split()), validate=True)
        except binascii.Error:
            return ()
        if not der.startswith(b"\x30"):
            return ()
        found.append(hashlib.sha256(der).hexdigest())
    return tuple(found)
