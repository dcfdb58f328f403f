"""``python -m colophon.cli``."""

from colophon.cli import main

main()
