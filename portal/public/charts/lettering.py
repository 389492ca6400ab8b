"""The letters of the pages inside a drawing that leaves them: elsewhere they are installed on few machines."""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cache
from pathlib import Path

import portal.shared

_STATIC = Path(portal.shared.__file__).parent / "static"
_COMMENT, _FILE = re.compile(r"/\*.*?\*/", re.DOTALL), re.compile(r'url\("([^"]+)"\)')


@cache
def lettering(static: Path = _STATIC) -> str:
    """Return the style sheet of the letters with the letters in it, about 95 kB; empty where they are not built."""
    style = " ".join(_COMMENT.sub("", (static / "fonts.css").read_text(encoding="utf-8")).split())
    files = {name: static / name for name in _FILE.findall(style)}
    if not all(file.is_file() for file in files.values()):
        return ""
    within = {name: b64encode(file.read_bytes()).decode() for name, file in files.items()}
    return _FILE.sub(lambda found: f"url(data:font/woff2;base64,{within[found[1]]})", style)
