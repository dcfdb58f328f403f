"""The certificates in use, as facts: the signing chain with its key, and the anchors of the trust policy."""

import os
import ssl
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from colophon.bootstrap.runtime import Runtime
from colophon.bootstrap.signing import key_at, signing_chain
from colophon.domain.trust import TrustPolicy
from colophon.errors import ColophonError, Conflict, InvalidInput, NotFound
from colophon.ports import CertifiableKey
from colophon.provenance import CertificateFacts, certificate_facts
from colophon.provenance.requests import Applicant, PemKey, certificate_request, new_key
from colophon.provenance.stores import signing_chains
from colophon.services.ingest import read_picture_file

WARN_DAYS = 30  # before an end: time for an authority to issue another certificate

View = dict[str, Any]


def certificates_view(rt: Runtime) -> View:
    """The signing chain, whether its key belongs to it and may be used now, and every certificate of the policy.

    Raises `InvalidInput` when chain or policy cannot be read; what is wrong with key and dates is in ``problems``.
    """
    now = rt.clock.now()
    chain = certificate_facts(signing_chain(rt.settings), now=now)
    problems = [*_dates(chain, now), *_key_problems(rt)]
    anchors = [_anchor_view(name, kind, found) for name, kind, found in anchor_certificates(rt.trust_policy, now)]
    return {
        "ok": not problems,
        "signing": {"development": chain[0].development, "chain": [_view(each) for each in chain]},
        "anchors": anchors,
        "problems": problems,
    }


def file_certificates(file: Path, rt: Runtime) -> list[View]:
    """The certificates that signed a file's manifests, the active one first, as facts and PEM: to compare with the
    vendor's word before one is pinned. Raises `InvalidInput`, and `NotFound` for a file without any."""
    chains = signing_chains(read_picture_file(file), rt.confined)
    rows = []
    for label, chain in chains.items():
        pem = "".join(ssl.DER_cert_to_PEM_cert(der) for der in chain)
        if pem:
            facts = [_view(each) for each in certificate_facts(pem, now=rt.clock.now())]
            rows.append({"label": label, "certificates": facts, "pem": pem})
    if not rows:
        raise NotFound("no certificate can be read from this file", where=str(file), hint="`colophon verify` says more")
    return rows


def anchor_certificates(policy: TrustPolicy, now: datetime) -> Iterator[tuple[str, str, tuple[CertificateFacts, ...]]]:
    """Name, kind and certificates (pinned ones too) of each anchor."""
    for anchor in policy.anchors:
        texts = (text for text in (anchor.pem, *anchor.pins) if text)
        yield anchor.name, anchor.kind.value, tuple(f for text in texts for f in certificate_facts(text, now=now))


def ending(policy: TrustPolicy, now: datetime) -> Iterator[tuple[str, CertificateFacts]]:
    """The certificates of anchors in force that end within `WARN_DAYS`, with the anchor's name."""
    in_force = {anchor.name for anchor in policy.in_force(now)}
    for name, _, found in anchor_certificates(policy, now):
        for each in found if name in in_force else ():
            if each.days_left < WARN_DAYS:
                yield name, each


@dataclass(frozen=True, slots=True)
class Application:
    """What a certificate request is made of: whom it names, the address of an existing ``key`` or where a new one of
    ``algorithm`` is written, the purpose beside claim signing (``email`` or ``document``), and where it goes."""

    country: str
    organisation: str
    common_name: str
    key: str | None
    new_key: Path
    algorithm: str
    second: str
    out: Path


def request_certificate(wish: Application) -> View:
    """Write a certificate request, and first a new key that only its owner may read, where none is named. Nothing is
    overwritten. Raises `InvalidInput`, `Conflict`, `SigningError`."""
    applicant = Applicant(wish.country, wish.organisation, wish.common_name)
    subject = applicant.name().rfc4514_string()  # what is wrong with it is told before a key is made
    _refuse_existing(wish.out)
    if wish.key is None:
        text = new_key(wish.algorithm)
        _write_new(wish.new_key, text, mode=0o600)
        held: CertifiableKey = PemKey(text)
    else:
        held = _certifiable(wish.key)
    _write_new(wish.out, certificate_request(applicant, held, second=wish.second), mode=0o644)
    made = {"request": str(wish.out), "subject": subject, "algorithm": held.algorithm}
    return made | {"new_key": str(wish.new_key) if wish.key is None else None}


def _certifiable(address: str) -> CertifiableKey:
    held = key_at(address)
    if isinstance(held, str):
        return PemKey(held)
    if not isinstance(held, CertifiableKey):
        hint = "make the request with the service's own tools"
        raise InvalidInput("this key service does not tell its public key", where="--key", hint=hint)
    return held


def _refuse_existing(path: Path) -> None:
    if path.exists():
        raise Conflict("the file is there already and is not overwritten", where=str(path), hint="name another one")


def _write_new(path: Path, text: str, *, mode: int) -> None:
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        _refuse_existing(path)
    except OSError as error:
        raise InvalidInput(f"the file cannot be written: {error.strerror}", where=str(path)) from error


def _dates(chain: tuple[CertificateFacts, ...], now: datetime) -> Iterator[str]:
    for each in chain:
        if each.not_after < now:
            yield f"{each.subject} ended on {each.not_after.date().isoformat()}"
        elif each.not_before > now:
            yield f"{each.subject} begins on {each.not_before.date().isoformat()}"


def _key_problems(rt: Runtime) -> Iterator[str]:
    try:
        rt.signer  # noqa: B018 - making it tries the key
    except ColophonError as error:
        yield f"{error.where + ': ' if error.where else ''}{error.message}"


def _view(each: CertificateFacts) -> View:
    ends = {"not_before": each.not_before.isoformat(), "not_after": each.not_after.isoformat()}
    return asdict(each) | ends | {"purposes": list(each.purposes), "development": each.development}


def _anchor_view(name: str, kind: str, found: tuple[CertificateFacts, ...]) -> View:
    return {"name": name, "kind": kind, "certificates": [_view(each) for each in found]}
