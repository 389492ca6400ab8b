"""What a named policy is: rules of an office with the source of their numbers, or why they cannot be applied here."""

from __future__ import annotations

from dataclasses import dataclass

from anonymization.words import Text
from datasets.disclosure import Method, SafetyRules, ZeroPolicy


@dataclass(frozen=True)
class Policy:
    """One policy with the source of its numbers.

    `checked` says that the numbers were read in the cited source. A policy that is not checked must not be presented
    with that office's authority, and its text says so. `safety` are its rules, None where it protects nothing.
    `definition` says whether a dataset's definition may name it: publication jobs apply the frequency rule and zeros,
    and those for sums where `concentration` names the contributors and repeats them.
    """

    name: str
    summary: Text
    citation: Text
    version: Text
    checked: bool
    safety: SafetyRules | None
    definition: bool = True

    @property
    def method(self) -> Method:
        """What a dataset does that names this policy and no method."""
        return "none" if self.safety is None else "suppression"

    @property
    def threshold(self) -> int:
        """The smallest number of contributors that may be shown; 1 where the policy does not count them."""
        return 1 if self.safety is None else self.safety.frequency or 1

    @property
    def zeros(self) -> ZeroPolicy:
        """Whether a true zero is shown."""
        return "publish" if self.safety is None else self.safety.zeros

    @property
    def text(self) -> Text:
        """The summary with its citation, and a warning where the numbers were not checked."""
        vi = "" if self.checked else " Các con số này chưa được đối chiếu với nguồn."
        en = "" if self.checked else " These numbers have not been checked against the source."
        return Text(
            vi=f"{self.summary.vi} Nguồn: {self.citation.vi} ({self.version.vi}).{vi}",
            en=f"{self.summary.en} Source: {self.citation.en} ({self.version.en}).{en}",
        )


@dataclass(frozen=True)
class UnavailablePolicy:
    """A policy that is known and cannot be applied here, with the reason: naming it must not give a weaker one."""

    name: str
    reason: Text
    citation: Text
    version: Text


def same(text: str) -> Text:
    """Return a name or address that is written alike in both languages."""
    return Text(vi=text, en=text)


UNDATED = Text(vi="bản đã đọc không ghi ngày", en="read without a dated version")
