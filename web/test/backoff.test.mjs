// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backoff } from '../src/shared/backoff.js';

test('the delay doubles up to a limit', () => {
  const most = { random: () => 1 };
  assert.deepEqual(
    [0, 1, 2].map((n) => backoff(n, most)),
    [500, 1000, 2000],
  );
  assert.equal(backoff(5, most), 15000);
  assert.equal(backoff(1000, most), 15000);
});

test('jitter subtracts at most half of the delay', () => {
  assert.equal(backoff(2, { random: () => 0 }), 1000);
});
