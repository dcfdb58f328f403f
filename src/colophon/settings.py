"""Settings: one model, read from the command line, the environment, ``colophon.toml`` in the home, and defaults."""

import os
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from colophon.domain.message import MessageType
from colophon.domain.money import PriceRule
from colophon.errors import InvalidInput, Problem

HOME_VARIABLE = "COLOPHON_HOME"
SETTINGS_FILE = "colophon.toml"


class RouteSettings(BaseModel):
    """What a user says about one route; whatever is left out keeps the shipped value, see `colophon.domain.route`.
    ``allow_private`` permits plain http and addresses inside this machine or network; ``prices`` replace the shipped
    price rules; ``webhook_secret`` is the one the vendor signs its calls with, where it does not tell it itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    adapter: str | None = None
    provider: str | None = None
    base_url: str | None = None
    api_key: SecretStr | None = None
    enabled: bool | None = None
    allow_private: bool | None = None
    hosts: tuple[str, ...] | None = None
    models: dict[str, str] | None = None
    wire: str | None = None
    signers: tuple[str, ...] | None = None
    states_model: bool | None = None
    region: str | None = None
    key_variable: str | None = None
    edit_models: dict[str, str] | None = None
    poll_hosts: tuple[str, ...] | None = None
    delivery_hosts: tuple[str, ...] | None = None
    max_references: int | None = None
    model_references: dict[str, int] | None = None
    max_prompt: int | None = None
    side_multiple: int | None = None
    min_side: int | None = None
    max_side: int | None = None
    max_pixels: int | None = None
    formats: tuple[str, ...] | None = None
    safety: dict[str, int | str] | None = None
    capabilities: tuple[str, ...] | None = None
    active_limit: int | None = None
    prices: tuple[PriceRule, ...] | None = None
    webhook_secret: SecretStr | None = None


class ModerationSettings(BaseModel):
    """An outside service that is shown every picture; ``service`` None: pictures stay in the house. Without ``api_key``
    the vendor's own variable is read. ``allow_private`` permits plain http and addresses inside this machine or
    network."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    service: Literal["openai"] | None = None
    base_url: str = "https://api.openai.com/v1"
    api_key: SecretStr | None = None
    model: Annotated[str, Field(pattern=r"^[A-Za-z0-9._:/-]{1,100}$")] = "omni-moderation-latest"
    timeout_seconds: Annotated[float, Field(gt=0, le=120)] = 30.0
    allow_private: bool = False


class CapSettings(BaseModel):
    """Limits over all campaigns, in ``currency``: ``day`` for each day in UTC, ``brand`` for each brand in total,
    ``person`` for each calendar month (UTC) of whoever orders. None: no such limit. A brand file's own budget holds as
    well."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "USD"
    day: Annotated[Decimal, Field(ge=0, le=1_000_000)] | None = None
    brand: Annotated[Decimal, Field(ge=0, le=1_000_000)] | None = None
    person: Annotated[Decimal, Field(ge=0, le=1_000_000)] | None = None


class PurgeSettings(BaseModel):
    """How copies of withdrawn files are purged from a CDN. ``kind`` None: nobody is told. ``allow_private`` permits
    plain http and addresses inside this machine or network."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["fastly"] | None = None
    service: str | None = None
    token: SecretStr | None = None
    base_url: str | None = None
    allow_private: bool = False


class NotifySettings(BaseModel):
    """Another program that is told what happens. ``secret`` is one or several, as Standard Webhooks writes them, with
    spaces between; ``events`` and ``brands`` None: all. ``allow_private`` permits plain http and addresses inside this
    machine or network."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: SecretStr
    secret: SecretStr
    enabled: bool = True
    events: tuple[MessageType, ...] | None = None
    brands: tuple[str, ...] | None = None
    allow_private: bool = False
    timeout_seconds: Annotated[float, Field(gt=0, le=30)] = 15.0


class OidcSettings(BaseModel):
    """The organisation's identity provider; ``issuer`` None: people sign in here. ``roles`` are what values of
    ``claim`` give, as ``role`` or ``role@Brand`` with spaces between; none at all: administrators give roles.
    ``allow_private`` permits plain http and addresses inside this machine or network."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: str | None = None
    client_id: str = ""
    client_secret: SecretStr | None = None
    name: Annotated[str, Field(min_length=1, max_length=60)] = "your organisation"
    claim: Annotated[str, Field(min_length=1, max_length=200)] = "groups"
    name_claim: Annotated[str, Field(min_length=1, max_length=200)] = "name"
    scopes: Annotated[str, Field(pattern=r"^[\x21\x23-\x5b\x5d-\x7e ]{1,500}$")] = "openid profile email"
    roles: dict[str, str] = Field(default_factory=dict)
    allow_private: bool = False


