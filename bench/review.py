"""200 variants decided on the light table by keys alone, in a real browser: three approved, then one rejected with a
reason. What is left of ten minutes is what a person has to look. ``BENCH_REVIEW`` names another number."""

import os
import shutil
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

from colophon.bootstrap import initialise
from colophon.confined import Confined
from colophon.settings import Settings
from tests.web.browser.by_keys import Action, decide_by_keys
from tests.web.browser.site import launch, opened, visit
from tests.web.browser.stock import variants

COUNT = int(os.environ.get("BENCH_REVIEW", "200"))
BUDGET = 600.0  # seconds for all of them


def _choice(place: int) -> Action:
    return "reject" if place % 4 == 3 else "approve"


def run() -> None:
    browser_path = shutil.which("chromium") or shutil.which("google-chrome")
    if browser_path is None:
        print("left out: there is no browser")
        return
    confined = Confined(1)
    with tempfile.TemporaryDirectory() as folder:
        initialise(Settings(home=Path(folder) / "home"))
        with opened(Path(folder), confined) as site, sync_playwright() as playwright:
            began = time.perf_counter()
            pictures = variants(site.world, "wall", COUNT, title="A wall", budget={"currency": "USD", "cap": "50.00"})
            print(f"{COUNT} variants bought in {time.perf_counter() - began:.0f} s", flush=True)
            browser = launch(playwright, browser_path)
            with visit(browser, site) as window:
                page = window.go(f"/review/{pictures[0].id}")
                took = decide_by_keys(page, _choice)
            browser.close()
            decided = site.world.rt.catalog.assets.of_campaign("wall")
    confined.close()
    states = Counter(each.state.value for each in decided)
    total, count = sum(took), len(took)
    print(
        f"{count} decided ({dict(states)}) in {total:.0f} s: {60 * count / total:.0f} a minute; "
        f"median {np.median(took):.2f} s, 95 % within {np.quantile(took, 0.95):.2f} s; "
        f"{(BUDGET - total) / count:.1f} s of ten minutes left to look at each; load {os.getloadavg()[0]:.1f}"
    )
