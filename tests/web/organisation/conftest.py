"""An identity provider on loopback, made of Authlib's own server side: real redirects, codes that are used once, PKCE,
keys by address. What it signs can be bent, to see what does not get in."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from authlib.oauth2.rfc6749 import AuthorizationServer, OAuth2Request
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import UserInfo
from authlib.oidc.core.grants import OpenIDCode
from joserfc import jwt
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey

from tests.services.conftest import confined, finished_home
from tests.web.access.conftest import ground, two_brands

__all__ = ["confined", "finished_home", "ground", "two_brands"]

CLIENT, SECRET = "colophon here", "s3cret:/+%"


@dataclass
class Forgery:
    """``claims`` win over the right ones, None takes one away; ``key`` signs without being listed."""

    claims: dict[str, Any] = field(default_factory=dict)
    alg: str | None = None
    key: Key | None = None
    header: dict[str, Any] = field(default_factory=dict)


@dataclass
class _Code:
    code: str
    redirect_uri: str
    scope: str
    nonce: str | None
    user: dict[str, Any]
    code_challenge: str | None
    code_challenge_method: str | None

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str | None:
        return self.nonce

    def get_auth_time(self) -> int:
        return int(time.time())

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


class _Client:
    client_id = CLIENT

    def __init__(self, redirect_uri: str) -> None:
        self._redirect_uri = redirect_uri

    def get_client_id(self) -> str:
        return CLIENT

    def get_default_redirect_uri(self) -> None:
        return None

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri == self._redirect_uri

    def check_client_secret(self, secret: str) -> bool:
        return secret == SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method in ("client_secret_basic", "client_secret_post")

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


class StandIn:
    """``person`` is who signs in there. ``now`` is what its clock says."""

    def __init__(self) -> None:
        self.person: dict[str, Any] = {"sub": "ada-7", "name": "Ada Lovelace", "groups": ["makers"]}
        self.forgery = Forgery()
        self.keys: list[Key] = [RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}, private=True)]
        self.now = int(time.time())
        self.issuer = ""
        self.redirect_uri = "http://testserver/sign-in/oidc/callback"
        self.codes: dict[str, _Code] = {}
        self.asked: list[str] = []
        self.document: dict[str, Any] = {}
        self.auth_methods = ["client_secret_basic"]
        self._server = _Server(self)

    def __call__(self, environ: dict[str, Any], start: Any) -> list[bytes]:
        path = environ["PATH_INFO"]
        self.asked.append(path)
        if path == "/.well-known/openid-configuration":
            found: dict[str, Any] = {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "token_endpoint_auth_methods_supported": self.auth_methods,
            }
            answer: tuple[int, Any, Any] = (200, found | self.document, [])
        elif path == "/keys":
            answer = (200, {"keys": [key.as_dict(private=False) for key in self.keys if key.key_type != "oct"]}, [])
        else:
            length = int(environ.get("CONTENT_LENGTH") or 0)
            sent = environ["QUERY_STRING"], environ["wsgi.input"].read(length).decode()
            headers = {"Authorization": environ.get("HTTP_AUTHORIZATION", "")}
            # As behind a proxy with TLS: the library serves no other.
            request = _Asked(environ["REQUEST_METHOD"], f"https://idp.example{path}?{sent[0]}", headers=headers)
            request.own_args, request.own_form = dict(parse_qsl(sent[0])), dict(parse_qsl(sent[1]))
            request.payload = BasicOAuth2Payload(request.own_args | request.own_form)
            if path == "/authorize":
                grant = self._server.get_consent_grant(request, end_user=self.person)
                answer = self._server.create_authorization_response(request, grant_user=self.person, grant=grant)
            else:
                answer = self._server.create_token_response(request)
        status, body, listed = answer
        names = {name.lower() for name, _ in listed}
        headers_out = [*listed, *([] if "content-type" in names else [("Content-Type", "application/json")])]
        start(f"{status} said", headers_out)
        return [json.dumps(body).encode() if isinstance(body, dict) else str(body).encode()]


class _Asked(OAuth2Request):  # type: ignore[misc]
    own_args: dict[str, str]
    own_form: dict[str, str]

    @property
    def args(self) -> dict[str, str]:
        return self.own_args

    @property
    def form(self) -> dict[str, str]:
        return self.own_form


class _Server(AuthorizationServer):  # type: ignore[misc]  # the library states no types
    def __init__(self, own: StandIn) -> None:
        super().__init__()
        self.own = own
        self.register_grant(_grant_of(own), [_OpenId(own), CodeChallenge(required=True)])
        self.register_token_generator("default", BearerTokenGenerator(lambda **_: f"access {time.time_ns()}"))
        self.register_client_auth_method("client_secret_basic", _basic)

    def query_client(self, client_id: str) -> _Client | None:
        return _Client(self.own.redirect_uri) if client_id == CLIENT else None

    def save_token(self, token: Any, request: Any) -> None:
        pass  # nothing here is asked with an access token

    def create_oauth2_request(self, request: OAuth2Request) -> OAuth2Request:
        return request

    def handle_response(self, status: int, body: Any, headers: Any) -> tuple[int, Any, Any]:
        return status, body, headers

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        pass  # nobody listens


def _basic(query_client: Any, request: Any) -> Any:
    """RFC 6749, section 2.3.1: form-encoded within the pair, which the library's own method does not undo."""
    import base64
    from urllib.parse import unquote_plus

    kind, _, pair = request.headers["Authorization"].partition(" ")
    if kind.lower() != "basic":
        return None
    name, _, secret = base64.b64decode(pair).decode().partition(":")
    client = query_client(unquote_plus(name))
    return client if client and client.check_client_secret(unquote_plus(secret)) else None


