// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers

const STEP_MS = 25;

// A deadline only ends a test that hangs: long enough for a machine that is busy with other things.
export const DEADLINE_MS = 120000;

// Of a whole test, with several waits in it: an option of test().
export const LIMIT = { timeout: 900000 };

// Waits until `condition` gives something true, and returns that; throws at the deadline, with what
// was waited for and what `shows` has to say.
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
