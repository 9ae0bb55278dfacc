// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COUNT_MAX, createUnread } from '../src/rooms/unread.js';

function started() {
  const kept = new Map();
  let changes = 0;
  const unread = createUnread({
    marks: { get: (topic) => kept.get(topic) ?? '', set: (topic, id) => kept.set(topic, id) },
    onChange: () => (changes += 1),
  });
  return { unread, kept, changes: () => changes };
}

test('each message counts once, until it is read', () => {
  const { unread, kept } = started();
  ['aa-1', 'aa-2', 'aa-2', 'aa-3'].forEach((id) => unread.arrived('chat', id));
  assert.equal(unread.count('chat'), 3);
  assert.equal(unread.count('chat/k'), 0);
  unread.readUpTo('chat', 'aa-2');
  assert.equal(unread.count('chat'), 1);
  assert.equal(kept.get('chat'), 'aa-2');
  unread.arrived('chat', 'aa-2');
  assert.equal(unread.count('chat'), 1, 'it was already read');
});

test('the read marker never moves back', () => {
  const { unread, kept } = started();
  unread.readUpTo('chat', 'aa-5');
  unread.readUpTo('chat', 'aa-4');
  unread.readUpTo('chat', '');
  assert.equal(kept.get('chat'), 'aa-5');
});

test('all of another log is unread, and can be marked as read', () => {
  const { unread, kept } = started();
  unread.readUpTo('chat', 'aa-5');
  unread.arrived('chat', 'bb-1');
  assert.equal(unread.count('chat'), 1);
  unread.readUpTo('chat', 'bb-1');
  assert.equal(unread.count('chat'), 0);
  assert.equal(kept.get('chat'), 'bb-1');
});

test('messages read in another tab are read here', () => {
  const { unread, kept } = started();
  ['aa-1', 'aa-2'].forEach((id) => unread.arrived('chat', id));
  kept.set('chat', 'aa-2');
  unread.readUpTo('chat', 'aa-2', { stored: true });
  assert.equal(unread.count('chat'), 0);
});

test('the count has a maximum', () => {
  const { unread } = started();
  for (let i = 1; i < 3 * COUNT_MAX; i += 1) {
    unread.arrived('chat', `aa-${i}`);
  }
  assert.equal(unread.count('chat'), COUNT_MAX);
  unread.leave('chat');
  assert.equal(unread.count('chat'), 0);
});
