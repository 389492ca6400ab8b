"""The small parts that several public pages show."""

from __future__ import annotations

from pydantic import Field

from datasets.text import Model


class Fact(Model):
    """One line of a summary list."""

    label: str = Field(description="What is told.")
    value: str = Field(description="What it is.")
    url: str = Field(default="", description="Where the value leads, if anywhere.")
    moment: str = Field(default="", description="The value for machines, where it is a day.")


class CellView(Model):
    """One cell of a table as it is shown."""

    text: str = Field(description="The value as people write it, or the mark that stands for its absence.")
    meaning: str = Field(default="", description="What the mark means; empty for an ordinary value.")
    number: bool = Field(default=False, description="Whether it is set as a number.")
    broken: str = Field(default="", description="What keeps it from being compared with earlier ones; mostly empty.")


class Choice(Model):
    """A link among several, of which some may be chosen."""

    label: str = Field(description="What it is called.")
    url: str = Field(description="Where it leads.")
    count: str = Field(default="", description="How many datasets it leads to.")
    chosen: bool = Field(default=False, description="Whether it is in force now.")


class DatasetCard(Model):
    """A dataset in a list."""

    title: str = Field(description="What it is called.")
    url: str = Field(description="Its page.")
    summary: str = Field(description="What it tells.")
    facts: tuple[Fact, ...] = Field(description="Publisher, theme, newest edition, day.")
    reasons: tuple[Fact, ...] = Field(default=(), description="Why a search found it: part of the record and words.")
    synthetic: bool = Field(description="Whether its data is made up.")
    preview: str = Field(default="", description="The shape of its first chart, where it has numbers.")
    source: str = Field(default="", description="The name of the other catalog that lists it; empty for our own.")
