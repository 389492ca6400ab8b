"""Charts are drawn in a process of its own: what happens to it happens to one drawing, and to nobody else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from datasets.errors import QueryTimeout
from portal.public.charts.renderer import Renderer
from portal.public.measured_work import paid_by

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'


@pytest.fixture
def renderer() -> Iterator[Renderer]:
    made = Renderer(seconds=20)
    yield made
    made.close()


def test_it_draws_and_draws_again(renderer: Renderer) -> None:
    first = renderer.draw("png", SVG, scale=1.0)
    assert first.startswith(b"\x89PNG")
    assert renderer.draw("png", SVG, scale=1.0) == first


def test_what_cannot_be_drawn_is_a_fault_of_that_drawing_alone(renderer: Renderer) -> None:
    with pytest.raises(RuntimeError, match="renderer failed"):
        renderer.draw("png", "\ud800 no drawing", scale=1.0)
    assert renderer.draw("png", SVG, scale=1.0)


def test_the_process_begins_again_where_it_was_ended(renderer: Renderer) -> None:
    renderer.draw("png", SVG, scale=1.0)
    process = renderer._process
    assert process is not None
    process.kill()
    process.wait()
    assert renderer.draw("png", SVG, scale=1.0)


def test_what_takes_too_long_is_given_up(renderer: Renderer) -> None:
    first = renderer.draw("png", SVG, scale=1.0)
    process = renderer._process
    assert process is not None
    os.kill(process.pid, signal.SIGSTOP)
    renderer._seconds = 0.1
    with pytest.raises(QueryTimeout, match="too long"):
        renderer.draw("png", SVG, scale=1.0)
    renderer._seconds = 20
    assert renderer.draw("png", SVG, scale=1.0) == first


def test_the_drawing_is_paid_for(renderer: Renderer) -> None:
    paid: list[float] = []
    with paid_by(paid.append):
        renderer.draw("png", SVG, scale=1.0)
    assert paid
    assert paid[0] > 0


def test_who_comes_when_too_many_wait_is_turned_away_at_once() -> None:
    renderer, held = Renderer(seconds=5, waiting=1), Event()
    with ThreadPoolExecutor(2) as pool:

        def hold() -> None:
            with renderer._turn():
                held.set()
                waiting = pool.submit(renderer.draw, "png", SVG, scale=1.0)
                while renderer._places._value:
                    time.sleep(0.001)
                with pytest.raises(QueryTimeout, match="Too many"):
                    renderer.draw("png", SVG, scale=1.0)
                assert not waiting.done()

        pool.submit(hold).result()
    renderer.close()


def test_one_process_draws_for_a_large_portal_too() -> None:
    code = (
        "import sys; from portal.public.charts.renderer import Renderer; large = b'x' * (900 << 20)\n"
        "made = Renderer(); made.draw('png', sys.argv[1], scale=1.0); process = made._process\n"
        "made.draw('png', sys.argv[1], scale=1.0);\n"
        "print(process is not None and made._process is process); made.close()"
    )
    done = subprocess.run([sys.executable, "-c", code, SVG], check=True, capture_output=True, text=True)
    assert done.stdout == "True\n"
