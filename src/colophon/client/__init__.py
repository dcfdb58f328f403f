"""The API of a running `colophon serve`, from Python: one method a thing to do, plain data in and out.

    from colophon import Client

    with Client("https://colophon.example", token="clp_...") as colophon:
        run = colophon.order(open("brief.yaml").read())
        for asset in colophon.assets(campaign="spring-mugs", state="held"):
            print(asset["id"])

Errors are those of `colophon.errors`. docs/api.md shows every method.
"""

from colophon.client.books import Books
from colophon.client.campaigns import Campaigns
from colophon.client.people import People
from colophon.client.pictures import Pictures
from colophon.client.review import Reviewing

__all__ = ["Client"]


class Client(Campaigns, Pictures, Reviewing, Books, People):
    """``token`` is one that `colophon users token` or the page *Settings* made. A context manager; ``timeout`` is in
    seconds, for each answer. ``transport`` is for tests."""
