// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRowLayout } from '../src/rooms/rowlayout.js';

const names = (from, to) => Array.from({ length: to - from }, (_, i) => `k${from + i}`);

function filled(count, height) {
  const layout = createRowLayout();
  layout.setKeys(names(0, count));
  names(0, count).forEach((key) => layout.measure(key, height));
  return layout;
}

test('a short list is rendered completely', () => {
  const layout = filled(200, 50);
  assert.deepEqual(layout.range(0, 500), { from: 0, to: 200, before: 0, after: 0 });
});

test('of a long list only the rows near the window are rendered, with space for the others', () => {
  const layout = filled(5000, 50);
  assert.deepEqual(layout.range(100000, 500), {
    from: 1990,
    to: 2021,
    before: 99500,
    after: 148950,
  });
  assert.deepEqual(layout.range(0, 500), { from: 0, to: 21, before: 0, after: 248950 });
  assert.deepEqual(layout.range(Infinity, 500), { from: 4980, to: 5000, before: 249000, after: 0 });
});

test('a row that was not measured has the average height', () => {
  const layout = createRowLayout();
  layout.setKeys(names(0, 1000));
  assert.equal(layout.measure('k0', 100), true);
  assert.equal(layout.measure('k0', 100), false);
  assert.deepEqual(layout.anchor(1000), { key: 'k10', offset: -100 });
});

test('a position stays with its row when rows are added above it or grow', () => {
  const layout = filled(1000, 50);
  const anchor = layout.anchor(25020);
  assert.deepEqual(anchor, { key: 'k500', offset: -30 });
  layout.setKeys([...names(5000, 5100), ...names(0, 1000)]);
  assert.equal(layout.find(anchor), 25020 + 100 * 50);
  layout.measure('k3', 75);
  layout.measure('k5000', 30);
  names(5001, 5100).forEach((key) => layout.measure(key, 50));
  assert.equal(layout.find(anchor), 25020 + 100 * 50 + 25 - 20);
  layout.measure('k500', 20); // it has lost its heading: the rows after it stay
  assert.equal(layout.find(anchor), 25020 + 100 * 50 + 25 - 20 - 30);
});

test('a row that stays the first is not an anchor for the rows after it', () => {
  const layout = filled(300, 50);
  const anchor = layout.anchor(10, 1);
  assert.deepEqual(anchor, { key: 'k1', offset: -90 });
  layout.setKeys(['k0', 'x', 'y', ...names(1, 300)]);
  assert.equal(layout.find(anchor), 110);
  layout.setKeys(['k0']);
  assert.deepEqual(layout.anchor(10, 1), { key: 'k0', offset: -40 });
});

test('a removed row has no position, and an empty list has none', () => {
  const layout = filled(10, 50);
  assert.equal(layout.find({ key: 'x', offset: 0 }), null);
  assert.equal(layout.find(null), null);
  layout.setKeys([]);
  assert.equal(layout.anchor(10), null);
  assert.deepEqual(layout.range(0, 100), { from: 0, to: 0, before: 0, after: 0 });
});
