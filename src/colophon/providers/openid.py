"""Sign-in at an identity provider: OpenID Connect's authorization code flow with PKCE, for one issuer.

Authlib and joserfc build the requests and check what comes back; every answer passes the guarded client. Keys are read
again when a token names one that is not known, so a provider may change them at any time.

Specifications: OpenID Connect Core 1.0 and Discovery 1.0, RFC 7636 (PKCE), RFC 9207 (issuer in the answer).
"""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlsplit

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from colophon.domain.vouched import Trip
from colophon.errors import NotSignedIn, ProviderError, ProviderUnavailable
from colophon.providers.http import exchange

ALGORITHMS = ("RS256", "ES256", "EdDSA", "Ed25519")
"""Of signatures; never ``none`` and never one that shares its key with us."""
_LEEWAY = 60  # seconds that clocks may differ
_DOCUMENT_FOR = timedelta(hours=1)
_LONGEST_TOKEN = 64 * 1024


@dataclass(frozen=True, slots=True)
class Registered:
    """This installation as the provider knows it. ``client_secret`` empty: PKCE alone proves who asks."""

    issuer: str
    client_id: str
    client_secret: str
    scopes: str
    allow_private: bool = False


@dataclass(slots=True)
class OpenIdProvider:
    """Implements `colophon.ports.sign_in_flows.IdentityProvider`. May be shared by threads."""

    registered: Registered
    client: httpx.Client
    now: Callable[[], datetime]
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _document: tuple[datetime, Mapping[str, Any]] | None = None
    _keys: KeySet | None = None

    def address(self, trip: Trip) -> str:
        """Where to send the browser. Raises `ProviderUnavailable`, `ProviderError` for a document that is not the
        issuer's."""
        asked = prepare_grant_uri(
            self._place("authorization_endpoint"),
            client_id=self.registered.client_id,
            response_type="code",
            redirect_uri=trip.redirect_uri,
            scope=self.registered.scopes,
            state=trip.state,
            nonce=trip.nonce,
            code_challenge=create_s256_code_challenge(trip.verifier),
            code_challenge_method="S256",
        )
        return str(asked)

    def claims(self, code: str, trip: Trip) -> Mapping[str, Any]:
        """What the provider says about whoever came back with this code. Raises `NotSignedIn` for a code it does not
        take and a token that does not hold."""
        answer = self._redeem(code, trip)
        token = answer.get("id_token")
        if not isinstance(token, str) or len(token) > _LONGEST_TOKEN:
            raise NotSignedIn("the identity provider sent no token")
        return self._checked(token, trip.nonce, answer.get("access_token"))

    def _redeem(self, code: str, trip: Trip) -> Mapping[str, Any]:
        own, headers = self.registered, dict[str, str]()
        body = prepare_token_request(
            "authorization_code", redirect_uri=trip.redirect_uri, code=code, code_verifier=trip.verifier
        )
        form = dict(parse_qsl(body))
        if own.client_secret and self._wants_post():
            form |= {"client_id": own.client_id, "client_secret": own.client_secret}
        elif own.client_secret:
            # RFC 6749, section 2.3.1: both parts are form-encoded before they are joined.
            pair = httpx.BasicAuth(quote_plus(own.client_id), quote_plus(own.client_secret))
            request = next(pair.auth_flow(httpx.Request("POST", own.issuer)))
            headers["Authorization"] = request.headers["Authorization"]
        else:
            form["client_id"] = own.client_id
        place = self._place("token_endpoint")
        answer = exchange(self.client, "POST", place, headers=headers, form=form, deadline_s=20.0)
        if 400 <= answer.status < 500:
            raise NotSignedIn("the identity provider did not take the code it gave; sign in again")
        return _object(answer.status, answer.body, "token")

    def _checked(self, token: str, nonce: str, access_token: object) -> Mapping[str, Any]:
        own = self.registered
        try:
            # Headers this does not know change nothing about the signature; `crit` is refused all the same.
            rules = JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False)
            try:
                decoded = jwt.decode(token, self._key_set(), registry=rules)
            except (InvalidKeyIdError, BadSignatureError):
                decoded = jwt.decode(token, self._key_set(anew=True), registry=rules)
            options: dict[str, Any] = {
                "iss": {"essential": True, "value": own.issuer},
                "aud": {"essential": True, "value": own.client_id},
            }
            params = {"nonce": nonce, "client_id": own.client_id, "access_token": access_token}
            claims = CodeIDToken(decoded.claims, decoded.header, options, params)
            claims.validate(now=int(self.now().timestamp()), leeway=_LEEWAY)
        except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
            # Claims of types that no provider sends end in Python's own errors inside the libraries.
            raise NotSignedIn(f"the identity provider's token does not hold: {_why(error)}") from error
        return dict(claims)

    def _key_set(self, *, anew: bool = False) -> KeySet:
        with self._lock:
            if self._keys is not None and not anew:
                return self._keys
        place = self._place("jwks_uri")
        answer = exchange(self.client, "GET", place, headers={}, deadline_s=20.0)
        known = _object(answer.status, answer.body, "keys")
        listed = known.get("keys")
        # Of the kinds this takes, and for signatures.
        public = [
            key
            for key in (listed if isinstance(listed, list) else [])
            if isinstance(key, dict) and key.get("kty") in ("RSA", "EC", "OKP") and key.get("use") in (None, "sig")
        ]
        if not public:
            raise ProviderError("the identity provider lists no keys", where=place, reason="upstream_permanent")
        try:
            made = KeySet.import_key_set({"keys": public[:100]})
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise ProviderError("the identity provider's keys cannot be read", where=place) from error
        with self._lock:
            self._keys = made
        return made

    def _wants_post(self) -> bool:
        ways = self._metadata().get("token_endpoint_auth_methods_supported")
        return isinstance(ways, list) and "client_secret_post" in ways and "client_secret_basic" not in ways

    def _place(self, name: str) -> str:
        """An address of the document. The browser is sent to one of them, so its scheme is looked at here."""
        place = self._metadata().get(name)
        parts = urlsplit(place) if isinstance(place, str) else urlsplit("")
        schemes = ("https", "http") if self.registered.allow_private else ("https",)
        if parts.scheme not in schemes or not parts.hostname or parts.username is not None:
            raise ProviderError(f"the identity provider's {name} is not an https address", reason="forbidden")
        return str(place)

    def _metadata(self) -> Mapping[str, Any]:
        with self._lock:
            if self._document is not None and self.now() - self._document[0] < _DOCUMENT_FOR:
                return self._document[1]
        issuer = self.registered.issuer
        where = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        answer = exchange(self.client, "GET", where, headers={}, deadline_s=20.0)
        found = _object(answer.status, answer.body, "configuration")
        if found.get("issuer") != issuer:
            raise ProviderError("the configuration found there is of another issuer", where=where, reason="forbidden")
        with self._lock:
            self._document = self.now(), found
        return found


def _object(status: int, body: bytes, what: str) -> Mapping[str, Any]:
    if status != 200:
        raise ProviderUnavailable(f"the identity provider answered {status} when asked for its {what}")
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ProviderUnavailable(f"the identity provider's {what} cannot be read")
    return found


def _why(error: Exception) -> str:
    """The library's word for it, and never a part of the token."""
    return error.error if isinstance(error, JoseError) else "it cannot be read"
