"""Released tables as pandas data frames: what people who work in Python beside a store read instead of files."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from datasets.cell_status import status_column
from datasets.errors import Problem, ReleaseNotFound
from datasets.public_releases import PublicReleases
from datasets.release import PublicRelease

REGISTER = "register"
"""The name of a register's only table."""

_TYPES = {pa.int64(): pd.Int64Dtype(), pa.float64(): pd.Float64Dtype(), pa.string(): pd.StringDtype()}
"""Types that tell a missing value from zero, and a whole number from a fraction."""


def table_frame(releases: PublicReleases, release: PublicRelease, table: str) -> pd.DataFrame:
    """Return one table of a release, or its register, as it was published: one row for each cell or thing registered.

    Codes are strings, numbers `Int64` or `Float64` with `<NA>` where nothing is shown, statuses categories. A sum over
    a column with `<NA>` leaves withheld cells out: take the published total, the member `_T`, instead.

    Raises ReleaseNotFound for a table that the release does not have, VerificationFailed where the file is not what was
    signed.
    """
    with releases.reading(release, _path(release, table)) as file:
        read = parquet.read_table(file, page_checksum_verification=True)
    frame: pd.DataFrame = read.to_pandas(types_mapper=_TYPES.get)
    statuses = [status_column(one.name) for one in release.description.measures]
    return frame.astype({name: "category" for name in statuses if name in frame})


def _path(release: PublicRelease, table: str) -> str:
    register = release.description.register_
    paths = {one.id: one.parquet for one in release.description.tables}
    if register is not None:
        paths[REGISTER] = register.parquet
    if table not in paths:
        remedy = f"its tables are {', '.join(paths)}" if paths else "this release has code lists only"
        raise ReleaseNotFound(
            "The release has no such table", problems=[Problem(table, "is not one of its tables", remedy)]
        )
    return paths[table]
