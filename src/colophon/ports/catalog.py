"""All of the catalog."""

from typing import Protocol

from colophon.ports.accounts import Accounts, KnownBrowsers, SignInTries
from colophon.ports.auditing import EventLog
from colophon.ports.belonging import Belonging
from colophon.ports.boards import Boards
from colophon.ports.dossiers import Dossiers
from colophon.ports.halting import Halts
from colophon.ports.judging import Neighbours
from colophon.ports.limits import Limits
from colophon.ports.measuring import Delays, Gauges
from colophon.ports.orders import Orders
from colophon.ports.outbox import Outbox
from colophon.ports.pictures import Assets, Lookalikes, Manifests, Publications, Verdicts
from colophon.ports.publishing import Issues, Leases, Withdrawals
from colophon.ports.queue import ReviewQueue
from colophon.ports.replies import Replies
from colophon.ports.reviews import Reviews
from colophon.ports.search import Search
from colophon.ports.sign_in_flows import SignInFlows


class Catalog(Neighbours, Protocol):
    """All of the catalog; services name the part they use."""

    accounts: Accounts
    known_browsers: KnownBrowsers
    sign_in_tries: SignInTries
    orders: Orders
    assets: Assets
    publications: Publications
    manifests: Manifests
    lookalikes: Lookalikes
    verdicts: Verdicts
    replies: Replies
    reviews: Reviews
    queue: ReviewQueue
    events: EventLog
    withdrawals: Withdrawals
    leases: Leases
    issues: Issues
    dossiers: Dossiers
    search: Search
    boards: Boards
    belonging: Belonging
    outbox: Outbox
    halts: Halts
    gauges: Gauges
    delays: Delays
    limits: Limits
    sign_in_flows: SignInFlows
