"""Automatic tests of a picture; each is one small class and none knows another."""

from colophon.checks.assembly import CHECK_NAMES, assemble_checks
from colophon.checks.profiles import CheckProfile, parse_profiles

__all__ = ["CHECK_NAMES", "CheckProfile", "assemble_checks", "parse_profiles"]
