"""The list of those who are told of releases: a YAML file, read strictly; errors name file, key, rule and remedy."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints, field_validator, model_validator

from datasets.definition import Theme
from datasets.named_lists import read_list
from datasets.names import Identifier
from datasets.outbound.limits import MAX_ADDRESS
from datasets.text import Model
from datasets.web_address import web_address

Kind = Literal["release", "revision", "withdrawal"]
KINDS: tuple[Kind, ...] = ("release", "revision", "withdrawal")
MAX_SUBSCRIBERS = 500
_VARIABLE = re.compile(r"(?!YTEMO_)[A-Za-z_][A-Za-z0-9_]{0,99}|")


class Subscriber(Model):
    """One receiver of webhooks."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=40)] = Field(
        description="What it is called here, such as national-portal: small letters, digits and hyphens."
    )
    url: str = Field(max_length=MAX_ADDRESS, description="Where events are posted to, an https address.")
    secret_variable: str = Field(
        default="", description="The environment variable that holds its secret; not one that begins with YTEMO_."
    )
    secret_file: str = Field(
        default="", max_length=1_000, description="Or the file that holds it; relative to the folder of this list."
    )
    events: tuple[Kind, ...] = Field(
        default=KINDS, min_length=1, max_length=len(KINDS), description="What it is told of; everything when absent."
    )
    datasets: tuple[Identifier, ...] = Field(
        default=(), max_length=1_000, description="Only these datasets; all when absent."
    )
    themes: tuple[Theme, ...] = Field(default=(), max_length=100, description="Only these themes; all when absent.")
    publishers: tuple[Identifier, ...] = Field(
        default=(), max_length=1_000, description="Only datasets of these publishers; all when absent."
    )
    active: bool = Field(default=True, description="false holds everything back until it is true again.")
    allow_private: bool = Field(
        default=False,
        description="Whether it may be in a private network, and without https; such addresses are refused otherwise.",
    )

    @property
    def origin(self) -> str:
        """Return as much of its address as may be shown: paths and queries of webhooks often hold a secret."""
        parts = urlsplit(self.url)
        port = f":{parts.port}" if parts.port else ""
        return f"{parts.scheme}://{parts.hostname}{port}"

    @field_validator("url")
    @classmethod
    def _is_address(cls, given: str) -> str:
        try:
            parts = urlsplit(web_address(given))
            fit = parts.hostname and parts.port != 0 and parts.username is None and not parts.fragment
        except ValueError:
            fit = False
        if not fit:
            raise ValueError("must be an address such as https://receiver.example.org/hook, without a user or password")
        return given

    @field_validator("secret_variable")
    @classmethod
    def _is_variable(cls, given: str) -> str:
        if not _VARIABLE.fullmatch(given):
            raise ValueError("must be the name of a variable, such as WEBHOOK_PORTAL, that does not begin with YTEMO_")
        return given

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        if bool(self.secret_variable) == bool(self.secret_file):
            raise ValueError("needs one place of its secret: write secret_variable or secret_file, and never both")
        if not self.allow_private and urlsplit(self.url).scheme != "https":
            raise ValueError("has a url without https: give one with it, or allow_private for your own network")
        return self


class SubscriberList(Model):
    """The file."""

    subscribers: tuple[Subscriber, ...] = Field(
        min_length=1, max_length=MAX_SUBSCRIBERS, description="Everybody who is told of releases."
    )


def load_subscribers(path: Path) -> tuple[Subscriber, ...]:
    """Read the list; raises DefinitionInvalid with every problem that was found: file, line, key, rule and remedy."""
    return read_list(path, SubscriberList, "subscribers").subscribers
