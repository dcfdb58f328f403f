"""A key on a hardware token, named by a ``pkcs11:`` URI (RFC 7512).

Taken are ``token``, ``serial``, ``object``, ``id`` and ``type=private`` in the path, ``module-path`` and ``pin-source``
in the query. ``pin-value`` is refused: the URI stands in settings, a PIN does not belong there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import unquote_to_bytes

from colophon.errors import InvalidInput

SCHEME = "pkcs11:"
_WHERE = "COLOPHON_SIGNING_KEY"
_PATH = ("token", "serial", "object", "id", "type")
_QUERY = ("module-path", "pin-source")


@dataclass(frozen=True, slots=True)
class TokenKeyName:
    """``pin_source`` is ``env:NAME`` or ``file:PATH``; None: the token asks for no PIN. A member that is None matches
    any."""

    module: str
    token: str | None = None
    serial: str | None = None
    label: str | None = None
    id: bytes | None = None
    pin_source: str | None = None

    @classmethod
    def parse(cls, uri: str) -> Self:
        """Raises `InvalidInput`, which repeats no value: one may be a PIN in the wrong place."""
        path, _, query = uri.removeprefix(SCHEME).partition("?")
        where, how = _attributes(path, ";", _PATH), _attributes(query, "&", _QUERY)
        if where.get("type", b"private") != b"private":
            raise _bad("a signing key has type=private")
        if "module-path" not in how:
            raise _bad("it lacks module-path, the file of the token's PKCS#11 library")
        if not {"object", "id"} & where.keys():
            raise _bad("it names no key: give object (its label) or id")
        source = _text(how, "pin-source")
        if source is not None and not source.startswith(("env:", "file:")):
            raise _bad("pin-source is env:NAME or file:PATH")
        return cls(
            module=_text(how, "module-path") or "",
            token=_text(where, "token"),
            serial=_text(where, "serial"),
            label=_text(where, "object"),
            id=where.get("id"),
            pin_source=source,
        )

    def __str__(self) -> str:
        """For errors: which token, which key."""
        key = f"key {self.label or (self.id or b'').hex()}"
        return f"{key} on token {self.token or self.serial or '(any)'}"


def _attributes(text: str, separator: str, known: tuple[str, ...]) -> Mapping[str, bytes]:
    found: dict[str, bytes] = {}
    for part in filter(None, text.split(separator)):
        name, equals, value = part.partition("=")
        if name == "pin-value":
            raise _bad("a PIN does not belong into a setting: use pin-source=env:NAME or pin-source=file:PATH")
        if name not in known or not equals or name in found:
            raise _bad(f"an attribute is unknown, empty or given twice; known here: {', '.join(known)}")
        found[name] = unquote_to_bytes(value)
    return found


def _text(values: Mapping[str, bytes], name: str) -> str | None:
    try:
        return values[name].decode() if name in values else None
    except UnicodeDecodeError as error:
        raise _bad(f"{name} is not text in UTF-8") from error


def _bad(what: str) -> InvalidInput:
    hint = "pkcs11:token=LABEL;object=KEY?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=env:HSM_PIN"
    return InvalidInput(f"the PKCS#11 address of the signing key is not usable: {what}", where=_WHERE, hint=hint)