class Settings(BaseSettings):
    """See docs/settings.md for the list with meanings; every member is an environment variable with COLOPHON_."""

    model_config = SettingsConfigDict(
        env_prefix="COLOPHON_", env_nested_delimiter="__", frozen=True, extra="forbid", env_ignore_empty=True
    )

    home: Path = Path(".colophon")
    database_url: SecretStr | None = None
    storage_url: str | None = None
    cdn_url: str | None = None
    cdn_public_url: str | None = None
    cdn_allow_private: bool = False
    cdn_read_back: Literal["public", "store"] = "public"
    cdn_arrives_seconds: Annotated[float, Field(ge=0, le=600)] = 30.0
    cdn_leaves_seconds: Annotated[float, Field(ge=0, le=86_400)] = 300.0
    cdn_rounds: Annotated[int, Field(ge=1, le=50)] = 3
    cdn_s3_endpoint: str | None = None
    cdn_s3_access_key: SecretStr | None = None
    cdn_s3_secret_key: SecretStr | None = None
    cdn_s3_region: str | None = None
    cdn_s3_secure: bool | None = None
    purge: PurgeSettings = PurgeSettings()
    s3_endpoint: str = "s3.amazonaws.com"
    s3_access_key: SecretStr | None = None
    s3_secret_key: SecretStr | None = None
    s3_region: str | None = None
    s3_secure: bool = True
    checkpoint_url: str | None = None
    log_origin: str = "colophon"
    signing_cert: Path | None = None
    signing_key: SecretStr | None = None
    tsa_url: str | None = None
    tsa_timeout_seconds: Annotated[float, Field(gt=0, le=25)] = 10.0
    tsa_tries: Annotated[int, Field(ge=1, le=10)] = 3
    tsa_outage: Literal["fail", "unstamped"] = "fail"
    trust_policy: Path | None = None
    checks_profile: Path | None = None
    decision_policy: Path | None = None
    prompt_lists: Path | None = None
    moderation: ModerationSettings = ModerationSettings()
    organisation: str = "Example Brand"
    actor: str | None = None
    routes: dict[str, RouteSettings] = Field(default_factory=dict)
    default_routes: tuple[str, ...] = ("sandbox",)
    caps: CapSettings = CapSettings()
    orders_in_flight: Annotated[int, Field(ge=1, le=1000)] = 24
    submits_at_once: Annotated[int, Field(ge=1, le=64)] = 4
    public_url: Annotated[str, Field(pattern=r"^https?://[^/?#@\s]+/?$")] | None = None
    trusted_proxies: Annotated[str, Field(pattern=r"^[0-9A-Fa-f.:/, ]{2,1000}$")] | None = None
    oidc: OidcSettings = OidcSettings()
    notify: dict[str, NotifySettings] = Field(default_factory=dict)
    webhook_url: str | None = None
    webhook_key: SecretStr | None = None
    resolution_token: SecretStr | None = None
    metrics_token: SecretStr | None = None
    log_format: Literal["text", "json"] = "text"
    imaging_workers: Annotated[int, Field(ge=1, le=64)] | None = None
    crop_loss: Annotated[float, Field(ge=0, lt=1)] = 0.30
    crop_enlarge: Annotated[float, Field(ge=1, le=4)] = 1.0
    poll_deadline_seconds: Annotated[float, Field(gt=0, le=3600)] = 300.0
    submit_timeout_seconds: Annotated[float, Field(gt=0, le=120)] = 30.0

    @field_validator("home")
    @classmethod
    def _absolute(cls, home: Path) -> Path:
        return home.expanduser().absolute()

    @property
    def database(self) -> str:
        if self.database_url:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.home / 'catalog.db'}"

    @property
    def storage(self) -> str:
        return self.storage_url or (self.home / "store").as_uri()

    @property
    def cdn(self) -> str:
        return self.cdn_url or (self.home / "cdn").as_uri()

    @property
    def checkpoints(self) -> tuple[str, ...]:
        """Beside the store: one address, or several with spaces between."""
        return tuple((self.checkpoint_url or "").split()) or ((self.home / "checkpoints").as_uri(),)

    @property
    def picture_cache(self) -> Path:
        """May be deleted at any time."""
        return self.home / "cache" / "pictures"

    @property
    def sandbox_folder(self) -> Path:
        return self.home / "sandbox"

    @property
    def pki_folder(self) -> Path:
        return self.home / "pki"

    @property
    def trust_policy_file(self) -> Path:
        return self.trust_policy or self.home / "trust.toml"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        home = Path(init_settings().get("home") or home_folder())
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, home / SETTINGS_FILE)


def home_folder() -> Path:
    """Where the home is, before any settings are read."""
    return Path(os.environ.get(HOME_VARIABLE) or ".colophon").expanduser().absolute()


def load_settings(**overrides: Any) -> Settings:
    """The settings in force. Raises `InvalidInput` naming every setting that is wrong, without its value: it may be
    a secret."""
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})
    except ValidationError as error:
        problems = [
            Problem("bad_setting", str(e["msg"]), path="COLOPHON_" + "__".join(str(part) for part in e["loc"]).upper())
            for e in error.errors(include_input=False, include_url=False)
        ]
        raise InvalidInput.of(problems, hint="see the settings section of the README") from None
    except (OSError, ValueError) as error:
        raise InvalidInput(
            f"the settings cannot be read: {error}",
            where=str(home_folder() / SETTINGS_FILE),
            hint="mend or remove the file",
        ) from error
