"""What every page has, whichever application makes it."""

from __future__ import annotations

from pydantic import Field

from datasets.text import Language, Model


class Page(Model):
    """The context of a page; each kind of page adds its own fields."""

    language: Language = Field(description="The language that the page is in.")
    title: str = Field(description="What the page is about: its heading, and the first words of its title.")
    description: str = Field(description="One sentence for search engines and previews of links.")
    section: str = Field(description="The part of the portal that the navigation marks as current; empty for none.")
    in_vietnamese: str = Field(description="The address of this page in Vietnamese.")
    in_english: str = Field(description="The address of this page in English.")
    indexed: bool = Field(default=True, description="Whether search engines should list the page.")
