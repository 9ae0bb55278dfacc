# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""Deadlines: every wait of the tests goes through here, none is endless and none is a blind sleep."""

import os
import time

# The seconds in the tests suffice for an idle machine. Since a deadline only ends a test that hangs, all deadlines are
# four times longer, for busy machines. BELFRY_TEST_SLOWNESS=5, for builds with a sanitizer, multiplies them by five
# again. Never use this factor for a period that must be short.
USUAL_SLOWNESS = 4
SLOWNESS = USUAL_SLOWNESS * float(os.environ.get("BELFRY_TEST_SLOWNESS", "1"))


class DeadlinePassed(AssertionError):
    """The condition did not become true in time."""


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
    """Returns the first true value of condition(). `what` describes it: a text, or a function that returns one."""
    deadline = Deadline(seconds)
    pause = 0.001
    while True:
        value = condition()
        if value:
            return value
        deadline.check(what)
        time.sleep(pause)  # the polling interval, never the time waited for
        pause = min(pause * 1.5, 0.05)


def finish(thread, seconds):
    """Waits for the end of a thread."""
    deadline = Deadline(seconds)
    thread.join(deadline.left())
    if thread.is_alive():
        raise DeadlinePassed(f"a thread has not ended within {deadline.seconds:g} s")
