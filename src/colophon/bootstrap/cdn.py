"""The CDN store's own keys."""

from typing import TYPE_CHECKING

from colophon.errors import InvalidInput
from colophon.settings import Settings

if TYPE_CHECKING:
    from colophon.storage import S3Access


def cdn_access(settings: Settings, store: "S3Access | None") -> "S3Access | None":
    """The CDN store's own keys, or the store's where it has none; endpoint, region and transport likewise, one by one.
    Raises `InvalidInput` for half a pair of keys."""
    from colophon.storage import S3Access

    s = settings
    if (s.cdn_s3_access_key is None) != (s.cdn_s3_secret_key is None):
        hint = "set COLOPHON_CDN_S3_ACCESS_KEY and COLOPHON_CDN_S3_SECRET_KEY, or neither"
        raise InvalidInput("the CDN store has half a pair of keys", where="COLOPHON_CDN_S3_ACCESS_KEY", hint=hint)
    if s.cdn_s3_access_key is not None and s.cdn_s3_secret_key is not None:
        keys = s.cdn_s3_access_key.get_secret_value(), s.cdn_s3_secret_key.get_secret_value()
    elif store is not None:
        keys = store.access_key, store.secret_key
    else:
        return None
    secure = s.s3_secure if s.cdn_s3_secure is None else s.cdn_s3_secure
    return S3Access(s.cdn_s3_endpoint or s.s3_endpoint, *keys, s.cdn_s3_region or s.s3_region, secure)
