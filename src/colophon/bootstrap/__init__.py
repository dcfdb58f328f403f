"""The one place that names concrete adapters."""

from colophon.bootstrap.home import initialise
from colophon.bootstrap.runtime import Runtime, runtime

__all__ = ["Runtime", "initialise", "runtime"]
