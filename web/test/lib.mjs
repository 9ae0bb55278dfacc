// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers

// Timers that fire when the test lets time pass. `set` and `clear` replace setTimeout and
// clearTimeout.
export function fakeTimers() {
  const waiting = new Map();
  let count = 0;
  let now = 0;
  return {
    now: () => now,
    set(callback, delay) {
      count += 1;
      waiting.set(count, { callback, at: now + delay });
      return count;
    },
    clear(id) {
      waiting.delete(id);
    },
    size: () => waiting.size,
    // Returns the remaining delays, sorted.
    delays: () => [...waiting.values()].map(({ at }) => at - now).sort((a, b) => a - b),
    async pass(ms) {
      now += ms;
      for (const [id, { callback, at }] of [...waiting]) {
        if (at <= now && waiting.delete(id)) {
          callback();
        }
      }
      await settle();
    },
  };
}

// Lets the continuations of resolved promises run.
export function settle() {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
