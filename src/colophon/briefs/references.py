"""Reference pictures a brief names (files, https addresses, catalogued assets) and the digests of the files."""

import hashlib
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from colophon.briefs.tree import Fault, entries, parts, shown
from colophon.briefs.tree import Path as Place

MAX_REFERENCE_BYTES = 20_000_000
ALLOWED = "a file beside the brief, an https address, or asset:ID"

_ASSET = re.compile(r"asset:[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
# Names that lead nowhere public (RFC 6761, RFC 6762, RFC 8375) or, by custom, to one's own network.
_INSIDE = frozenset(
    ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "private", "test", "invalid", "arpa")
)


class NotUsable(Exception):
    """What a brief names cannot be used. Stays inside this package: it becomes a problem with a place."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(slots=True)
class ReferenceFiles:
    """The files beside a brief; ``folder`` None: it came without any, so it may name none."""

    folder: Path | None
    _digests: dict[str, str | NotUsable] = field(default_factory=dict)

    def digest(self, name: str) -> str:
        """SHA-256 of a file, read once however often it is named. Raises `NotUsable`."""
        if name not in self._digests:
            try:
                self._digests[name] = _digest(inside(self.folder, name))
            except NotUsable as reason:
                self._digests[name] = reason
        known = self._digests[name]
        if isinstance(known, NotUsable):
            raise known
        return known


def inside(folder: Path | None, name: str) -> Path:
    """The file of this name in a folder or below it, wherever links lead. Raises `NotUsable`."""
    if folder is None:
        raise NotUsable("no_folder", "this brief came without a folder, so it cannot name files")
    if "\\" in name or name.startswith(("/", "~")) or ".." in PurePosixPath(name).parts:
        raise NotUsable("outside_folder", "a file is named by a path below the brief's folder")
    try:
        path = (folder / name).resolve(strict=True)
        home = folder.resolve(strict=True)
        regular = stat.S_ISREG(path.stat().st_mode)
    except (OSError, ValueError, RuntimeError):
        raise NotUsable("missing_file", "there is no such file beside the brief") from None
    if not path.is_relative_to(home):
        raise NotUsable("outside_folder", "this link leads out of the brief's folder")
    if not regular:
        raise NotUsable("not_a_file", "this is not a file")
    return path


def is_file(image: str) -> bool:
    return not _SCHEME.match(image)


def reference_faults(value: Mapping[str, object], files: ReferenceFiles) -> Iterator[Fault]:
    """What is wrong with the references of a document, valid or not otherwise; nothing is fetched."""
    for place, image, digest in _named(value):
        try:
            if not is_file(image):
                _check_address(image)
            elif digest not in (None, files.digest(image)):
                raise NotUsable("reference_changed", "the file is not the one this sha256 names")
        except NotUsable as reason:
            yield Fault(place, reason.code, reason.message, shown(image), ALLOWED)


def _named(value: Mapping[str, object]) -> Iterator[tuple[Place, str, object]]:
    for place, part in parts(value):
        for i, entry in enumerate(entries(part, "references")):
            here = (*place, "references", i)
            if isinstance(entry, str) and entry:
                yield here, entry, None
            elif isinstance(entry, dict) and isinstance(image := entry.get("image"), str) and image:
                yield (*here, "image"), image, entry.get("sha256")


def _check_address(image: str) -> None:
    """By its spelling alone; whoever fetches it later checks where the name leads."""
    if image.startswith("asset:"):
        if not _ASSET.fullmatch(image):
            raise NotUsable("bad_reference", "after asset: comes an id of letters, digits, - and _")
        return
    if not image.startswith("https://"):
        raise NotUsable("bad_reference", "a reference address begins with https:// in small letters")
    if not re.fullmatch(r"[!-\[\]-~]+", image):
        raise NotUsable("bad_reference", "an address has no spaces, backslashes or letters beyond ASCII")
    try:
        address = urlsplit(image)
        host, port = address.hostname or "", address.port
    except ValueError:
        raise NotUsable("bad_reference", "this address cannot be read") from None
    if "@" in address.netloc:
        raise NotUsable("bad_reference", "an address holds no user or password")
    if port not in (None, 443):
        raise NotUsable("bad_reference", "an address uses the usual port")
    _check_host(host)


def _check_host(host: str) -> None:
    labels = host.removesuffix(".").split(".")
    # Resolvers read names that end in a number as IP addresses, in octal and hexadecimal too.
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels) or not labels[-1][0].isalpha():
        raise NotUsable("bad_reference", "an address names its host by a domain name, not by a number")
    if len(labels) < 2 or labels[-1] in _INSIDE:
        raise NotUsable("bad_reference", "this host name is not a public one")


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_REFERENCE_BYTES + 1)
    except OSError:
        raise NotUsable("unreadable", "this file cannot be read") from None
    if not content:
        raise NotUsable("empty", "this file is empty")
    if len(content) > MAX_REFERENCE_BYTES:
        raise NotUsable("too_large", f"this file has more than {MAX_REFERENCE_BYTES} bytes")
    return hashlib.sha256(content).hexdigest()
