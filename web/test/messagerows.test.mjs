// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toRows } from '../src/rooms/messagerows.js';

const noon = new Date(2026, 10, 20, 12, 0, 0).getTime();
const message = (user, at, mine = false) => ({ kind: 'message', user, at, mine });
const shape = (items) =>
  toRows(items).map((row) => `${row.newDay ? 'D' : '-'}${row.follows ? 'f' : '-'}`);

test('each day begins with one heading', () => {
  assert.deepEqual(
    shape([message('a', noon), message('b', noon + 1), message('b', noon + 86400000)]),
    ['D-', '--', 'D-'],
  );
});

test('the name is shown when the author changes or has paused', () => {
  assert.deepEqual(
    shape([
      message('a', noon),
      message('a', noon + 1000),
      message('a', noon + 3600000),
      message('a', noon + 3600001, true),
    ]),
    ['D-', '-f', '--', '--'],
  );
});

test('unknown times do not make a heading', () => {
  assert.deepEqual(shape([message('a', null), message('a', null), message('b', noon)]), [
    '--',
    '-f',
    'D-',
  ]);
});

test('after a gap the name is shown again', () => {
  assert.deepEqual(shape([message('a', noon), { kind: 'gap' }, message('a', noon)]), [
    'D-',
    '--',
    '--',
  ]);
});

test('the line "New messages" is above the first new message of somebody else', () => {
  const items = [1, 2, 3, 4].map((n) => ({
    ...message('a', noon + n, n === 3),
    id: `aa-${n}`,
    offset: BigInt(n),
  }));
  const lines = (mark) =>
    toRows(items, mark).map((row) => (row.isNew ? 'N' : row.follows ? 'f' : '-'));
  assert.deepEqual(lines('aa-1'), ['-', 'N', '-', '-']);
  assert.deepEqual(lines('aa-2'), ['-', 'f', '-', 'N'], 'the reader’s own message is not new');
  assert.deepEqual(lines('aa-0'), ['N', 'f', '-', '-'], 'the read marker is older than all');
  for (const none of ['aa-4', 'bb-1', '']) {
    assert.ok(!lines(none).includes('N'), none);
  }
});
