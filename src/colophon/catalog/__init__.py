"""The catalog: rows in SQLite or PostgreSQL behind the ports of orders, assets, publications and neighbours."""

from colophon.catalog.audit import open_audited
from colophon.catalog.catalog import SqlCatalog, open_catalog

__all__ = ["SqlCatalog", "open_audited", "open_catalog"]