def _grant_of(own: StandIn) -> type:
    class Grant(AuthorizationCodeGrant):  # type: ignore[misc]
        TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post")

        def save_authorization_code(self, code: str, request: Any) -> None:
            asked = request.payload.data
            own.codes[code] = _Code(
                code,
                asked["redirect_uri"],
                asked["scope"],
                asked.get("nonce"),
                own.person,
                asked.get("code_challenge"),
                asked.get("code_challenge_method"),
            )

        def query_authorization_code(self, code: str, client: Any) -> _Code | None:
            return own.codes.get(code)

        def delete_authorization_code(self, authorization_code: _Code) -> None:
            del own.codes[authorization_code.code]

        def authenticate_user(self, authorization_code: _Code) -> dict[str, Any]:
            return authorization_code.user

    return Grant


class _OpenId(OpenIDCode):  # type: ignore[misc]
    def __init__(self, own: StandIn) -> None:
        super().__init__(require_nonce=True)
        self.own = own

    def exists_nonce(self, nonce: str, request: Any) -> bool:
        return any(code.nonce == nonce for code in self.own.codes.values())

    def generate_user_info(self, user: dict[str, Any], scope: str) -> UserInfo:
        return UserInfo(user)

    def encode_id_token(self, token: Any, request: Any) -> str:
        own, forged = self.own, self.own.forgery
        key = forged.key or own.keys[-1]
        alg = forged.alg or {"RSA": "RS256", "EC": "ES256", "OKP": "Ed25519", "oct": "HS256"}[key.key_type]
        claims = {
            "iss": own.issuer,
            "aud": CLIENT,
            "iat": own.now,
            "exp": own.now + 300,
            **self.get_authorization_code_claims(request.authorization_code),
            **self.generate_user_info(request.user, token["scope"]),
            **forged.claims,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": alg, "kid": key.kid, **forged.header}
        return str(jwt.encode(header, claims, key, [alg]))


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass  # a test's output is for what failed


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    made = StandIn()
    server = make_server("127.0.0.1", 0, made, handler_class=_Quiet)
    made.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


NEW_KEYS: dict[str, Callable[[str], Key]] = {
    "rsa": lambda kid: RSAKey.generate_key(2048, {"kid": kid}, private=True),
    "ec": lambda kid: ECKey.generate_key("P-256", {"kid": kid}, private=True),
    "ed": lambda kid: OKPKey.generate_key("Ed25519", {"kid": kid}, private=True),
    "oct": lambda kid: OctKey.import_key(SECRET * 8, {"kid": kid}),
}
