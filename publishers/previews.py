"""The store that a package is made for before it is published, and what staff hear where that store is not there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from anonymization.policies import resolve
from datasets.definition import Definition
from datasets.errors import Problem
from datasets.signing import Signer
from datasets.store_layout import StoreLayout
from publishers.arguments import is_store
from publishers.ledger import Store


@dataclass(frozen=True, kw_only=True)
class StorePlace:
    """Where a release store and its keys are to be."""

    folder: Path
    public_key: Path
    signing_key: Path
    named: str
    """What named the folder: an option or a variable; empty where it is the one by default."""

    def store(self) -> Store | None:
        """Return what is published already, with its marks where the signing key is at hand."""
        if self.signing_key.exists():
            # The public key follows from it, also where its file is gone.
            return Store.of(StoreLayout(self.folder), Signer.from_file(self.signing_key))
        return Store.at(self.folder, self.public_key) if self.public_key.exists() else None

    def missing(self) -> tuple[str, str] | None:
        """Return what is missing, and why, where nothing of the store can be read."""
        # A job makes the folder for its own work: that it is there says nothing.
        if not is_store(self.folder) and not StoreLayout(self.folder).public_key.is_file():
            if self.named:
                return f"{self.named} {self.folder}", "is no release store"
            return "--data-dir", f"is not given, and the folder by default, {self.folder}, is no release store"
        if not self.public_key.exists() and not self.signing_key.exists():
            return str(self.public_key), "is not there, and without it the store cannot be read"
        return None


def without_store(place: StorePlace, definition: Definition) -> Iterator[Problem]:
    """Yield a warning where a package is made without the store, or the keys, that it will be published with.

    Registers and code lists hide nothing, so no store makes them different.
    """
    if definition.disclosure is None:
        return
    suppression = resolve(definition.disclosure).method == "suppression"
    if missing := place.missing():
        other = "withhold other cells of equal worth, or " if suppression else ""
        rule = f"{missing[1]}. Nothing published before is reckoned with: publishing may {other}refuse this edition"
        remedy = "Name the store that it will be published in; before a first release there is none"
        yield Problem(missing[0], rule, remedy)
    elif suppression and not place.signing_key.exists():
        rule = "is not at hand, and decides between cells of equal worth: publishing may withhold others"
        yield Problem(str(place.signing_key), rule, "Look at what each table loses, not at single cells")
