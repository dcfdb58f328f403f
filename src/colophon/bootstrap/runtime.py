"""The runtime of a process: adapters, workrooms, and the market it buys on."""

import atexit
from functools import cache, cached_property
from threading import Lock

import httpx

from colophon.bootstrap.buying import make_provider
from colophon.bootstrap.tracing import set_up_traces
from colophon.bootstrap.workrooms import Workrooms
from colophon.errors import InvalidInput
from colophon.ports import Clock, Provider
from colophon.services.buyer import Buyer
from colophon.settings import Settings, load_settings


class Runtime(Workrooms):
    """Everything of this process under one set of settings, each part made when it is first asked for."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        super().__init__(settings, clock)
        self._providers: dict[str, Provider] = {}
        self._opening = Lock()

    @cached_property
    def sandbox(self) -> httpx.BaseTransport:
        from colophon.sandbox import create_app, transport  # a web framework: only where the embedded route is used

        hooks = self.settings.webhook_url is not None
        return transport(create_app(self.settings.sandbox_folder, clock=self.clock.now, hooks=hooks))

    def provider(self, route: str) -> Provider:
        if route not in self.market.routes:
            raise InvalidInput(f"there is no route {route!r} any more", hint="`colophon doctor` lists the routes")
        with self._opening:
            if route not in self._providers:
                self._providers[route] = make_provider(self.market.routes[route], self.settings, self._embedded(route))
            return self._providers[route]

    @cached_property
    def buyer(self) -> Buyer:
        from colophon.bootstrap.purchasing import make_buyer

        return make_buyer(self)

    def open(self, *, signing: bool = True) -> None:
        """Open what a run's threads share while there is one thread: from Python 3.12 on, two that ask at the same
        moment for a part not yet made would each make one. The signer is tried out with it, before anything is
        bought; where nothing will be, what is paid for is brought home whether or not it can be signed."""
        if signing:
            _ = self.workshop
        _ = self.bench, self.buyer

    def close(self) -> None:
        """Also the embedded sandbox."""
        super().close()
        if (sandbox := self.__dict__.pop("sandbox", None)) is not None:
            sandbox.close()

    def _embedded(self, route: str) -> httpx.BaseTransport | None:
        return self.sandbox if self.market.routes[route].embedded else None


@cache
def runtime() -> Runtime:
    """The runtime of this process, under the settings of its environment; closed when the process ends."""
    set_up_traces()
    made = Runtime(load_settings())
    atexit.register(made.close)
    return made
