"""The portal over the datasets that come with ytemo, published from their real input and a little made-up data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from fastapi import FastAPI

from datasets.definition_files import builtin_definitions
from datasets.release_store import ReleaseStore
from datasets.signing import Signer
from datasets.text import Bilingual
from portal.public.app import PortalOptions, create_app
from publishers.synthetic import write_discharges, write_facilities
from tests.support.http import Client, client_of
from tests.support.publication import NOW, Ministry

SAMPLES = Path(__file__).parents[2] / "datasets" / "samples"
EDITIONS = {
    "administrative-units": "2026-07",
    "dengue-cases": "1994-2009",
    "diabetes-hospital-encounters": "1999-2008",
    "health-facilities": "2026",
    "hospital-discharges": "2025",
}
OF_THE_PORTAL = ("portal-usage",)
"""What a portal publishes of itself, once it was used: tests/e2e/test_usage_dataset.py does."""
SYNTHETIC = ("health-facilities", "hospital-discharges")
WITHDRAWN = ("hospital-discharges", "2024", 1)
WHY = Bilingual(vi="Sai đơn vị tính.", en="Wrong unit.")


def publish_shipped(root: Path) -> Ministry:
    """Publish every definition of health data that comes with ytemo into ``root``; one release is withdrawn again."""
    ministry, made = Ministry(root), root / "made"
    made.mkdir(parents=True)
    _write_key(root)
    write_facilities(made / "health-facilities-2026.csv", edition="2026", seed=1)
    for year in ("2024", "2025"):
        write_discharges(made / f"hospital-discharges-{year}.parquet", rows=20_000, edition=year, seed=1)
    _make_alike(made / f"{WITHDRAWN[0]}-{WITHDRAWN[1]}.parquet")
    assert {folder.name for folder in builtin_definitions()} == {*EDITIONS, *OF_THE_PORTAL}
    for name, edition in EDITIONS.items():
        ministry.publish(name, edition, made if name in SYNTHETIC else SAMPLES)
    dataset, edition, version = WITHDRAWN
    ministry.publish(dataset, edition, made)
    ReleaseStore(root).withdraw(dataset, edition, version, reason=WHY, signer=ministry.signer(), now=NOW)
    return ministry


def _write_key(root: Path) -> None:
    """Write always the same key: which of several cells of equal worth are withheld depends on it."""
    private = root / "private" / "signing-key.pem"
    private.parent.mkdir(mode=0o700)
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    private.chmod(0o600)
    Signer.from_file(private).publish_key(root / "public-key.pem")


def _make_alike(path: Path) -> None:
    """Make all stays those of one place, age and disease: nobody sees what is withdrawn, and this is protected soon."""
    stays = pq.read_table(path)
    for name in ("province", "commune", "age", "icd10"):
        same = pa.array([stays[name][0].as_py()] * len(stays), stays[name].type)
        stays = stays.set_column(stays.schema.get_field_index(name), stays.schema.field(name), same)
    pq.write_table(stays, path)


def shipped_app(ministry: Ministry) -> FastAPI:
    """Return the portal of what ``ministry`` published, with its catalog built."""
    app = create_app(PortalOptions(ministry.root, ministry.root / "public-key.pem"), ministry.releases)
    app.state.services.catalog.refresh()
    return app


@contextmanager
def shipped_client(ministry: Ministry) -> Iterator[Client]:
    """Serve what ``ministry`` published."""
    with client_of(shipped_app(ministry)) as client:
        yield client
