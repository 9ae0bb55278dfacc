// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTypingNotifier, createTypists } from '../src/people/typing.js';
import { fakeTimers, settle } from './lib.mjs';

test('a person is typing until the message arrives or the notices stop', async () => {
  const timers = fakeTimers();
  const typists = createTypists({ onChange: () => {}, now: timers.now, setTimer: timers.set });
  typists.types({ user: 'Ada', from: 'a', topic: 'chat' });
  typists.types({ user: 'Eve', from: 'e', topic: 'chat/k' });
  assert.deepEqual(typists.names('chat'), ['Ada']);
  typists.sent('a');
  assert.deepEqual(typists.names('chat'), []);
  await timers.pass(3000);
  typists.types({ user: 'Eve', from: 'e', topic: 'chat/k' });
  await timers.pass(3000);
  assert.deepEqual(typists.names('chat/k'), ['Eve'], 'another notice in the meantime');
  await timers.pass(3000);
  assert.deepEqual(typists.names('chat/k'), []);
});

test('the others are notified now and then, not at each letter', async () => {
  const timers = fakeTimers();
  const said = [];
  const notifier = createTypingNotifier({
    now: timers.now,
    notify: async (topic) => said.push([topic, timers.now()]),
  });
  for (let i = 0; i < 70; i += 1) {
    notifier.typed('chat');
    await timers.pass(100);
  }
  notifier.typed('chat/k');
  notifier.sent();
  notifier.typed('chat/k');
  assert.deepEqual(
    said.map(([topic]) => topic),
    ['chat', 'chat', 'chat', 'chat/k', 'chat/k'],
  );
});

test('without the grant to publish there are no more notices until another token', async () => {
  let tries = 0;
  const notifier = createTypingNotifier({
    notify: async () => {
      tries += 1;
      return false;
    },
  });
  await notifier.typed('a');
  await notifier.typed('b');
  await settle();
  assert.equal(tries, 1);
  notifier.allowed();
  await notifier.typed('c');
  assert.equal(tries, 2);
});
