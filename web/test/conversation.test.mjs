// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createConversation, MORE, NONE } from '../src/rooms/conversation.js';

// A hub with `count` records in its log. `epoch` may change.
function hub(count, epoch = 'aa') {
  const state = { epoch, count, asked: [], down: false };
  const record = (n) => ({ id: `${state.epoch}-${n}`, data: `${n}`, time: n });
  const offset = (id) => (id ? Number(id.split('-')[1]) : undefined);
  state.history = async ({ before, after, limit }) => {
    state.asked.push({ before, after, limit });
    if (state.down) {
      return { status: 0, answer: {} };
    }
    const cursor = before ?? after;
    if (cursor && !cursor.startsWith(`${state.epoch}-`)) {
      return { status: 410, answer: {} };
    }
    const all = Array.from({ length: state.count }, (_, i) => i + 1);
    const older = all.filter((n) => n < (offset(before) ?? Infinity)).slice(-limit);
    const page = after ? all.filter((n) => n > offset(after)).slice(0, limit) : older;
    const first = page.length > 0 && page[0] > 1 ? `${state.epoch}-${page[0]}` : null;
    return { status: 200, answer: { records: page.map(record), before: first } };
  };
  return state;
}

function started(server) {
  const changes = [];
  const conversation = createConversation({
    topic: 'chat',
    history: server.history,
    read: (record) => record,
    wait: () => server.wait?.(),
    onChange: () => changes.push(conversation.items.length),
  });
  return { conversation, changes };
}

const ids = ({ items }) => items.map((item) => item.id ?? `gap ${item.reason}`);
const upTo = (from, to, epoch = 'aa') =>
  Array.from({ length: to - from + 1 }, (_, i) => `${epoch}-${from + i}`);

test('loads the newest page, then older pages until there are no more', async () => {
  const { conversation, changes } = started(hub(300));
  await conversation.load();
  assert.deepEqual(ids(conversation), upTo(241, 300));
  assert.equal(conversation.older, MORE);
  await conversation.loadOlder();
  assert.deepEqual(ids(conversation), upTo(41, 300));
  await conversation.loadOlder();
  assert.deepEqual(ids(conversation), upTo(1, 300));
  assert.equal(conversation.older, NONE);
  assert.equal(conversation.loadOlder(), undefined);
  assert.ok(changes.length >= 6, 'the start of loading is a change, too');
});

test('loads one page at a time', async () => {
  const server = hub(300);
  const { conversation } = started(server);
  await conversation.load();
  await Promise.all([conversation.loadOlder(), conversation.loadOlder()]);
  assert.equal(server.asked.length, 2);
});

test('loading again requests only messages that arrived in the meantime', async () => {
  const server = hub(10);
  const { conversation } = started(server);
  await conversation.load();
  server.count = 2500;
  await conversation.load();
  assert.deepEqual(ids(conversation), upTo(1, 2500));
  assert.deepEqual(
    server.asked.slice(1).map(({ after }) => after),
    ['aa-10', 'aa-1010', 'aa-2010'],
  );
});

test('another log: there is a gap, and then its newest messages', async () => {
  const server = hub(2);
  const { conversation } = started(server);
  await conversation.load();
  Object.assign(server, { epoch: 'bb', count: 1 });
  await conversation.load();
  assert.deepEqual(ids(conversation), ['aa-1', 'aa-2', 'gap epoch', 'bb-1']);
});

test('without an answer it retries; messages that arrive meanwhile are in order', async () => {
  const server = hub(3);
  const { conversation } = started(server);
  server.down = true;
  server.wait = async () => {
    conversation.add({ id: 'aa-3', data: '3' });
    server.down = server.asked.length < 5;
  };
  await conversation.load();
  assert.equal(server.asked.length, 6);
  assert.deepEqual(ids(conversation), upTo(1, 3));
  assert.equal(conversation.loaded, true);
});

test('after close there are no more requests', async () => {
  const server = hub(3);
  const { conversation } = started(server);
  server.down = true;
  server.wait = async () => conversation.close();
  await conversation.load();
  assert.equal(server.asked.length, 1);
});

test('loading again waits for the load in progress', async () => {
  const server = hub(500);
  const { conversation } = started(server);
  await conversation.load();
  const older = conversation.loadOlder();
  server.count = 510;
  await Promise.all([older, conversation.load()]);
  assert.deepEqual(ids(conversation), upTo(241, 510));
});

test('an empty room is loaded and has no older messages', async () => {
  const { conversation } = started(hub(0));
  await conversation.load();
  assert.deepEqual([conversation.loaded, conversation.older], [true, NONE]);
});
