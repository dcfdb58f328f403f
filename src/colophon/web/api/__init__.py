"""``/api/v1``, one module for each kind of thing; `colophon.web.app` puts them together."""
