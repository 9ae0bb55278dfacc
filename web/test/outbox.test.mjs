// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers

import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { test } from 'node:test';
import { createOutbox, makeId, outcomeOf } from '../src/shared/outbox.js';
import { fakeTimers, settle } from './lib.mjs';

// A global in browsers, and in Node.js from version 19.
globalThis.crypto ??= webcrypto;

// The test completes each attempt with answer(outcome).
function started(options = {}) {
  const timers = fakeTimers();
  const attempts = [];
  const stored = [];
  const done = [];
  const asked = [];
  const outbox = createOutbox({
    onStored: (item, id) => stored.push([item.id, id]),
    onDone: (id) => done.push(id),
    onToken: (why) => asked.push(why),
    onChange: () => {},
    send: (item) => new Promise((resolve) => attempts.push({ id: item.id, resolve })),
    now: timers.now,
    setTimer: timers.set,
    clearTimer: timers.clear,
    random: () => 1,
    ...options,
  });
  const answer = (outcome) => {
    attempts.at(-1).resolve(outcome);
    return settle();
  };
  const add = (id) => outbox.add({ id, topic: 'chat', data: id });
  const states = () => outbox.items.map(({ id, state }) => `${id} ${state}`);
  return { outbox, timers, attempts, stored, done, asked, answer, add, states };
}

const tried = (attempts) => attempts.map(({ id }) => id);

test('messages are sent one at a time, in the order of writing', async () => {
  const { attempts, stored, answer, add, states } = started();
  ['a', 'b', 'c'].forEach(add);
  assert.deepEqual(states(), ['a sending', 'b waiting', 'c waiting']);
  assert.deepEqual(tried(attempts), ['a']);
  await answer({ id: 'x-1' });
  await answer({ id: 'x-2' });
  await answer({ id: 'x-3' });
  assert.deepEqual(tried(attempts), ['a', 'b', 'c']);
  assert.deepEqual(stored, [
    ['a', 'x-1'],
    ['b', 'x-2'],
    ['c', 'x-3'],
  ]);
  assert.deepEqual(states(), []);
});

test('without an outcome a message is sent again with its id, before later ones', async () => {
  const { attempts, timers, answer, add, states } = started();
  ['a', 'b'].forEach(add);
  await answer({ again: true, after: null });
  assert.deepEqual(states(), ['a retrying', 'b waiting']);
  assert.deepEqual(timers.delays(), [500]);
  await timers.pass(500);
  await answer({ again: true, after: null });
  assert.deepEqual(timers.delays(), [1000]);
  await timers.pass(1000);
  await answer({ id: 'x-1' });
  assert.deepEqual(tried(attempts), ['a', 'a', 'a', 'b']);
});

test('a message written while another waits does not overtake it', async () => {
  const { attempts, timers, answer, add } = started();
  add('a');
  await answer({ again: true, after: null });
  add('b');
  assert.deepEqual(tried(attempts), ['a']);
  assert.equal(timers.size(), 1);
});

test('Retry-After is respected', async () => {
  const { timers, answer, add } = started();
  add('a');
  await answer({ again: true, after: 3000 });
  assert.deepEqual(timers.delays(), [3000]);
});

test('a refused message fails with the reason, and the next one is sent', async () => {
  const { outbox, attempts, answer, add, states } = started();
  ['a', 'b'].forEach(add);
  await answer({ problem: 'too large' });
  assert.deepEqual(states(), ['a failed', 'b sending']);
  assert.equal(outbox.items[0].problem, 'too large');
  assert.deepEqual(tried(attempts), ['a', 'b']);
});

test('after the time limit a message fails; a retry on request has the same id', async () => {
  const { outbox, attempts, timers, answer, add, states } = started({ patience: 1000 });
  add('a');
  await answer({ again: true, after: 2000 });
  await timers.pass(2000);
  await answer({ again: true, after: null });
  assert.deepEqual(states(), ['a failed']);
  assert.equal(timers.size(), 0);
  outbox.retry('a');
  assert.deepEqual(states(), ['a sending']);
  await answer({ id: 'x-1' });
  assert.deepEqual(tried(attempts), ['a', 'a', 'a']);
  assert.deepEqual(states(), []);
});

test('a message seen in the stream is stored, so there are no more attempts', async () => {
  const { outbox, attempts, timers, stored, answer, add, states } = started();
  ['a', 'b'].forEach(add);
  await answer({ again: true, after: null });
  outbox.seen('a');
  assert.deepEqual(states(), ['b sending']);
  assert.equal(timers.size(), 0);
  assert.deepEqual(tried(attempts), ['a', 'b']);
  assert.deepEqual(stored, []);
});

