"""One thread that waits for descriptors and moments, and calls back."""

from __future__ import annotations

import heapq
import itertools
import selectors
import time
from collections.abc import Callable
from typing import NoReturn

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


class Timer:
    """A callback to come. Its `moment` is of `time.monotonic`."""

    def __init__(self, moment: float, callback: Callable[[], None]) -> None:
        self.moment = moment
        self.callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        self.callback = None


class Loop:
    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._timers: list[tuple[float, int, Timer]] = []
        self._order = itertools.count()

    def watch(self, descriptor: int, callback: Callable[[], None], events: int = READ) -> None:
        """Calls back whenever the descriptor is ready, until `unwatch`; a second call replaces the first."""
        if descriptor in self._selector.get_map():
            self._selector.modify(descriptor, events, callback)
        else:
            self._selector.register(descriptor, events, callback)

    def unwatch(self, descriptor: int) -> None:
        if descriptor in self._selector.get_map():
            self._selector.unregister(descriptor)

    def after(self, seconds: float, callback: Callable[[], None]) -> Timer:
        timer = Timer(time.monotonic() + seconds, callback)
        heapq.heappush(self._timers, (timer.moment, next(self._order), timer))
        return timer

    def run(self) -> NoReturn:
        """For good; a callback ends it with an exception."""
        while True:
            while self._timers and self._timers[0][2].callback is None:
                heapq.heappop(self._timers)
            pause = max(0.0, self._timers[0][0] - time.monotonic()) if self._timers else None
            for key, _ in self._selector.select(pause):
                if key.fd in self._selector.get_map() and self._selector.get_key(key.fd).data is key.data:
                    key.data()  # unless a callback of this round has closed it, or put another one in its place
            while self._timers and self._timers[0][0] <= time.monotonic():
                timer = heapq.heappop(self._timers)[2]
                if timer.callback is not None:
                    timer.callback()
