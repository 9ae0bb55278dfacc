// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers

const STEP_MS = 25;

// Waits until `condition` gives something true, and returns that; throws after `deadline` ms with
// what was waited for and what `shows` has to say.
export async function waitUntil(what, condition, { deadline = 30000, shows = () => '' } = {}) {
  const end = Date.now() + deadline;
  for (;;) {
    const value = await condition();
    if (value) {
      return value;
    }
    if (Date.now() > end) {
      throw new Error(`waited ${deadline} ms for: ${what}\n${await shows()}`);
    }
    await new Promise((resolve) => {
      setTimeout(resolve, STEP_MS);
    });
  }
}
