// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const MOST = 60000; // bytes over the wire for a first visit, without the messages
const NOT_LOADED = /^(licences\.txt|admin\..*|docs(\..*)?)$/;

test('a first visit transfers less than 60 kB', () => {
  const dist = new URL('../dist/', import.meta.url);
  const loaded = readdirSync(dist).filter((name) => !NOT_LOADED.test(name));
  assert.ok(loaded.includes('app.js') && loaded.includes('worker.js'));
  const sizes = loaded.map(
    (name) => gzipSync(readFileSync(new URL(name, dist)), { level: 9 }).length,
  );
  const sum = sizes.reduce((total, size) => total + size, 0);
  assert.ok(sum < MOST, `${sum} bytes`);
});
