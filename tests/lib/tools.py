# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""Programs of other people that a test needs.

    HAPROXY = find("haproxy")

    @needs("haproxy", package="haproxy")
    class TestHaproxy(BelfryTest):

Without it the test is skipped; with CI=true in the environment it fails."""

import os
import shutil
import unittest

CI = os.environ.get("CI") == "true"


def find(name):
    """Returns the path of a program, or None. Some are only in the paths of root."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin")


def needs(name, package):
    """Decorates a test or a class of tests."""
    reason = f"{name} is not installed (apt-get install {package})"
    if find(name):
        return lambda test: test
    if not CI:
        return unittest.skip(reason)
    return lambda test: _failing(test, f"{reason}, and CI=true")


def _failing(test, reason):
    def fail(*_):
        raise AssertionError(reason)

    if not isinstance(test, type):
        return fail
    return type(test.__name__, (test,), {"__module__": test.__module__, "setUpClass": classmethod(fail)})
