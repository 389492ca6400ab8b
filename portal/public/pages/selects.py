"""Lists of which a reader of a page chooses one value."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from datasets.text import Model


class Option(Model):
    """One value that can be chosen."""

    value: str = Field(description="What the address says.")
    label: str = Field(description="What it is called.")
    chosen: bool = Field(description="Whether it is in force.")


class OptionGroup(Model):
    """Values that belong together."""

    label: str = Field(description="What they have in common; empty where that needs no saying.")
    options: tuple[Option, ...] = Field(description="The values.")


class Select(Model):
    """One list of which one value is chosen."""

    name: str = Field(description="The parameter.")
    label: str = Field(description="What is chosen.")
    groups: tuple[OptionGroup, ...] = Field(description="The values.")


def select_of(name: str, label: str, options: Sequence[tuple[str, str]], chosen: str) -> Select:
    """Return a list of values, each with what it is called."""
    group = OptionGroup(label="", options=tuple(option_of(value, text, chosen) for value, text in options))
    return Select(name=name, label=label, groups=(group,))


def option_of(value: str, label: str, chosen: str) -> Option:
    """Return one value, in force where it is the one that is ``chosen``."""
    return Option(value=value, label=label, chosen=value == chosen)
