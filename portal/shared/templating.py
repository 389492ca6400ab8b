"""The templates: one environment for each language, every value escaped, a missing one an error."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from datasets.text import Language
from portal.shared.links import Links
from portal.shared.page import Page
from portal.shared.translations import translations

TEMPLATES = Path(__file__).parent / "templates"


def render(name: str, page: Page, links: Links) -> str:
    """Return the HTML of ``page`` by the template ``pages/<name>.html``, in the language of the page.

    A template sees its page as ``page`` and builds addresses with ``links``; nothing else.
    """
    return environment(page.language).get_template(f"pages/{name}.html").render(page=page, links=links)


@cache
def environment(language: Language) -> Environment:
    """Return the templates with the messages of ``language``."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    # Newstyle: values that are put into a message are escaped one by one.
    made.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    return made
