// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTopicLookup, idBefore } from '../src/shared/topiclookup.js';
import { fakeTimers, settle } from './lib.mjs';

// The log answers from `records`, and does not answer while it is null.
function started(records) {
  const timers = fakeTimers();
  const log = { records };
  const asked = [];
  const delivered = [];
  const topicLookup = createTopicLookup({
    async lookup(page) {
      asked.push(page);
      return log.records && { records: log.records };
    },
    deliver: ({ id, topics }) => delivered.push(`${id} ${topics}`),
    setTimer: timers.set,
    random: () => 1,
  });
  return { topicLookup, log, asked, delivered, timers };
}

const says = (topic) => JSON.stringify({ text: 'x', topic });
const two = { heard: ['chat', 'chat/k'], open: true };

test('with one room there is no request', () => {
  const { topicLookup, asked, delivered } = started([]);
  topicLookup.take({ id: 'aa-1', data: 'plain' }, { heard: ['chat'], open: false });
  assert.deepEqual(delivered, ['aa-1 chat']);
  assert.equal(asked.length, 0);
});

test('the topic inside a message is trusted if everybody may publish everywhere', () => {
  const { topicLookup, asked, delivered } = started([]);
  topicLookup.take({ id: 'aa-1', data: says('chat/k') }, two);
  assert.deepEqual(delivered, ['aa-1 chat/k']);
  assert.equal(asked.length, 0);
});

test('otherwise the log is asked for several messages at once', async () => {
  const { topicLookup, asked, delivered } = started([
    { id: 'aa-5', topics: ['chat'], time: 1 },
    { id: 'aa-7', topics: ['chat/k'], time: 2 },
    { id: 'aa-8', topics: ['chat', 'chat/k'], time: 3 },
  ]);
  topicLookup.take({ id: 'aa-5', data: 'plain' }, two);
  topicLookup.take({ id: 'aa-8', data: says('chat/elsewhere') }, two);
  topicLookup.take({ id: 'aa-7', data: says('chat') }, { ...two, open: false });
  await settle();
  await settle();
  assert.deepEqual(asked[0], { topics: two.heard, after: 'aa-4', limit: 1000 });
  assert.equal(asked.length, 1);
  assert.deepEqual(delivered.sort(), ['aa-5 chat', 'aa-7 chat/k', 'aa-8 chat,chat/k']);
});

test('without an answer the request is repeated', async () => {
  const { topicLookup, log, asked, delivered, timers } = started(null);
  topicLookup.take({ id: 'aa-1', data: 'plain' }, two);
  await settle();
  assert.deepEqual(timers.delays(), [500]);
  log.records = [{ id: 'aa-1', topics: ['chat'] }];
  await timers.pass(500);
  assert.equal(asked.length, 2);
  assert.deepEqual(delivered, ['aa-1 chat']);
});

test('a message that the log no longer has is dropped, without another request', async () => {
  const { topicLookup, asked, delivered } = started([]);
  topicLookup.take({ id: 'aa-1', data: 'plain' }, two);
  topicLookup.take({ id: 'bb-1', data: 'of another log' }, two);
  await settle();
  await settle();
  assert.deepEqual(
    asked.map(({ after }) => after),
    ['aa-0', 'bb-0'],
  );
  assert.deepEqual(delivered, []);
});

test('the previous id', () => {
  assert.equal(idBefore('aa-1'), 'aa-0');
  assert.equal(idBefore('aa-18446744073709551615'), 'aa-18446744073709551614');
});
