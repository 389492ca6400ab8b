"""The letters of the pages inside a drawing that leaves them: elsewhere they are installed on few machines."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from pathlib import Path

from portal.shared.font_faces import STATIC, FontFace, font_faces


def lettering(text: str, static: Path = STATIC) -> str:
    """Return the style of the letters that ``text`` has, with them in it: 35 kB, and 25 more where some are rare."""
    wanted = set(map(ord, text))
    return "".join(rule for face, rule in _filled(static) if not face.characters.isdisjoint(wanted))


@cache
def _filled(static: Path) -> tuple[tuple[FontFace, str], ...]:
    """Return each rule with its file in it; nothing where the files are not built."""
    faces = font_faces(static)
    if not all((static / face.file).is_file() for face in faces):
        return ()
    return tuple((face, _with_file(face, (static / face.file).read_bytes())) for face in faces)


def _with_file(face: FontFace, letters: bytes) -> str:
    return face.rule.replace(f'"{face.file}"', f"data:font/woff2;base64,{b64encode(letters).decode()}")
