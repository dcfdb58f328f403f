"""The home folder: settings file, development certificates, trust policy, catalog and store. Safe to repeat."""

import re
from pathlib import Path

from colophon.bootstrap.clock import SystemClock
from colophon.domain.trust_file import default_policy
from colophon.errors import InvalidInput
from colophon.settings import SETTINGS_FILE, Settings

_SETTINGS_TEXT = """\
# Settings of this colophon home. Every member is also an environment variable: COLOPHON_ and its name in capitals,
# members of tables joined by two underscores. The environment wins over this file.

# organisation = "Example Brand"       # named in the development certificate, when it is made
# database_url = "postgresql+psycopg://colophon@localhost/colophon"
# storage_url = "s3://colophon-store"  # with s3_endpoint; keys belong in the environment
# cdn_url = "s3://colophon-cdn"
# cdn_public_url = "https://cdn.example.com"
# default_routes = ["sandbox"]

# [routes.bfl]
# base_url = "https://api.eu.bfl.ai"
"""

_OWN = "Issuer of the signing certificate that was configured when this policy was made."
_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----[0-9A-Za-z+/=\s]+?-----END CERTIFICATE-----")


def initialise(settings: Settings) -> list[str]:
    """Make what is missing in the home and say what was made; what is there is left alone.

    Raises `InvalidInput` when the home cannot be written, `StoreUnavailable` when the database is out of reach.
    """
    made: list[str] = []
    home = settings.home
    try:
        home.mkdir(parents=True, exist_ok=True)
        made += _write_once(home / ".gitignore", "*\n")
        made += _write_once(home / SETTINGS_FILE, _SETTINGS_TEXT)
        made += _certificates(settings)
        made += _policy(settings)
    except OSError as error:
        raise InvalidInput(
            f"the home folder cannot be written: {error.strerror or error}",
            where=str(home),
            hint="choose another with COLOPHON_HOME, or make it writable",
        ) from error
    from colophon.catalog import open_catalog  # as in adapters.py: only what is used is imported

    new_database = settings.database_url is None and not (home / "catalog.db").exists()
    open_catalog(settings.database).close()
    return [*made, str(home / "catalog.db")] if new_database else made


def is_initialised(settings: Settings) -> bool:
    return (settings.home / SETTINGS_FILE).exists() and settings.trust_policy_file.exists()


def _certificates(settings: Settings) -> list[str]:
    if settings.signing_cert is not None or (settings.pki_folder / "key.pem").exists():
        return []
    from colophon.provenance import make_development_ca

    make_development_ca(settings.pki_folder, organisation=settings.organisation, now=SystemClock().now())
    return [f"{settings.pki_folder} (development certificate)"]


def _policy(settings: Settings) -> list[str]:
    if settings.trust_policy is not None or settings.trust_policy_file.exists():
        return []
    from colophon.sandbox import sandbox_ca  # heavy; needed once in the life of a home

    sandbox, today = sandbox_ca(settings.sandbox_folder), SystemClock().now().date()
    if settings.signing_cert is None:
        text = default_policy((settings.pki_folder / "ca.pem").read_text(encoding="utf-8"), sandbox, today)
    else:
        text = default_policy(_issuers(settings.signing_cert), sandbox, today, brand_reason=_OWN)
    return _write_once(settings.trust_policy_file, text)


def _issuers(chain: Path) -> str:
    """The certificates above the first one of a chain, or that one where it is alone. Raises `InvalidInput`."""
    found = _CERTIFICATE.findall(chain.read_text(encoding="utf-8", errors="replace"))
    if not found:
        raise InvalidInput("the signing certificate's file holds no certificate in PEM form", where=str(chain))
    return "\n".join(found[1:] or found)


def _write_once(path: Path, text: str) -> list[str]:
    if path.exists():
        return []
    draft = path.with_name(f".{path.name}.new")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
    return [str(path)]
