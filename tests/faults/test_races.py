"""When many processes publish one edition at the same moment, each version has one winner, and losers are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from datasets.envelope import unseal
from datasets.release import Manifest
from datasets.signing import PublicKey
from datasets.verification import verify_store
from tests.support.racing import Answers, race
from tests.support.tiny_releases import new_keys

PROCESSES, ROUNDS = 8, 12


@pytest.fixture
def root(tmp_path: Path) -> Path:
    new_keys(tmp_path / "store")
    return tmp_path / "store"


def stored(root: Path, edition: str) -> dict[int, str]:
    """Return the SHA-256 of the code list in each version of an edition."""
    key = public_key(root)
    found = {}
    for path in (root / "releases" / "sexes").glob(f"{edition}.*.json"):
        manifest = unseal(path.read_bytes(), key, Manifest, path.name)
        found[manifest.version] = manifest.files[1].sha256
    return found


def public_key(root: Path) -> PublicKey:
    return PublicKey.from_file(root / "public-key.pem")


def false_promises(root: Path, rounds: list[Answers]) -> list[str]:
    """Return every answer that says a content was published as a version which holds another content."""
    return [
        f"{2000 + number}.{version}"
        for number, answers in enumerate(rounds)
        for sha256, version in answers
        if version and stored(root, str(2000 + number)).get(version) != sha256
    ]


def test_the_same_content_becomes_one_version(root: Path) -> None:
    rounds = race(root, processes=PROCESSES, rounds=ROUNDS, content="same")

    assert all(version == 1 for answers in rounds for _, version in answers)
    assert [len(stored(root, str(2000 + number))) for number in range(ROUNDS)] == [1] * ROUNDS
    assert verify_store(root, root / "public-key.pem").failures == ()


def test_different_contents_never_share_a_version(root: Path) -> None:
    rounds = race(root, processes=PROCESSES, rounds=ROUNDS, content="different")

    assert false_promises(root, rounds) == []
    for number, answers in enumerate(rounds):
        won = sorted(version for _, version in answers if version)
        assert won == list(range(1, len(won) + 1))
        assert len(stored(root, str(2000 + number))) == len(won)
    assert any(version == 0 for answers in rounds for _, version in answers)
    assert verify_store(root, root / "public-key.pem").failures == ()


def test_the_race_notices_a_commit_that_overwrites(root: Path) -> None:
    """A mutant, to know that the test above can fail."""
    rounds = race(root, processes=PROCESSES, rounds=ROUNDS, content="different", broken=True)

    assert false_promises(root, rounds)
