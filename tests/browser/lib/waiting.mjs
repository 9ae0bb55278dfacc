// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers

const STEP_MS = 25;

// The deadline only ends a test that hangs. It is long enough for a busy machine.
export const DEADLINE_MS = 120000;

// An option of test(): the limit of a complete test, with several waits.
export const LIMIT = { timeout: 900000 };

// Waits until `condition` returns something true, and returns it. At the deadline it throws an
// error with `what` and the result of `shows`.
export async function waitUntil(what, condition, { shows = () => '' } = {}) {
  const end = Date.now() + DEADLINE_MS;
  for (;;) {
    const value = await condition();
    if (value) {
      return value;
    }
    if (Date.now() > end) {
      throw new Error(`waited ${DEADLINE_MS} ms for: ${what}\n${await shows()}`);
    }
    await new Promise((resolve) => {
      setTimeout(resolve, STEP_MS);
    });
  }
}
