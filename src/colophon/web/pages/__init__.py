"""The pages, one module for each; `colophon.web.app` puts them together."""
