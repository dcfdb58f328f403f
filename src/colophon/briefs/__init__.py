"""Briefs and brand files as people write them: read safely, checked as a whole, and given a revision."""

from colophon.briefs.loading import LoadedBrief, load_brief, load_brief_text
from colophon.briefs.schema import schemas, write_schemas

__all__ = ["LoadedBrief", "load_brief", "load_brief_text", "schemas", "write_schemas"]
