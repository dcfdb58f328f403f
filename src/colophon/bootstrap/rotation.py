"""A new development set beside the old one, without a moment at which what is signed is not believed.

The new root becomes a further anchor of the trust policy before its key is used, and the old root stays one, so that
old renditions stay verifiable. A process that read the policy before goes on with the old key until it ends.
"""

import fcntl
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from colophon.bootstrap.signing import read_text
from colophon.domain.trust import TrustPolicy
from colophon.domain.trust_file import parse_policy
from colophon.errors import ColophonError, Conflict, InvalidInput
from colophon.provenance import certificate_facts, make_development_ca
from colophon.settings import Settings

_VERSION = re.compile(r"""^(version\s*=\s*["'])([^"'\n]*)(["'])""", re.MULTILINE)
_ISSUED = re.compile(r"^(issued\s*=\s*)\d{4}-\d{2}-\d{2}", re.MULTILINE)
_SET = ("key.pem", "chain.pem", "ca.pem")  # in the order they are put in place: a chain never waits for its key


def renew_development_set(settings: Settings, now: datetime) -> dict[str, Any]:
    """Make a development root and leaf, add the root to the trust policy, then put the new key in place of the old one,
    which is deleted; the old certificates go to ``pki/archive``.

    Raises `InvalidInput` when another certificate is configured or the policy cannot be read or extended, `Conflict`
    while another process is at it. Whenever it stops, what is signed is believed; running it again completes it.
    """
    if settings.signing_cert is not None or settings.signing_key is not None:
        hint = "for a certificate of your own: colophon certs request"
        where = "COLOPHON_SIGNING_CERT"
        raise InvalidInput("this installation does not sign with a development set", where=where, hint=hint)
    pki, file = settings.pki_folder, settings.trust_policy_file
    _parsed(read_text(file, "the trust policy"), file)  # before anything is made
    with _alone(settings.home), _draft(pki, settings.organisation, now) as draft:
        root = (draft / "ca.pem").read_text()
        before, after = _believe(file, root, now)
        kept = _archive(pki, now)
        for name in _SET:
            (draft / name).replace(pki / name)
    anchor = after.anchors[-1].name
    leaf = certificate_facts((pki / "chain.pem").read_text(), now=now)[0]
    return {
        "anchor": anchor,
        "policy": {"file": str(file), "from": before.version, "to": after.version},
        "archived": str(kept) if kept else None,
        "certificate": {"subject": leaf.subject, "sha256": leaf.sha256, "not_after": leaf.not_after.isoformat()},
    }


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    try:
        with (home / ".renewal.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
    except BlockingIOError as error:
        raise Conflict("another process is renewing the development set", where=str(home)) from error
    except OSError as error:
        raise InvalidInput(f"the development set cannot be written: {error.strerror}", where=str(home)) from error


@contextmanager
def _draft(pki: Path, organisation: str, now: datetime) -> Iterator[Path]:
    """The new set in a folder beside the old one, on the same disk."""
    draft = pki.with_name(f".{pki.name}.{secrets.token_hex(4)}.new")
    try:
        make_development_ca(draft, organisation=organisation, now=now)
        yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _believe(file: Path, root: str, now: datetime) -> tuple[TrustPolicy, TrustPolicy]:
    """Add an anchor to the policy's text and put it in place at once. The policy before and after."""
    old = read_text(file, "the trust policy")
    before = _parsed(old, file)
    name = _free_name(f"brand-{now.date().isoformat()}", {anchor.name for anchor in before.anchors})
    new = _dated(old.rstrip("\n") + "\n" + _entry(name, root, now), now)
    after = _parsed(new, file)
    if after.anchors[:-1] != before.anchors or after.anchors[-1].name != name:
        hint = "add the new root by hand; it was not put in place"
        raise InvalidInput("the trust policy cannot be extended by an entry at its end", where=str(file), hint=hint)
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        draft.write_text(new, encoding="utf-8")
        shutil.copymode(file, draft)
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
    return before, after


def _parsed(text: str, file: Path) -> TrustPolicy:
    return parse_policy(text, lambda name: read_text(file.parent / name, "a certificate of the policy"), file=str(file))


def _free_name(name: str, taken: set[str]) -> str:
    numbered = (f"{name}.{number}" for number in range(2, 1000))
    return next(each for each in (name, *numbered) if each not in taken)


def _entry(name: str, root: str, now: datetime) -> str:
    reason = f"Development certificate authority of this installation, made on {now.date().isoformat()}."
    return f'\n[[anchor]]\nname = "{name}"\nkind = "brand"\nreason = "{reason}"\npem = """\n{root.strip()}\n"""\n'


def _dated(text: str, now: datetime) -> str:
    """The policy's own version counted up (7 becomes 8, anything else gets ``.1``) and its date, where its head has
    them in the usual form."""
    head, mark, rest = text.partition("\n[")
    head = _VERSION.sub(lambda found: f"{found[1]}{_next(found[2])}{found[3]}", head, count=1)
    return _ISSUED.sub(rf"\g<1>{now.date().isoformat()}", head, count=1) + mark + rest


def _next(version: str) -> str:
    stem, _, last = version.rpartition(".")
    if not last.isdecimal():
        return f"{version}.1"
    return f"{stem}.{int(last) + 1}" if stem else str(int(last) + 1)


def _archive(pki: Path, now: datetime) -> Path | None:
    """Copies of the old certificates, without their key; None where there is no old set."""
    if not (pki / "chain.pem").exists():
        return None
    try:
        serial = certificate_facts((pki / "chain.pem").read_text(), now=now)[0].serial[:16]
    except ColophonError:
        serial = "unreadable"
    kept = pki / "archive" / f"{now:%Y%m%dT%H%M%SZ}-{serial}"
    kept.mkdir(parents=True, exist_ok=True)
    for name in ("chain.pem", "ca.pem"):
        if (pki / name).exists():
            shutil.copy2(pki / name, kept / name)
    return kept
