"""Bytes: a store that keeps them under their own digest, and a shelf of public files; in a folder or on S3."""

from colophon.storage.addresses import open_place, open_shelf, open_store, open_witness
from colophon.storage.folder import FolderShelf, FolderStore
from colophon.storage.s3 import S3Shelf, S3Store
from colophon.storage.s3_client import S3Access

__all__ = [
    "FolderShelf",
    "FolderStore",
    "S3Access",
    "S3Shelf",
    "S3Store",
    "open_place",
    "open_shelf",
    "open_store",
    "open_witness",
]
