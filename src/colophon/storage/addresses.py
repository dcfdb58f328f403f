"""Stores and shelves by the address in the settings: a folder or a bucket."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from colophon.errors import InvalidInput, NotFound
from colophon.ports import CheckpointPlace, Shelf, Store
from colophon.storage.folder import FolderShelf, FolderStore
from colophon.storage.keys import shelf_key
from colophon.storage.places import FilePlace, FolderPlace, S3Place
from colophon.storage.s3 import S3Shelf, S3Store
from colophon.storage.s3_client import S3Access, connect, ensure_bucket

_HINT = "file:///folder or s3://bucket or s3://bucket/prefix"


def open_store(url: str, *, s3: S3Access | None) -> Store:
    """Raises `InvalidInput` for an address that is none, `StoreUnavailable` when the bucket is out of reach. A bucket
    that does not exist is created; a folder is made with its first object."""
    if (folder := _folder(url)) is not None:
        return FolderStore(folder)
    bucket, prefix = _bucket(url)
    connection = connect(_needed(s3, url))
    ensure_bucket(connection, bucket)
    return S3Store(connection, bucket, prefix)


def open_shelf(url: str, public_url: str | None, *, s3: S3Access | None) -> Shelf:
    """``public_url`` is the address people see; without one, the address itself. Raises as `open_store` does."""
    if (folder := _folder(url)) is not None:
        return FolderShelf(folder, public_url or folder.as_uri())
    bucket, prefix = _bucket(url)
    connection = connect(_needed(s3, url))
    ensure_bucket(connection, bucket)
    return S3Shelf(connection, bucket, prefix, public_url or url)


def open_place(url: str, under: str, *, s3: S3Access | None) -> CheckpointPlace:
    """A place for checkpoints below the address. Raises as `open_store` does."""
    if (folder := _folder(url)) is not None:
        return FolderPlace(folder / under if under else folder)
    bucket, prefix = _bucket(url)
    connection = connect(_needed(s3, url))
    ensure_bucket(connection, bucket)
    return S3Place(connection, bucket, "/".join(part for part in (prefix, under) if part))


def open_witness(address: str, *, s3: S3Access | None) -> CheckpointPlace:
    """Where somebody else keeps checkpoints: a path or an address of a folder, of a single file, or of a bucket.
    Raises `NotFound` for a path where nothing is, and as `open_store`."""
    path = _folder(address) if "://" in address else Path(address)
    if path is None:
        return open_place(address, "", s3=s3)
    if not path.exists():
        raise NotFound("there is no such file or folder", where=str(path))
    return FolderPlace(path) if path.is_dir() else FilePlace(path)


def _folder(url: str) -> Path | None:
    parts = urlsplit(url)
    if parts.scheme != "file":
        return None
    path = Path(unquote(parts.path))
    if parts.netloc not in ("", "localhost") or not path.is_absolute() or parts.query or parts.fragment:
        raise InvalidInput(f"not a folder's address: {url}", hint=_HINT)
    return path


def _bucket(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    prefix = parts.path.strip("/")
    if parts.scheme != "s3" or not parts.netloc or parts.query or parts.fragment or "@" in parts.netloc:
        raise InvalidInput(f"storage of this kind is not known: {parts.scheme or 'no scheme'}", hint=_HINT)
    return parts.netloc, shelf_key(prefix) if prefix else ""


def _needed(s3: S3Access | None, url: str) -> S3Access:
    if s3 is None:
        raise InvalidInput(
            f"{url} needs an S3 endpoint and keys",
            hint="set COLOPHON_S3_ENDPOINT, COLOPHON_S3_ACCESS_KEY and COLOPHON_S3_SECRET_KEY",
        )
    return s3
