"""The errors that ytemo raises on purpose: one root, a stable code each, no knowledge of HTTP or exit codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: where, which rule it breaks, and what to do about it.

    A problem never carries a value from unprotected data; it names the file, the row and the column.
    """

    place: str
    """File, line, row, column or key, as a person would look it up: ``encounters.csv row 90001, column age``."""
    rule: str
    """What should hold: ``must be an integer``."""
    remedy: str = ""
    """What to do: ``correct the cell, or declare the column as a string``."""

    def __str__(self) -> str:
        sentence = f"{self.place}: {self.rule}"
        return f"{sentence.removesuffix('.')}. {self.remedy}" if self.remedy else sentence


class YtemoError(Exception):
    """Anything that ytemo refuses to do, with the reason and the remedy."""

    code: ClassVar[str] = "error"
    title: ClassVar[str] = "ytemo could not do this"

    def __init__(self, message: str, *, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return "\n".join([self.message, *(f"  - {problem}" for problem in self.problems)])


# Definitions and settings ---------------------------------------------------------------------------------------------


class DefinitionInvalid(YtemoError):
    """A dataset definition or a code list breaks a rule; nothing was read and nothing was published."""

    code = "definition-invalid"
    title = "The definition is not valid"


class SettingInvalid(YtemoError):
    """A ``YTEMO_*`` environment variable is unknown or has a value that cannot be used."""

    code = "setting-invalid"
    title = "A setting is not valid"


class UsageInvalid(YtemoError):
    """A command was given an argument that it cannot use, or lacks one that it needs."""

    code = "usage-invalid"
    title = "An argument cannot be used"


# Input ----------------------------------------------------------------------------------------------------------------


class SourceUnreadable(YtemoError):
    """The source is missing, empty, truncated, in an unknown encoding, or not the format it claims to be."""

    code = "source-unreadable"
    title = "The source cannot be read"


class SourceInvalid(YtemoError):
    """Rows or columns of the source break the definition."""

    code = "source-invalid"
    title = "The source does not match its definition"


class PersonalDataFound(YtemoError):
    """Something that would be published holds direct identifiers of people."""

    code = "personal-data-found"
    title = "Personal data would be published"


# Protection -----------------------------------------------------------------------------------------------------------


class DisclosureRuleInvalid(YtemoError):
    """A disclosure rule is unknown, contradictory or cannot be applied to these tables."""

    code = "disclosure-rule-invalid"
    title = "A disclosure rule cannot be applied"


class DisclosureRisk(YtemoError):
    """The audit could recover a withheld cell; the release is blocked."""

    code = "disclosure-risk"
    title = "A withheld cell could be recovered"


# Releases -------------------------------------------------------------------------------------------------------------


class ReleaseRejected(YtemoError):
    """Checks on a finished table found something that must not be published."""

    code = "release-rejected"
    title = "The release was rejected by its checks"


class ReleaseExists(YtemoError):
    """Another job has published this edition and version with other content; releases are never overwritten."""

    code = "release-exists"
    title = "This release already exists"


class StoreUnavailable(YtemoError):
    """The release store cannot be written: no space, no permission, or not a store."""

    code = "store-unavailable"
    title = "The release store cannot be used"


class SigningKeyUnavailable(YtemoError):
    """The key that signs releases is missing, unreadable or not an ed25519 key."""

    code = "signing-key-unavailable"
    title = "The signing key cannot be used"


class VerificationFailed(YtemoError):
    """A stored release or a downloaded package is not what was signed."""

    code = "verification-failed"
    title = "Verification failed"


class DatasetNotFound(YtemoError):
    """No visible dataset has this identifier."""

    code = "dataset-not-found"
    title = "Dataset not found"


class ReleaseNotFound(YtemoError):
    """No visible release has this edition and version; an embargoed release answers exactly so."""

    code = "release-not-found"
    title = "Release not found"


class ReleaseWithdrawn(YtemoError):
    """This release was published and later withdrawn; its reason is kept."""

    code = "release-withdrawn"
    title = "Release withdrawn"


class FileNotFound(YtemoError):
    """The release has no file or table of this name."""

    code = "file-not-found"
    title = "File not found"


class AddressUnavailable(YtemoError):
    """The portal cannot listen at its address: another program does, or the machine does not allow it."""

    code = "address-unavailable"
    title = "The address is not free"


class MirrorFailed(YtemoError):
    """Another portal did not take what was to be mirrored to it; what it took stays, and the same command goes on."""

    code = "mirror-failed"
    title = "The mirror is not complete"


class DeliveryFailed(YtemoError):
    """Webhooks could not be delivered, and somebody has to look at why; others were, and the same command goes on."""

    code = "delivery-failed"
    title = "Not everybody could be told"


class JobRunning(YtemoError):
    """Another job works on the same dataset at this moment: wait until it ends, then run the command again."""

    code = "job-running"
    title = "The job is running already"


class MemoryExhausted(YtemoError):
    """The machine, or the limit that is set for this process, has no more memory to give."""

    code = "memory-exhausted"
    title = "There is not enough memory"


# Asking ---------------------------------------------------------------------------------------------------------------


class QueryInvalid(YtemoError):
    """A query names an unknown field, a wrong value, or asks for something that has no answer."""

    code = "query-invalid"
    title = "The query is not valid"


class NotAcceptable(YtemoError):
    """An answer is asked for in formats that there are not."""

    code = "not-acceptable"
    title = "There is no such format"


class QueryTimeout(YtemoError):
    """A query took longer than its deadline and was stopped."""

    code = "query-timeout"
    title = "The query took too long"


class TooManyCalls(YtemoError):
    """A caller of the portal has used what it may for now: wait as long as `Retry-After` says, and ask less often."""

    code = "too-many-calls"
    title = "Too many calls"

    def __init__(self, message: str, *, seconds: int, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message, problems=problems)
        self.seconds = seconds
        """After which it may ask again."""


class KeyUnknown(YtemoError):
    """A request brings an API key that the portal does not know: correct it, or leave it out and ask without one."""

    code = "key-unknown"
    title = "The API key is not known"


class CatalogUnavailable(YtemoError):
    """The search index is missing or damaged and has to be rebuilt."""

    code = "catalog-unavailable"
    title = "The catalog index cannot be used"
