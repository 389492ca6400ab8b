"""The files of a package that describe it to programs; releases made before a file was thought of have none of it."""

from __future__ import annotations

CSVW = "csv-metadata.json"
"""Every CSV file, as CSV on the Web describes it (W3C, 2015)."""
CSVW_TYPE = "application/csvm+json"
CSVW_STANDARD = "https://www.w3.org/TR/tabular-metadata/"

RO_CRATE = "ro-crate-metadata.json"
"""All files, as RO-Crate describes them."""
RO_CRATE_TYPE = "application/ld+json"
RO_CRATE_PROFILE = "https://w3id.org/ro/crate"
"""What a link to a crate of any version says."""
RO_CRATE_VERSION = "https://w3id.org/ro/crate/1.2"
