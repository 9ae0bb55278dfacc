# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""Deadlines: every wait of the tests goes through here, none is endless and none is a blind sleep."""

import os
import time

# The seconds in the tests are what an idle machine needs, with some room. A busy machine needs more, and a deadline only
# ends a test that hangs: every deadline is four times longer. BELFRY_TEST_SLOWNESS=5, for a sanitized build, makes it
# five times longer again. Never use it for a period that must stay short.
USUAL_SLOWNESS = 4
SLOWNESS = USUAL_SLOWNESS * float(os.environ.get("BELFRY_TEST_SLOWNESS", "1"))


class DeadlinePassed(AssertionError):
    """What was waited for did not happen in time."""


class Deadline:
    def __init__(self, seconds):
        self.seconds = seconds * SLOWNESS
        self.at = time.monotonic() + self.seconds

    def left(self):
        return max(0.0, self.at - time.monotonic())

    def passed(self):
        return time.monotonic() >= self.at

    def check(self, what):
        if self.passed():
            raise DeadlinePassed(f"not within {self.seconds:g} s: {what() if callable(what) else what}")


def wait_until(condition, seconds, what):
    """Returns condition()'s first true value. `what` is text, or a function that makes it."""
    deadline = Deadline(seconds)
    pause = 0.001
    while True:
        value = condition()
        if value:
            return value
        deadline.check(what)
        time.sleep(pause)  # the interval of looking again, never the thing waited for
        pause = min(pause * 1.5, 0.05)


def finish(thread, seconds):
    """Waits for the end of a thread."""
    deadline = Deadline(seconds)
    thread.join(deadline.left())
    if thread.is_alive():
        raise DeadlinePassed(f"a thread has not ended within {deadline.seconds:g} s")
