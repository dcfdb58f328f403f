"""The organisation's identity provider under the settings in force."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from colophon.domain.vouched import RoleRules
from colophon.errors import InvalidInput
from colophon.ports.sign_in_flows import IdentityProvider
from colophon.services.show_accounts import parse_grant
from colophon.settings import OidcSettings

if TYPE_CHECKING:
    from colophon.bootstrap.runtime import Runtime


@dataclass(frozen=True, slots=True)
class OpenIdDesk:
    """``rules`` empty: what the provider says gives no role."""

    provider: IdentityProvider
    settings: OidcSettings
    issuer: str
    rules: RoleRules


def openid_desk(rt: "Runtime") -> OpenIdDesk | None:
    """None without a provider. Raises `InvalidInput` for settings that cannot work, before anybody is sent away."""
    own = rt.settings.oidc
    if own.issuer is None:
        return None
    if not own.client_id:
        raise InvalidInput("the identity provider knows this installation by an id", where="COLOPHON_OIDC__CLIENT_ID")
    if not own.issuer.startswith("https://") and not own.allow_private:
        hint = "or set COLOPHON_OIDC__ALLOW_PRIVATE for one inside this machine or network"
        raise InvalidInput("an issuer is an https address", where="COLOPHON_OIDC__ISSUER", hint=hint)
    if "openid" not in own.scopes.split():
        raise InvalidInput("the scopes lack openid: no token would come", where="COLOPHON_OIDC__SCOPES")
    from colophon.providers.http import guarded_client
    from colophon.providers.openid import OpenIdProvider, Registered  # cryptography: only where it is used

    registered = Registered(
        own.issuer,
        own.client_id,
        own.client_secret.get_secret_value() if own.client_secret else "",
        own.scopes,
        own.allow_private,
    )
    client = guarded_client(allow_private=own.allow_private, answer_seconds=20.0)
    return OpenIdDesk(OpenIdProvider(registered, client, rt.clock.now), own, own.issuer, role_rules(own))


def role_rules(own: OidcSettings) -> RoleRules:
    """By value of the claim. Raises `InvalidInput` for a role that is none."""
    return {value: tuple(parse_grant(word) for word in _words(text)) for value, text in own.roles.items()}


def _words(text: str) -> list[str]:
    """``role`` and ``role@Brand``, with commas between where a brand's name has spaces."""
    return [word.strip() for word in (text.split(",") if "," in text or "@" in text else text.split()) if word.strip()]
