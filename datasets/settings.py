"""The settings of ytemo, read once from ``YTEMO_*`` environment variables by the entry points."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path

from pydantic import Field, SecretStr, ValidationError, field_validator

from datasets.errors import Problem, SettingInvalid
from datasets.text import Model

_PREFIX = "YTEMO_"


class Settings(Model):
    """Everything that differs between one installation and another."""

    data_dir: Path = Field(
        default=Path("data"), description="The folder of the release store and what is derived from it."
    )
    signing_key_file: Path | None = Field(
        default=None,
        description="The ed25519 private key (PEM) that signs releases; `private/signing-key.pem` if absent.",
    )
    public_key_file: Path | None = Field(
        default=None, description="The public key (PEM) that releases are checked with; `public-key.pem` if absent."
    )
    base_url: str = Field(
        default="", description="The public address of the portal, for absolute links; the request's own when empty."
    )
    trusted_hosts: str = Field(
        default="127.0.0.1,localhost", description="The host names that the portal answers to, separated by commas."
    )
    query_seconds: float = Field(default=10.0, gt=0, le=600, description="The longest time that one query may take.")
    query_threads: int = Field(default=2, ge=1, le=64, description="How many queries run at once.")
    query_memory_mb: int = Field(
        default=512, ge=64, le=1 << 24, description="The memory that one query may use, in MiB."
    )
    calls_per_minute: int = Field(
        default=1_200,
        ge=0,
        le=10**9,
        description="Units of work that a caller of the API without a key may use in a minute; 0 for no limit.",
    )
    calls_at_once: int = Field(
        default=32, ge=0, le=10_000, description="Requests of one caller that are answered at once; 0 for no limit."
    )
    keys_file: Path | None = Field(
        default=None, description="The file of API keys (YAML), as `ytemo keys new` writes it; no keys if absent."
    )
    reuses_file: Path | None = Field(
        default=None,
        description="The file (YAML) of what others made with the data, for the page that shows it; none if absent.",
    )
    topics_file: Path | None = Field(
        default=None,
        description="The file (YAML) of topics: what people look for, and the usual questions; those that come with"
        " ytemo if absent.",
    )
    planned_file: Path | None = Field(
        default=None,
        description="The file (YAML) of datasets that are planned and not published yet, for the open-data plan; the"
        " one that comes with ytemo if absent.",
    )
    trusted_proxies: str = Field(
        default="127.0.0.1,::1",
        description="The addresses or networks of web servers in front, separated by commas: only they are believed"
        " when they say who calls (`X-Forwarded-For`). Empty: nobody is.",
    )
    smtp_url: SecretStr = Field(
        default=SecretStr(""),
        description="The mail server that takes letters to subscribers, such as"
        " `smtp://user:password@mail.example.gov.vn:587` (with STARTTLS) or `smtps://…`; no subscriptions by mail when"
        " empty.",
    )
    mail_from: str = Field(default="", description="The address that letters to subscribers come from.")
    job_memory_mb: int = Field(
        default=2048, ge=256, le=1 << 24, description="The memory that one publication job may use, in MiB."
    )
    job_threads: int = Field(default=2, ge=1, le=256, description="The threads that one publication job may use.")

    @field_validator("trusted_proxies")
    @classmethod
    def _are_addresses(cls, given: str) -> str:
        # A name, or a network with bits beyond its mask, would be taken for what it does not say; * would trust anyone.
        for each in filter(None, map(str.strip, given.split(","))):
            try:
                ip_network(each)
            except ValueError:
                rule = "must be addresses or networks, such as 10.0.0.5 or 10.0.0.0/24, separated by commas"
                raise ValueError(rule) from None
        return given

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        """Build settings from ``environ``; an unknown ``YTEMO_*`` name or a bad value raises SettingInvalid."""
        given = {name: value for name, value in environ.items() if name.startswith(_PREFIX)}
        known = {_PREFIX + name.upper(): name for name in cls.model_fields}
        problems = [_unknown(name, known) for name in sorted(given) if name not in known]
        if problems:
            raise SettingInvalid("An environment variable is not a setting of ytemo", problems=problems)
        try:
            return cls.model_validate({known[name]: value for name, value in given.items()})
        except ValidationError as error:
            raise SettingInvalid(
                "A setting has a value that cannot be used",
                problems=[_bad_value(str(item["loc"][0]), item["msg"]) for item in error.errors()],
            ) from None

    @classmethod
    def for_command(cls, environ: Mapping[str, str], data_dir: Path | None) -> Settings:
        """Do as ``from_env``; ``data_dir`` from the command line wins. A place where no store can be is refused."""
        settings = cls.from_env(environ)
        if data_dir is not None:
            settings = settings.model_copy(update={"data_dir": data_dir})
        rule = _unfit_folder(settings.data_dir)
        if rule:
            remedy = "name the folder of the release store in --data-dir or YTEMO_DATA_DIR"
            problem = Problem(str(settings.data_dir), rule, remedy)
            raise SettingInvalid("The release store cannot be there", problems=[problem])
        return settings

    @property
    def signing_key(self) -> Path:
        return self.signing_key_file or self.data_dir / "private" / "signing-key.pem"

    @property
    def public_key(self) -> Path:
        return self.public_key_file or self.data_dir / "public-key.pem"


def _unfit_folder(path: Path) -> str:
    """Return why ``path`` can be no folder of a store; empty where it can."""
    try:
        str(path).encode("utf-8")
    except UnicodeEncodeError:
        return "has a name that is not UTF-8: rename the folder"
    return "is a file, not a folder" if path.exists() and not path.is_dir() else ""


def _unknown(name: str, known: Mapping[str, str]) -> Problem:
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"Did you mean {near[0]}? " if near else ""
    return Problem(name, "is not a setting", f"{hint}The settings are: {', '.join(sorted(known))}")


def _bad_value(field: str, rule: str) -> Problem:
    return Problem(_PREFIX + field.upper(), rule, str(Settings.model_fields[field].description))
