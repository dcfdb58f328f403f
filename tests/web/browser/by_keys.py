"""A reviewer who uses nothing but keys."""

import time
from collections.abc import Callable
from typing import Literal

from playwright.sync_api import Page

Action = Literal["approve", "reject"]
REASON = "Too dark"
QUEUE = "main h1:text-is('Review')"


def decide_by_keys(page: Page, choose: Callable[[int], Action]) -> list[float]:
    """Decide pictures one after the other, beginning with the one on the light table, until the queue is shown because
    nothing else waits. Returns the seconds of each, from the key to the next picture drawn."""
    took: list[float] = []
    while page.locator(QUEUE).count() == 0:
        table = page.locator("#table [data-asset]")
        shown, action = table.get_attribute("data-asset"), choose(len(took))
        doubted = page.locator("[data-decide] [data-needs-reason=approve]").count()
        began = time.perf_counter()
        page.keyboard.press(action[0])
        if action == "reject" or doubted:
            page.keyboard.type(REASON)
            page.keyboard.press("Enter")
        page.locator(f"#table [data-asset]:not([data-asset='{shown}']), {QUEUE}").wait_for()
        page.evaluate("Promise.all([...document.querySelectorAll('.viewer img')].map(i => i.decode()))")
        took.append(time.perf_counter() - began)
    return took
