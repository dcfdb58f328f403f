"""The trust policy as a file: read with every problem told at once, and the text of a first one."""

import tomllib
from collections.abc import Callable
from datetime import date

from pydantic import ValidationError

from colophon.domain.trust import C2PA_SIGNING, DOCUMENT_SIGNING, EMAIL_PROTECTION, TrustPolicy
from colophon.errors import ColophonError, InvalidInput, Problem

MAX_POLICY_CHARS = 2_000_000


def parse_policy(toml_text: str, read_pem: Callable[[str], str], *, file: str = "trust.toml") -> TrustPolicy:
    """The policy in ``toml_text``; ``read_pem`` gives the text of a file that an anchor names.

    Raises `InvalidInput` with every problem found.
    """
    if len(toml_text) > MAX_POLICY_CHARS:
        raise InvalidInput(f"a trust policy has at most {MAX_POLICY_CHARS} characters", where=file)
    try:
        content = tomllib.loads(toml_text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InvalidInput.of([Problem("bad_policy", f"not TOML: {error}", file=file)]) from error
    problems = _resolve(content, read_pem, file)
    try:
        policy = TrustPolicy.model_validate(content)
    except ValidationError as error:
        raise InvalidInput.of([*problems, *_problems(error, file)]) from error
    if problems:
        raise InvalidInput.of(problems)
    return policy


def _resolve(content: dict[str, object], read_pem: Callable[[str], str], file: str) -> list[Problem]:
    """Put the content of named files in the place of their names."""
    problems: list[Problem] = []
    entries = content.get("anchor")
    for number, anchor in enumerate(entries if isinstance(entries, list) else []):
        if not isinstance(anchor, dict) or "file" not in anchor:
            continue
        path, name = f"anchor[{number}].file", anchor.pop("file")
        if not isinstance(name, str) or "pem" in anchor:
            problems.append(Problem("bad_policy", "give a file name or pem, not both", file=file, path=path))
            continue
        try:
            anchor["pem"] = read_pem(name)
        except (OSError, UnicodeDecodeError, ColophonError) as error:
            problems.append(Problem("bad_policy", f"cannot read the file: {error}", file=file, path=path, found=name))
    return problems


def _problems(error: ValidationError, file: str) -> list[Problem]:
    found = []
    for detail in error.errors(include_url=False, include_context=False):
        parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in detail["loc"]]
        value = "" if isinstance(detail["input"], dict | list) else str(detail["input"])[:80]
        path = "".join(parts).lstrip(".")
        found.append(Problem("bad_policy", detail["msg"], file=file, path=path, found=value))
    return found


DEVELOPMENT = "Development certificate authority of this installation. Replace it before pictures leave the house."


def default_policy(brand_ca_pem: str, sandbox_ca_pem: str, issued: date, *, brand_reason: str = DEVELOPMENT) -> str:
    """The text of a first policy: the authority of our own renditions, by default the local development one, and the
    sandbox's test authority for its pictures. ``brand_reason`` is one line without quotation marks."""
    return f'''\
# Whose signatures this installation believes. Each asset keeps name and digest of the policy it was judged by.
# An entry not listed here is not believed; a policy without entries believes nobody.
name = "default"
version = "1"
issued = {issued.isoformat()}

# Certificates must carry one of these purposes: C2PA claim signing, e-mail protection, document signing.
ekus = ["{C2PA_SIGNING}", "{EMAIL_PROTECTION}", "{DOCUMENT_SIGNING}"]

# What the provenance check answers for a bought picture: pass, review or fail. [provider_output.routes.NAME] gives
# other answers for one route.
[provider_output]
absent = "review"     # it has no manifest
untrusted = "review"  # intact, signer not listed here
invalid = "fail"      # broken
stamped = "pass"      # its certificate has ended, a trusted time stamp is from before that

# kind: brand (our renditions), vendor (pictures we buy), tsa (time stamps only).
# Optional: organisations = ["Example Ltd"] limits who may sign under an entry; pins = ["-----BEGIN ..."] limits it to
# single certificates; may = ["c2pa.created"] or ["c2pa.opened"] limits it to making pictures or working on them;
# stamp_required = true; valid_from and valid_until are dates. A vendor that signs with a certificate from a public
# e-mail authority should be pinned: anybody can buy one there. [[revoked]] with sha256, since and reason takes a single
# certificate back.
[[anchor]]
name = "brand"
kind = "brand"
may = ["c2pa.opened"]
reason = "{brand_reason}"
pem = """
{brand_ca_pem.strip()}
"""

[[anchor]]
name = "sandbox"
kind = "vendor"
may = ["c2pa.created"]
reason = "Test authority of the sandbox provider. Remove it when real providers are used."
pem = """
{sandbox_ca_pem.strip()}
"""
'''
