"""Whether a time-stamp answer (RFC 3161, section 2.4.2) is one to this query, is signed, and is of now."""

from datetime import datetime, timedelta
from typing import Any

from asn1crypto import cms, core, tsp
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from colophon.errors import SigningError, SigningUnavailable

_GRANTED = ("granted", "granted_with_mods")
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}


class _Answer(core.Sequence):  # type: ignore[misc]  # an untyped library
    """As in the RFC: asn1crypto's own form of it misses that a refusal has no token."""

    _fields = [("status", tsp.PKIStatusInfo), ("time_stamp_token", cms.ContentInfo, {"optional": True})]  # noqa: RUF012


def check_answer(query: bytes, answer: bytes, *, name: str, now: datetime, tolerance: timedelta) -> None:
    """Raises `SigningUnavailable` when the service refuses to stamp, `SigningError` when it sends a stamp that must
    not be used: for other data, of another request, of another time, or not signed by the certificate it names."""
    try:
        _check_granted(answer, name)
        fault = _fault(query, answer, now, tolerance)
    except (InvalidSignature, ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError) as error:
        what = "its signature does not fit" if isinstance(error, InvalidSignature) else "it is not a time stamp"
        raise _wrong(what, name) from error
    if fault:
        raise _wrong(fault, name)


def _wrong(what: str, name: str) -> SigningError:
    hint = "nothing was signed; check the address in COLOPHON_TSA_URL and this machine's clock"
    return SigningError(f"the time-stamp service's answer must not be used: {what}", where=name, hint=hint)


def _check_granted(answer: bytes, name: str) -> None:
    status = _Answer.load(answer, strict=True)["status"]
    if status["status"].native not in _GRANTED:
        said = " ".join(str(part) for part in status["status_string"].native or ())
        reason = ascii(said)[1:-1][:120] or ", ".join(sorted(status["fail_info"].native or ())) or "no reason given"
        hint = "ask who runs the service; COLOPHON_TSA_OUTAGE=unstamped signs without a stamp meanwhile"
        raise SigningUnavailable(f"the time-stamp service refuses: {reason}", where=name, hint=hint)


def _fault(query: bytes, answer: bytes, now: datetime, tolerance: timedelta) -> str:
    """The first thing wrong with a granted stamp, in words; empty when there is none."""
    wanted = tsp.TimeStampReq.load(query, strict=True)
    signed: Any = _Answer.load(answer, strict=True)["time_stamp_token"]["content"]
    stamp = signed["encap_content_info"]["content"].parsed
    if stamp["message_imprint"].native != wanted["message_imprint"].native:
        return "it is for other data"
    if stamp["nonce"].native != wanted["nonce"].native:
        return "it answers another request"
    moment: datetime = stamp["gen_time"].native
    if abs(moment - now) > tolerance:
        return f"its time {moment.isoformat(timespec='seconds')} is far from this machine's clock"
    return _signature_fault(signed)


def _signature_fault(signed: Any) -> str:
    """CMS signed attributes (RFC 5652, section 5.4), verified with the certificate that the signer names."""
    [signer] = signed["signer_infos"]
    digest = _HASHES[signer["digest_algorithm"]["algorithm"].native]
    content = hashes.Hash(digest)
    content.update(signed["encap_content_info"]["content"].contents)
    attributes = {each["type"].native: each["values"][0].native for each in signer["signed_attrs"]}
    if attributes["message_digest"] != content.finalize():
        return "its content was changed"
    certificate = _certificate(signed, signer["sid"])
    if certificate is None:
        return "it does not hold its signer's certificate"
    _verify(certificate, signer, digest)
    return ""


def _certificate(signed: Any, sid: cms.SignerIdentifier) -> x509.Certificate | None:
    for choice in signed["certificates"]:
        held: asn1.Certificate = choice.chosen
        by_name = sid.name == "issuer_and_serial_number"
        named = (
            (held.issuer, held.serial_number) == (sid.chosen["issuer"], sid.chosen["serial_number"].native)
            if by_name
            else held.key_identifier == sid.native
        )
        if named:
            return x509.load_der_x509_certificate(held.dump())
    return None


def _verify(certificate: x509.Certificate, signer: Any, digest: hashes.HashAlgorithm) -> None:
    public, signature = certificate.public_key(), signer["signature"].native
    message = signer["signed_attrs"].untag().dump()
    if isinstance(public, ec.EllipticCurvePublicKey):
        public.verify(signature, message, ec.ECDSA(digest))
    elif isinstance(public, rsa.RSAPublicKey):
        padded: Any = padding.PKCS1v15()
        if signer["signature_algorithm"].signature_algo == "rsassa_pss":
            padded = padding.PSS(padding.MGF1(digest), padding.PSS.AUTO)
        public.verify(signature, message, padded, digest)
    else:
        raise ValueError("a stamp's key is RSA or ECDSA")
