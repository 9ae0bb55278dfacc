// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMessages, isAfter, parseId } from '../src/rooms/messages.js';

const ids = (messages) => messages.items.map((item) => item.id ?? 'gap');

function filled(...list) {
  const messages = createMessages();
  list.forEach((id) => messages.add({ id }));
  return messages;
}

test('an id is an epoch and an offset', () => {
  assert.deepEqual(parseId('k3f9x2-1843'), { epoch: 'k3f9x2', offset: 1843n });
  assert.equal(parseId('k3f9x2-18446744073709551615').offset, 18446744073709551615n);
  for (const bad of ['', null, 'k3f9x2', '-1', 'K3-1', 'k3-', 'k3--1', 'k3-1x', 'abcdefgh-1']) {
    assert.equal(parseId(bad), null, String(bad));
  }
});

test('each message is listed once, in log order, in any order of arrival', () => {
  const messages = filled('aa-9', 'aa-10', 'aa-2', 'aa-10', 'aa-100', 'aa-2');
  assert.deepEqual(ids(messages), ['aa-2', 'aa-9', 'aa-10', 'aa-100']);
  assert.equal(messages.add({ id: 'aa-9' }), false);
  assert.equal(messages.add({ id: 'aa-11' }), true);
});

test('every order of arrival of the same messages gives the same list', () => {
  const all = Array.from({ length: 40 }, (_, i) => `aa-${i * 7 + 1}`);
  let seed = 1;
  for (let round = 0; round < 50; round += 1) {
    const mixed = [...all, ...all];
    for (let i = mixed.length - 1; i > 0; i -= 1) {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      const j = seed % (i + 1);
      [mixed[i], mixed[j]] = [mixed[j], mixed[i]];
    }
    assert.deepEqual(ids(filled(...mixed)), all);
  }
});

test('offsets beyond 2^53 keep their order', () => {
  assert.deepEqual(ids(filled('aa-9007199254740993', 'aa-9007199254740992')), [
    'aa-9007199254740992',
    'aa-9007199254740993',
  ]);
});

test('a message without an id of the log is not shown', () => {
  const messages = createMessages();
  assert.equal(messages.add({ id: '' }), false);
  assert.equal(messages.add({ id: 'nonsense' }), false);
  assert.equal(messages.items.length, 0);
});

test('beyond the limit the oldest messages are removed, and not added again', () => {
  const messages = createMessages({ limit: 3 });
  ['aa-1', 'aa-2', 'aa-3', 'aa-4'].forEach((id) => messages.add({ id }));
  assert.deepEqual(ids(messages), ['aa-2', 'aa-3', 'aa-4']);
  assert.equal(messages.add({ id: 'aa-1' }), false);
  assert.deepEqual(ids(messages), ['aa-2', 'aa-3', 'aa-4']);
});

test('another log follows the previous one', () => {
  const messages = filled('zz-8', 'zz-9');
  messages.gap({ reason: 'epoch', head: 'aa-1' });
  ['aa-1', 'aa-2'].forEach((id) => messages.add({ id }));
  assert.deepEqual(ids(messages), ['zz-8', 'zz-9', 'gap', 'aa-1', 'aa-2']);
});

test('a gap is between the messages before it and those after it', () => {
  const messages = filled('aa-1', 'aa-2');
  messages.gap({ reason: 'expired', oldest: 'aa-50', head: 'aa-60' });
  messages.add({ id: 'aa-50' });
  assert.deepEqual(ids(messages), ['aa-1', 'aa-2', 'gap', 'aa-50']);
  assert.equal(messages.items[2].reason, 'expired');
});

test('two gaps without messages between them are one', () => {
  const messages = filled('aa-1');
  messages.gap({ reason: 'expired' });
  messages.gap({ reason: 'expired' });
  assert.deepEqual(ids(messages), ['aa-1', 'gap']);
});

test('a gap before the first message', () => {
  const messages = createMessages();
  messages.gap({});
  messages.add({ id: 'aa-3' });
  assert.deepEqual(ids(messages), ['gap', 'aa-3']);
});

test('messages after the head of the log are removed, and may be added again', () => {
  const messages = filled('aa-1', 'aa-2', 'aa-3');
  messages.gap({ reason: 'unknown', oldest: 'aa-1', head: 'aa-2' });
  assert.deepEqual(ids(messages), ['aa-1', 'aa-2', 'gap']);
  assert.equal(messages.add({ id: 'aa-3', text: 'another' }), true);
  assert.deepEqual(ids(messages), ['aa-1', 'aa-2', 'gap', 'aa-3']);
});

test('only the reason "unknown" removes messages', () => {
  const messages = filled('aa-1', 'aa-2');
  messages.gap({ reason: 'expired', oldest: 'aa-1', head: 'aa-1' });
  assert.deepEqual(ids(messages), ['aa-1', 'aa-2', 'gap']);
});

test('ids are only comparable within one log', () => {
  assert.equal(isAfter('aa-10', 'aa-9'), true);
  for (const [a, b] of [
    ['aa-9', 'aa-10'],
    ['aa-9', 'aa-9'],
    ['bb-10', 'aa-9'],
    ['', 'aa-1'],
    ['aa-1', ''],
  ]) {
    assert.equal(isAfter(a, b), false, `${a} ${b}`);
  }
});

test('the oldest and the newest message, ignoring gaps', () => {
  const messages = createMessages();
  assert.deepEqual([messages.oldest(), messages.newest()], ['', '']);
  messages.gap({});
  ['aa-3', 'aa-4'].forEach((id) => messages.add({ id }));
  messages.gap({});
  assert.deepEqual([messages.oldest(), messages.newest()], ['aa-3', 'aa-4']);
});
