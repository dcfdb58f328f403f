"""The catalog as one object: all its ports over one database."""

from colophon.catalog import schema
from colophon.catalog.accounts import SqlAccounts
from colophon.catalog.assets import SqlAssets
from colophon.catalog.belonging import SqlBelonging
from colophon.catalog.boards import SqlBoards
from colophon.catalog.database import Database
from colophon.catalog.delays import SqlDelays
from colophon.catalog.dossiers import SqlDossiers
from colophon.catalog.events import SqlEventLog
from colophon.catalog.gauges import SqlGauges
from colophon.catalog.halts import SqlHalts
from colophon.catalog.issues import SqlIssues
from colophon.catalog.known_browsers import SqlKnownBrowsers
from colophon.catalog.leases import SqlLeases
from colophon.catalog.limits import SqlLimits
from colophon.catalog.lookalikes import SqlLookalikes
from colophon.catalog.manifests import SqlManifests
from colophon.catalog.neighbours import SqlNeighbours
from colophon.catalog.orders import SqlOrders
from colophon.catalog.outbox import SqlOutbox
from colophon.catalog.publications import SqlPublications
from colophon.catalog.queue import SqlReviewQueue
from colophon.catalog.replies import SqlReplies
from colophon.catalog.reviews import SqlReviews
from colophon.catalog.searching import SqlSearch
from colophon.catalog.sign_in_flows import SqlSignInFlows
from colophon.catalog.sign_in_tries import SqlSignInTries
from colophon.catalog.verdicts import SqlVerdicts
from colophon.catalog.withdrawals import SqlWithdrawals
from colophon.ports import (
    Accounts,
    Assets,
    Delays,
    Dossiers,
    EventLog,
    Gauges,
    Halts,
    Issues,
    KnownBrowsers,
    Leases,
    Lookalikes,
    Manifests,
    Orders,
    Outbox,
    Publications,
    Replies,
    ReviewQueue,
    Reviews,
    Search,
    SignInTries,
    Verdicts,
    Withdrawals,
)
from colophon.ports.belonging import Belonging
from colophon.ports.boards import Boards
from colophon.ports.limits import Limits
from colophon.ports.sign_in_flows import SignInFlows


class SqlCatalog(SqlNeighbours):
    """Implements `colophon.ports.Catalog`. May be shared by threads, not by processes that fork."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.orders: Orders = SqlOrders(database)
        self.accounts: Accounts = SqlAccounts(database)
        self.known_browsers: KnownBrowsers = SqlKnownBrowsers(database)
        self.sign_in_tries: SignInTries = SqlSignInTries(database)
        self.assets: Assets = SqlAssets(database)
        self.publications: Publications = SqlPublications(database)
        self.manifests: Manifests = SqlManifests(database)
        self.lookalikes: Lookalikes = SqlLookalikes(database)
        self.verdicts: Verdicts = SqlVerdicts(database)
        self.replies: Replies = SqlReplies(database)
        self.reviews: Reviews = SqlReviews(database)
        self.queue: ReviewQueue = SqlReviewQueue(database)
        self.events: EventLog = SqlEventLog(database)
        self.withdrawals: Withdrawals = SqlWithdrawals(database)
        self.leases: Leases = SqlLeases(database)
        self.issues: Issues = SqlIssues(database)
        self.dossiers: Dossiers = SqlDossiers(database)
        self.search: Search = SqlSearch(database)
        self.boards: Boards = SqlBoards(database)
        self.belonging: Belonging = SqlBelonging(database)
        self.outbox: Outbox = SqlOutbox(database)
        self.halts: Halts = SqlHalts(database)
        self.gauges: Gauges = SqlGauges(database)
        self.delays: Delays = SqlDelays(database)
        self.limits: Limits = SqlLimits(database)
        self.sign_in_flows: SignInFlows = SqlSignInFlows(database)

    def ping(self) -> None:
        """Raises `StoreUnavailable` when the database does not answer, `InvalidInput` when its file is none."""
        schema.current_revision(self._database)

    def close(self) -> None:
        self._database.close()


def open_catalog(url: str) -> SqlCatalog:
    """The catalog at ``sqlite:///path`` or ``postgresql+psycopg://...``, its schema brought up to date.

    Raises `InvalidInput` for an address or a file that is none and for a folder that cannot be written,
    `StoreUnavailable` when the database is out of reach.
    """
    database = Database(url)
    try:
        schema.upgrade(database)
    except BaseException:
        database.close()
        raise
    return SqlCatalog(database)
