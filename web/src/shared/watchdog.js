// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// Is the stream alive? A connection can be dead for minutes before the browser notices, say after a
// laptop has slept. What was published from here must come back in the stream.

const WAIT_MS = 15000;

// onMissing() when something that was stored has not been shown.
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
    // The message with this key is stored, and has not been shown yet.
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

    // There is a new connection, which shows all that was missed.
    reset,
  };
}
