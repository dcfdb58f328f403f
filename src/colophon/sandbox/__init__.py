"""A stand-in for the vendors: their HTTP dialects as one application, with pictures, signatures and an invoice."""

from colophon.sandbox.app import create_app
from colophon.sandbox.embedded import transport
from colophon.sandbox.server import serve
from colophon.sandbox.signing import sandbox_ca

__all__ = ["create_app", "sandbox_ca", "serve", "transport"]