test('a message seen during its attempt: the next one waits for the answer, once', async () => {
  const { outbox, attempts, answer, add, states } = started();
  ['a', 'b'].forEach(add);
  outbox.seen('a');
  assert.deepEqual(tried(attempts), ['a']);
  await answer({ id: 'x-1' });
  assert.deepEqual(tried(attempts), ['a', 'b']);
  assert.deepEqual(states(), ['b sending']);
});

test('only a message that is not being sent can be discarded', async () => {
  const { outbox, answer, add, states } = started();
  add('a');
  outbox.discard('a');
  assert.deepEqual(states(), ['a sending']);
  await answer({ problem: 'no' });
  outbox.discard('a');
  assert.deepEqual(states(), []);
  add('b');
  await answer({ offline: true });
  add('c');
  outbox.discard('b');
  assert.deepEqual(states(), ['c sending']);
});

test('a message that does not reach the server waits until it is flushed', async () => {
  const { outbox, attempts, timers, done, answer, add, states } = started({ patience: 1000 });
  ['a', 'b'].forEach(add);
  for (let i = 0; i < 5; i += 1) {
    await answer({ offline: true });
    assert.deepEqual(states(), ['a offline', 'b waiting']);
    await timers.pass(8000);
  }
  await answer({ offline: true });
  outbox.flush();
  await answer({ id: 'x-1' });
  await answer({ id: 'x-2' });
  assert.deepEqual(tried(attempts).at(-1), 'b');
  assert.deepEqual(done, ['a', 'b']);
});

test('without a token nothing is sent until there is one', async () => {
  const { outbox, attempts, asked, timers, answer, add, states } = started();
  ['a', 'b'].forEach(add);
  await answer({ token: 'token: required' });
  add('c');
  assert.deepEqual(states(), ['a locked', 'b waiting', 'c waiting']);
  assert.deepEqual(asked, ['token: required']);
  assert.equal(timers.size(), 0);
  assert.equal(attempts.length, 1);
  outbox.flush();
  assert.deepEqual(tried(attempts), ['a', 'a']);
  await answer({ token: 'token: required' });
  outbox.discard('a');
  assert.deepEqual(tried(attempts), ['a', 'a', 'b']);
});

test('a message with a known id is not added again', async () => {
  const { attempts, done, answer, add, states } = started();
  ['a', 'a'].forEach(add);
  assert.deepEqual(states(), ['a sending']);
  await answer({ id: 'x-1' });
  assert.equal(attempts.length, 1);
  assert.deepEqual(done, ['a']);
});

test('a flush ends the wait, and does not repeat a running attempt', async () => {
  const { outbox, attempts, timers, answer, add } = started();
  add('a');
  outbox.flush();
  assert.equal(attempts.length, 1);
  await answer({ again: true, after: 60000 });
  outbox.flush();
  assert.equal(attempts.length, 2);
  assert.equal(timers.size(), 0);
});

test('an id is its prefix and random characters', () => {
  const ids = new Set(Array.from({ length: 1000 }, () => makeId('me-')));
  assert.equal(ids.size, 1000);
  ids.forEach((id) => assert.match(id, /^me-[0-9a-f]{24}$/));
});

test('only a message confirmed by the server counts as stored', () => {
  const result = (status, answer = {}, after = null) => ({ status, answer, after });
  assert.deepEqual(outcomeOf(result(200, { id: 'x-1' })), { id: 'x-1' });
  assert.deepEqual(outcomeOf(result(0)), { offline: true });
  assert.deepEqual(outcomeOf({ ...result(0), late: true }), { again: true, after: null });
  assert.deepEqual(outcomeOf(result(200)), { again: true, after: null }, 'a captive portal');
  for (const status of [408, 429, 500, 502, 503, 507]) {
    assert.deepEqual(outcomeOf(result(status, {}, 2000)), { again: true, after: 2000 });
  }
  assert.deepEqual(outcomeOf(result(401, { detail: 'token: expired' })), {
    token: 'token: expired',
  });
  assert.deepEqual(outcomeOf(result(413, { title: 'Too large', detail: 'over 1 MiB' })), {
    problem: 'over 1 MiB',
  });
  assert.deepEqual(outcomeOf(result(403)), { problem: 'refused (403)' });
});
