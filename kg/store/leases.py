"""Leases: a reader holds a directory, and a directory that somebody holds is not removed.

One lease file a directory under ``leases``, with a shared lock as long as the reader's store is open; the operating
system drops it when the process ends, however it ends. Where there are no such locks (Windows), a directory that is
open cannot be renamed, so it stays.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import IO, Any

from kg.store.oxigraph import OxigraphStore

fcntl: Any = None
if sys.platform != "win32":
    import fcntl


class LeasedStore(OxigraphStore):
    """A directory below a folder of leases, open for reading; closing lets go of the lease."""

    def __init__(self, path: Path, lease: IO[bytes] | None) -> None:
        self._lease = lease
        super().__init__(path, read_only=True)

    def close(self) -> None:
        """Close the store, then let go of the lease."""
        super().close()
        if self._lease is not None:
            self._lease.close()
            self._lease = None


def hold(path: Path) -> IO[bytes] | None:
    """A shared lock on a directory, or ``None`` where locks or the permission to make one are missing."""
    if fcntl is None:
        return None
    lease_path = path.parent / "leases" / path.name
    lease: IO[bytes]
    while True:
        try:
            lease = lease_path.open("ab")
        except OSError:
            try:
                lease = lease_path.open("rb")
            except OSError:
                return None
        fcntl.flock(lease, fcntl.LOCK_SH)
        if not path.is_dir() or _is_at(lease, lease_path):
            return lease
        lease.close()  # somebody removed the directory and its lease meanwhile, and somebody else made both anew


def _is_at(lease: IO[bytes], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(lease.fileno()), path.stat())
    except FileNotFoundError:
        return False


def remove_unheld(path: Path) -> bool:
    """Remove a directory unless somebody holds it; says whether it is gone."""
    doomed = path.with_name(f"unfinished-{path.name}")
    if fcntl is None:
        try:
            os.replace(path, doomed)
        except OSError:
            return False
        shutil.rmtree(doomed, ignore_errors=True)
        return True
    lease_path = path.parent / "leases" / path.name
    lease_path.parent.mkdir(exist_ok=True)
    with lease_path.open("ab") as lease:
        try:
            fcntl.flock(lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        shutil.rmtree(doomed, ignore_errors=True)
        os.replace(path, doomed)
        shutil.rmtree(doomed, ignore_errors=True)
        lease_path.unlink(missing_ok=True)
    return True

