"""What a text stresses leaves its page in whole sentences."""

from __future__ import annotations

import pytest

from portal.public.pages.caveats import warnings_of
from portal.shared.wording import wording


@pytest.mark.parametrize(
    ("caveats", "told"),
    [
        ("Nothing is stressed.", ()),
        (
            "- **All of it.** More.\n- These are **uses**, not people. More.",
            ("All of it.", "These are uses, not people."),
        ),
        ("First. **Two sentences. Are\nstressed.** Last.", ("Two sentences.", "Are stressed.")),
        ('**A <b> & "c"** [as it is](https://a.example).', ('A <b> & "c" as it is.',)),
    ],
)
def test_sentences_that_stress_something_are_told_as_plain_text(caveats: str, told: tuple[str, ...]) -> None:
    methods = f"# Methods\n\n## Before you use it\n\n{caveats}\n\n## Source\n\n**Elsewhere.**\n"
    assert warnings_of(methods, wording("en")) == tuple(f"Note: {each}" for each in told)
