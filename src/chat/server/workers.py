"""Several serving processes under one parent, which starts them, starts them anew when they die, and stops them."""

import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress

import structlog

STOP_SECONDS = 1.7
"""For stopping in peace; then by force."""
STEADY_SECONDS = 5.0
"""A worker that dies younger is started anew only after a pause."""
PAUSE_SECONDS = 1.0
AT_ONCE = 0.001

SIGNALS = {signal.SIGTERM, signal.SIGINT, signal.SIGCHLD, signal.SIGALRM}

logger = structlog.get_logger()

Work = Callable[[int, bool], None]
"""(a file descriptor that ends with the parent, whether this is the first worker) serves until SIGTERM."""


def run(count: int, work: Work) -> None:
    """Keep `count` workers at work until SIGTERM or SIGINT."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        _Parent(count, work).run()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Parent:
    """Takes its signals one by one, so that none comes in the middle of something."""

    def __init__(self, count: int, work: Work) -> None:
        self._count = count
        self._work = work
        self._born: dict[int, float] = {}
        self._started = 0
        self._stopping = False
        self._lifeline, self._end_of_lifeline = os.pipe()

    def run(self) -> None:
        self._start_missing()
        while self._born or not self._stopping:
            got = signal.sigwait(SIGNALS)
            if got == signal.SIGCHLD:
                self._bury()
            elif got == signal.SIGALRM:
                self._kill_all() if self._stopping else self._start_missing()
            else:
                self._stop()

    def _start_missing(self) -> None:
        while len(self._born) < self._count:
            sys.stdout.flush()
            sys.stderr.flush()
            self._started += 1
            pid = os.fork()
            if pid == 0:
                self._live()
            self._born[pid] = time.monotonic()

    def _live(self) -> None:
        """A worker's whole life; never returns."""
        status = 1
        try:
            os.close(self._end_of_lifeline)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
            self._work(self._lifeline, self._started == 1)
            status = 0
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 1
        except BaseException:
            logger.exception("worker failed")
        finally:
            with suppress(OSError, ValueError):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(status)

    def _bury(self) -> None:
        while self._born:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            age = time.monotonic() - self._born.pop(pid)
            if not self._stopping:
                logger.error("worker died", pid=pid, status=os.waitstatus_to_exitcode(status), seconds=round(age, 1))
                signal.setitimer(signal.ITIMER_REAL, AT_ONCE if age > STEADY_SECONDS else PAUSE_SECONDS)

    def _stop(self) -> None:
        if not self._stopping:
            self._stopping = True
            self._send_all(signal.SIGTERM)
            signal.setitimer(signal.ITIMER_REAL, STOP_SECONDS)

    def _kill_all(self) -> None:
        self._send_all(signal.SIGKILL)

    def _send_all(self, what: signal.Signals) -> None:
        for pid in self._born:
            os.kill(pid, what)
