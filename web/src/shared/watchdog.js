// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// Detects a dead stream. A connection can be dead for minutes before the browser notices, for
// example after a laptop has slept. Messages published by this browser must come back in the
// stream.

const WAIT_MS = 15000;

// Calls onMissing() if a stored message has not come back.
export function createWatchdog({
  onMissing,
  setTimer = (...all) => setTimeout(...all),
  clearTimer = (timer) => clearTimeout(timer),
}) {
  const expected = new Map(); // key -> timer

  function reset() {
    expected.forEach((timer) => clearTimer(timer));
    expected.clear();
  }

  return {
    // The message with this key is stored and has not come back yet.
    stored(key) {
      const missing = () => {
        reset();
        onMissing();
      };
      expected.set(key, setTimer(missing, WAIT_MS));
    },

    // The stream has shown it.
    shown(key) {
      clearTimer(expected.get(key));
      expected.delete(key);
    },

    // There is a new connection, which delivers everything that was missed.
    reset,
  };
}
