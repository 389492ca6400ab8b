"""Measure the pages: what a first visit fetches, how long the server takes, and when Chromium has drawn the page.

Run: python -m benchmarks.bench_pages [--rounds 100]
The portal over the demo datasets listens on a socket of this machine. What is over its budget is marked with !!!.
Bytes are those on the wire, heads and all, with an empty cache. Times of the server are processor milliseconds of one
request over ASGI without a socket, beside an empty route in the same run: on a busy machine compare those. A drawing
is made by another process, so that its first time is by the clock.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from fastapi import FastAPI
from fastapi.responses import Response
from playwright.sync_api import Browser, CDPSession, sync_playwright

from benchmarks.bench_query import ask
from tests.support.browser import launched
from tests.support.publication import Ministry
from tests.support.served import served
from tests.support.shipped_portal import publish_shipped, shipped_app

MOST_KILOBYTES = 100
MOST_SERVER = 25.0
MOST_RENDER = 1000.0
"""The budgets: bytes of a first visit in kB, the median of a dataset page and the whole render in milliseconds."""
PAGES = {
    "home": "/",
    "list": "/datasets?q=sot+xuat+huyet",
    "dataset": "/datasets/dengue-cases",
    "dataset, English": "/en/datasets/hospital-discharges",
    "explorer": "/datasets/hospital-discharges/explore",
    "explorer, map": "/datasets/hospital-discharges/explore?show=map&at.chapter=XVI",
    "explorer, old map": "/datasets/dengue-cases/explore?show=map",
    "embed": "/embed/dengue-cases?show=line",
}
EXPLORED = "/datasets/hospital-discharges/releases/2025.1/explore"
CHAPTERS = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIII", "XIV", "XV", "XVI")
_LAZY = "/vendor/vega"
_KINDS = {"Document": "HTML", "Stylesheet": "CSS", "Font": "fonts", "Script": "scripts", "Image": "images"}
_LARGEST = """() => new Promise(done => {
  new PerformanceObserver(found => {
    const last = found.getEntries().at(-1);
    done([performance.timing.loadEventEnd - performance.timing.navigationStart, last ? last.startTime : 0]);
  }).observe({type: 'largest-contentful-paint', buffered: true});
})"""


@dataclass(frozen=True)
class Fetched:
    """One thing that a visit asked for."""

    kind: str
    path: str
    size: int


# In Chromium ----------------------------------------------------------------------------------------------------------


class Visits:
    """Opens each page as somebody who has never been there."""

    def __init__(self, browser: Browser, address: str) -> None:
        self._browser = browser
        self._address = address

    def opened(self, path: str) -> tuple[list[Fetched], float, float]:
        """Return what a first visit fetches, and the milliseconds to the load event and the largest paint."""
        context = self._browser.new_context(viewport={"width": 1280, "height": 800}, locale="vi-VN")
        page = context.new_page()
        session = context.new_cdp_session(page)
        fetched = _listen(session)
        page.goto(self._address + path, wait_until="load")
        load, largest = page.evaluate(_LARGEST)
        page.wait_for_load_state("networkidle")
        context.close()
        return fetched, load, largest


def _listen(session: CDPSession) -> list[Fetched]:
    """Return a list into which everything that is fetched is put when it has come."""
    asked: dict[str, tuple[str, str]] = {}
    fetched: list[Fetched] = []

    def sent(event: dict[str, Any]) -> None:
        asked[event["requestId"]] = (event.get("type", ""), event["request"]["url"])

    def came(event: dict[str, Any]) -> None:
        kind, url = asked.get(event["requestId"], ("", ""))
        fetched.append(Fetched(_KINDS.get(kind, "other"), urlsplit(url).path, int(event["encodedDataLength"])))

    session.send("Network.enable")
    session.on("Network.requestWillBeSent", sent)
    session.on("Network.loadingFinished", came)
    return fetched


def show_visits(visits: Visits, rounds: int) -> None:
    """Print bytes and times of a first visit of each page."""
    kinds = ("HTML", "CSS", "fonts", "scripts", "images", "other")
    _say(f"{'first visit, kB':18}{'all':>8}" + "".join(f"{kind:>9}" for kind in kinds) + f"{'asked':>7}{'lazy':>8}")
    times = {}
    for name, path in PAGES.items():
        opened = [visits.opened(path) for _ in range(rounds)]
        fetched = opened[0][0]
        times[name] = [np.array(each) for each in zip(*((load, largest) for _, load, largest in opened), strict=True)]
        lazy = [each for each in fetched if _LAZY in each.path or each.path.endswith(".json")]
        first = [each for each in fetched if each not in lazy]
        sizes = {kind: sum(each.size for each in first if each.kind == kind) / 1000 for kind in kinds}
        whole = sum(sizes.values())
        parts = "".join(f"{size:9.1f}" for size in sizes.values())
        later = sum(each.size for each in lazy) / 1000
        _say(f"{name:18}{whole:8.1f}{parts}{len(first):7}{later:8.1f}{_over(whole, MOST_KILOBYTES)}")
    _say(f"\n{'in Chromium, ms':18}{'load':>8}{'worst':>9}{'largest':>9}{'worst':>9}   (largest contentful paint)")
    for name, (load, largest) in times.items():
        figures = (np.median(load), load.max(), np.median(largest), largest.max())
        _say(
            f"{name:18}{figures[0]:8.0f}"
            + "".join(f"{each:9.0f}" for each in figures[1:])
            + _over(max(figures[0], figures[2]), MOST_RENDER)
        )


# The server -----------------------------------------------------------------------------------------------------------


async def show_server(app: FastAPI, rounds: int) -> None:
    """Print what each page and drawing costs the server, beside an empty route."""
    empty = FastAPI(openapi_url=None)
    empty.add_api_route("/", lambda: Response(b"{}"))
    async with app.router.lifespan_context(app):
        while b'"current"' not in await ask(app, "/health", ""):
            await asyncio.sleep(0.1)  # The index is built in this process too, and would be counted.
        await asyncio.sleep(3)  # So long a store that has just been written is checked at every request.
        _say(f"\n{'server, ms':34}{'p50':>8}{'p99':>9}")
        floor = await _show("empty route", rounds, lambda _: ask(empty, "/", ""))
        for name, path in PAGES.items():
            where, _, query = path.partition("?")
            for _ in range(5):
                await ask(app, where, query)
            median = await _show(f"{name}, warm", rounds, lambda _, a=where, q=query: ask(app, a, q), floor)
            if name.startswith("dataset"):
                _say(f"{'':34}{_over(median, MOST_SERVER)}")
        for extension, width in (("svg", "wide"), ("png", "narrow")):
            # Another width, because a PNG is made of the SVG, which is kept.
            states = [f"show=bars&rows=province&at.chapter={chapter}&width={width}" for chapter in CHAPTERS]
            path = f"{EXPLORED}.{extension}"
            await ask(app, path, "show=bars&rows=sex")  # The process that draws is begun by the first drawing.
            cold = f"explore.{extension}, cold, by the clock"
            await _show(cold, len(states), lambda n, p=path, s=states: ask(app, p, s[n]), floor, time.perf_counter)
            await _show(f"explore.{extension}, kept", rounds, lambda _, p=path, s=states: ask(app, p, s[0]), floor)


async def _show(
    name: str,
    rounds: int,
    request: Callable[[int], Awaitable[object]],
    floor: float = 0.0,
    clock: Callable[[], float] = time.process_time,
) -> float:
    took = []
    for number in range(rounds):
        begun = clock()
        await request(number)
        took.append((clock() - begun) * 1000)
    median, worst = np.percentile(took, [50, 99])
    _say(f"{name:34}{median:8.2f}{worst:9.2f}" + (f"   {median / floor:6.0f} × empty" if floor else ""))
    return float(median)


def _over(figure: float, budget: float) -> str:
    return f"   !!! over {budget:g}" if figure > budget else f"   of {budget:g}"


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--visits", type=int, default=5)
    parser.add_argument("--store", type=Path, help="where the demo datasets are published already")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="ytemo-bench-") as folder:
        ministry = Ministry(options.store) if options.store else publish_shipped(Path(folder))
        with served(shipped_app(ministry)) as address, sync_playwright() as playwright, launched(playwright) as browser:
            show_visits(Visits(browser, address), options.visits)
        asyncio.run(show_server(shipped_app(ministry), options.rounds))


if __name__ == "__main__":
    main(sys.argv[1:])
