"""A drawing as it is passed on without its page: with its title above it, and below it where the numbers are from."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from hashlib import sha256
from html import escape

from portal.public.bounded_memory import BoundedMemory
from portal.public.charts.chart import xml_text
from portal.public.charts.lettering import lettering
from portal.public.charts.palette import FONT, INK, PAPER, QUIET, STYLE
from portal.public.charts.renderer import renderer

_ROOT = re.compile(r'width="(\d+)" height="(\d+)" viewBox="0 0 [\d.]+ [\d.]+"')
_MARGIN = 12
_TITLE, _NOTE = 16, 10
_TITLE_STEP, _NOTE_STEP = 1.35, 1.4
"""How far lines are apart, in their size."""
_INSIDE_ADDRESS = re.compile(r"(?<=[/?&])(?=[^/])")
"""Where an address may go on in the next line, so that no word in it is cut in two."""
_WIDEST = 0.6
"""How wide a letter is on average, in its size: rather too wide than cut off."""
DENSITY = 2.0
"""How many pixels of a PNG file stand for one of the drawing, for sharp print and screens."""
PNG_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""The Content-Security-Policy of a PNG opened by itself, which browsers put into a page of their own with a style."""
_kept: BoundedMemory[bytes] = BoundedMemory(32 << 20, len, each=1 << 20)


def framed(svg: str, *, about: str, title: str, notes: Sequence[str]) -> str:
    """Return ``svg``, as ``charts.drawing`` draws it, on paper: above it ``about`` and ``title``, ``notes`` below."""
    found = _ROOT.search(svg)
    assert found is not None, "drawings have whole numbers as their size"
    width, height = int(found[1]), int(found[2])
    heading, above = list(_lines([about], _NOTE, width)), list(_lines([title], _TITLE, width))
    below = list(_lines(notes, _NOTE, width))
    headed = len(heading) * _NOTE * _NOTE_STEP
    top = round(_MARGIN + headed + len(above) * _TITLE * _TITLE_STEP)
    foot = round(_MARGIN + len(below) * _NOTE * _NOTE_STEP)
    whole = f'width="{width}" height="{top + height + foot}" viewBox="0 {-top} {width} {top + height + foot}"'
    paper = f'<rect x="0" y="{-top}" width="{width}" height="{top + height + foot}" fill="{PAPER}"/>'
    texts = [
        *_texts(heading, first=_MARGIN - top + _NOTE * 0.9, size=_NOTE, colour=QUIET),
        *_texts(above, first=_MARGIN - top + headed + _TITLE * 0.9, size=_TITLE, colour=INK, bold=True),
        *_texts(below, first=height + _NOTE * 1.2, size=_NOTE, colour=QUIET),
    ]
    opening = svg.index("</style>") + len("</style>")
    start = _ROOT.sub(whole, svg[:opening], count=1)
    return f"{start}{paper}{svg[opening:].removesuffix('</svg>')}{''.join(texts)}</svg>"


def lettered(framed: str) -> str:
    """Return a framed drawing with the letters of the pages in its style, for who opens it on another machine."""
    return framed.replace("<style>", f"<style>{lettering(framed)}", 1)


def policy(framed: str) -> str:
    """Return the Content-Security-Policy of a framed drawing that is opened by itself, with its letters."""
    style = sha256(f"{lettering(framed)}{STYLE}".encode()).digest()
    return f"default-src 'none'; style-src 'sha256-{b64encode(style).decode()}'; font-src data:"


def png(svg: str) -> bytes:
    """Return a drawing as PNG, as on a light page."""
    tag = sha256(svg.encode()).hexdigest()
    return _kept.get(tag) or _kept.keep(tag, renderer.draw("png", svg, scale=DENSITY))


def _lines(texts: Sequence[str], size: float, width: int) -> Iterator[str]:
    """Yield texts in lines that fit ``width``; a word that is wider, such as an address, goes on in the next."""
    most = int((width - 2 * _MARGIN) / (size * _WIDEST))
    for text in texts:
        line = ""
        for before, part in _parts(xml_text(text).split(), most):
            if line and len(line) + len(before) + len(part) > most:
                yield line
                line = part
            else:
                line = f"{line}{before}{part}" if line else part
        if line:
            yield line


def _parts(words: Sequence[str], most: int) -> Iterator[tuple[str, str]]:
    """Yield what is not divided, each with the space before it; only what is longer than a line is cut anywhere."""
    for word in words:
        pieces = _INSIDE_ADDRESS.split(word) if len(word) > most else [word]
        cut = (piece[start : start + most] for piece in pieces for start in range(0, len(piece), most))
        yield from ((" " if number == 0 else "", part) for number, part in enumerate(cut))


def _texts(lines: Sequence[str], *, first: float, size: float, colour: str, bold: bool = False) -> Iterator[str]:
    weight = ' font-weight="600"' if bold else ""
    step = size * (_TITLE_STEP if bold else _NOTE_STEP)
    for number, line in enumerate(lines):
        yield (
            f'<text x="{_MARGIN}" y="{first + number * step:.1f}" font-family="{FONT}" font-size="{size}"{weight}'
            f' fill="{colour}">{escape(line)}</text>'
        )
