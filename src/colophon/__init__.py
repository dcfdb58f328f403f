"""A digital asset pipeline in which every generated brand picture carries its papers."""

__version__ = "0.1.0"
