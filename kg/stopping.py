"""A time limit that really stops: the embedded engine cannot cancel a query, so the process ends."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from kg.errors import LimitReached


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """End this process with one line and exit code 3 if the block takes longer; 0 means no limit.

    For command lines only: the whole process goes. Everything open for reading only is safe.
    """
    if not 0 < seconds <= threading.TIMEOUT_MAX:
        yield
        return

    def stop() -> None:
        sys.stdout.flush()
        sys.stderr.write(f"kg: the query took longer than {seconds:g} s and was stopped; --timeout gives it more\n")
        sys.stderr.flush()
        os._exit(LimitReached.exit_code)

    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
