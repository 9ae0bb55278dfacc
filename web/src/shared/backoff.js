// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// Returns the time to wait before attempt n+1: doubling, with jitter, so that the pages of a dead
// edge do not all reconnect at the same moment.

export function backoff(attempt, { first = 500, most = 15000, random = Math.random } = {}) {
  const full = Math.min(most, first * 2 ** Math.min(attempt, 16));
  return Math.round(full * (0.5 + random() / 2));
}
