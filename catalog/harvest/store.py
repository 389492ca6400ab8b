"""All harvested records of all sources, each dataset once: what the search and the pages read."""

from __future__ import annotations

import re
import secrets
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import ValidationError

from catalog.harvest.merging import is_present
from catalog.harvest.records import HarvestedRecord
from catalog.harvest.sources import Source, SourceList
from catalog.harvest.state import newest_hash, read_state
from catalog.record import CatalogRecord
from datasets import disk
from datasets.bounded_files import read_regular
from datasets.errors import Problem
from datasets.fingerprint import Stamp, stamp_of
from datasets.text import Bilingual

_DOI = re.compile(r"(?:doi:|https?://(?:dx\.)?doi\.org/)?(10\.\d{4,9}/\S+)", re.IGNORECASE)
_SOURCES = "sources.json"
_MOST_SOURCES = 4 << 20
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True)
class Found:
    """One dataset of others, marked with where it comes from."""

    harvested: HarvestedRecord
    source_title: Bilingual
    also_in: tuple[HarvestedRecord, ...] = ()
    """The records of the same dataset in other sources."""
    gone_since: str = ""
    """When its source was first found not to list it; empty where it does."""

    @property
    def record(self) -> CatalogRecord:
        """The record as the catalog knows it; its id holds a tilde, which no id of ours does."""
        return self.harvested.record


@dataclass(frozen=True)
class Harvested:
    """What was found, and what is wrong with the files that it was read from."""

    found: tuple[Found, ...]
    problems: tuple[Problem, ...]


def harvest_folder(data_dir: Path) -> Path:
    """Return where harvested records are kept: they are others', and never part of the release store's chain."""
    return data_dir / "harvest"


def remember_sources(root: Path, sources: Sequence[Source]) -> None:
    """Keep the list of sources beside their records: readers need no file of their own."""
    disk.make_folders(root)
    draft = root / f"sources.{secrets.token_hex(4)}.new"
    content = SourceList(sources=tuple(sources)).model_dump_json(indent=1).encode()
    disk.write_new(draft, content, mode=0o644)
    disk.replace(draft, root / _SOURCES)
    disk.sync_folder(root)


def remembered_sources(root: Path) -> tuple[Source, ...]:
    """Return the sources of the last harvest; none where there was none, or the file cannot be read."""
    mark = stamp_of(root / _SOURCES)
    return _read_sources(root / _SOURCES, mark) if mark else ()


@lru_cache(maxsize=16)
def _read_sources(path: Path, _: Stamp) -> tuple[Source, ...]:
    """Read the list; what was read is kept as long as the file is the same, since readers ask every few seconds."""
    try:
        return SourceList.model_validate_json(read_regular(path, _MOST_SOURCES) or b"").sources
    except (OSError, ValidationError):
        return ()


def read_harvested(
    root: Path, sources: Sequence[Source] | None = None, *, own_address: str = "", with_gone: bool = False
) -> Harvested:
    """Return all harvested records in the order of ``sources``; ``root`` is where ``ytemo harvest`` keeps them.

    Without ``sources`` those of the last harvest are read.

    Of a dataset that several sources list, the record of the first one counts. What others have harvested from the
    portal at ``own_address`` is left out. Records that are gone come only where ``with_gone`` asks for them.
    """
    found: list[Found] = []
    problems: list[Problem] = []
    sources = remembered_sources(root) if sources is None else sources
    if not sources and (root / _SOURCES).exists():
        problems.append(Problem(str(root / _SOURCES), "cannot be read", "run ytemo harvest again: it writes it anew"))
    for source in sources:
        state = read_state(root / source.id)
        problems += state.problems
        found += [
            Found(entry.record, source.title, gone_since=entry.gone_since)
            for entry in state.entries.values()
            if entry.record and (is_present(entry) or with_gone) and not _is_own(entry.record, own_address)
        ]
    return Harvested(tuple(_each_once(found)), tuple(problems))


def stamp(root: Path, sources: Sequence[Source] | None = None) -> str:
    """Return what changes when anything that ``read_harvested`` returns may have changed."""
    sources = remembered_sources(root) if sources is None else sources
    return " ".join(f"{source.id}:{newest_hash(root / source.id)}" for source in sources)


def _is_own(record: HarvestedRecord, own_address: str) -> bool:
    own = own_address.rstrip("/") + "/"
    addresses = (record.landing_page, record.provenance.remote_id, *record.identifiers)
    return bool(own_address) and any(each.startswith(own) for each in addresses)


def _each_once(found: Sequence[Found]) -> Iterator[Found]:
    """Yield one of all that share a key, the first one, with the others beside it."""
    groups: dict[int, list[int]] = {}
    leaders = _leaders(
        [list(_keys(each.harvested)) for each in found], [each.harvested.provenance.source for each in found]
    )
    for number, leader in enumerate(leaders):
        groups.setdefault(leader, []).append(number)
    for leader, members in groups.items():
        others = tuple(found[each].harvested for each in members[1:])
        first = found[leader]
        yield Found(first.harvested, first.source_title, others, first.gone_since)


def _leaders(keys: Sequence[Sequence[str]], sources: Sequence[str]) -> list[int]:
    """Return for each record the first one that it shares a key with, directly or over one that came before it.

    Who is trusted less decides nothing about those before: a record that shares keys with two of them joins the first
    and leaves them two. A key that a source gives to several of its records, such as the address of its front page,
    says nothing there, nor in the sources behind it.
    """
    vague = _vague_from(keys, sources)
    first: dict[str, int] = {}
    leaders: list[int] = []
    for number, own in enumerate(keys):
        telling = [key for key in own if vague.get(key, len(keys)) > number]
        leader = next((first[key] for key in telling if key in first), number)
        leaders.append(leader)
        for key in telling:
            first.setdefault(key, leader)
    return leaders


def _vague_from(keys: Sequence[Sequence[str]], sources: Sequence[str]) -> dict[str, int]:
    """Return for each key that says nothing the first record of the first source that uses it more than once."""
    begins: dict[str, int] = {}
    for number, source in enumerate(sources):
        begins.setdefault(source, number)
    used = Counter((source, key) for source, own in zip(sources, keys, strict=True) for key in set(own))
    found: dict[str, int] = {}
    for (source, key), times in used.items():
        if times > 1:
            found[key] = min(found.get(key, len(keys)), begins[source])
    return found


def _keys(record: HarvestedRecord) -> Iterable[str]:
    """Yield what tells a dataset apart in the whole world: a DOI, a UUID, an address; never a bare number or name."""
    for each in (*record.identifiers, record.provenance.remote_id, record.landing_page):
        key = _key(each.strip())
        if key:
            yield key


def _key(text: str) -> str:
    doi = _DOI.fullmatch(text)
    if doi:
        return f"doi:{doi[1].lower().rstrip('.')}"
    if _UUID.fullmatch(text):
        return f"uuid:{text.lower()}"
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    if parts.scheme in ("http", "https") and parts.netloc and parts.path.strip("/"):
        query = f"?{parts.query}" if parts.query else ""
        return f"//{parts.netloc.lower().removeprefix('www.')}{parts.path.rstrip('/')}{query}"
    return ""
