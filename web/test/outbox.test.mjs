// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers

import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { test } from 'node:test';
import { createOutbox, makeId, post } from '../src/outbox.js';
import { fakeTimers, settle } from './lib.mjs';

// A global of browsers, and of Node.js from version 19.
globalThis.crypto ??= webcrypto;

// The test answers each attempt with answer(outcome).
function started(options = {}) {
  const timers = fakeTimers();
  const attempts = [];
  const stored = [];
  const outbox = createOutbox({
    onStored: (item, id) => stored.push([item.id, id]),
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
  return { outbox, timers, attempts, stored, answer, add, states };
}

const tried = (attempts) => attempts.map(({ id }) => id);

test('one at a time, in the order of writing', async () => {
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

test('without an outcome the same id goes again, before later ones', async () => {
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

test('what is written while one waits does not jump the queue', async () => {
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

test('a refusal fails the message, says why, and the next one goes', async () => {
  const { outbox, attempts, answer, add, states } = started();
  ['a', 'b'].forEach(add);
  await answer({ problem: 'too large' });
  assert.deepEqual(states(), ['a failed', 'b sending']);
  assert.equal(outbox.items[0].problem, 'too large');
  assert.deepEqual(tried(attempts), ['a', 'b']);
});

test('after its patience it fails, and tries again with the same id when told to', async () => {
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

test('seen in the stream, it is stored: no more attempts', async () => {
  const { outbox, attempts, timers, stored, answer, add, states } = started();
  ['a', 'b'].forEach(add);
  await answer({ again: true, after: null });
  outbox.seen('a');
  assert.deepEqual(states(), ['b sending']);
  assert.equal(timers.size(), 0);
  assert.deepEqual(tried(attempts), ['a', 'b']);
  assert.deepEqual(stored, []);
});

test('seen while its attempt is under way: the next waits for its answer, once', async () => {
  const { outbox, attempts, answer, add, states } = started();
  ['a', 'b'].forEach(add);
  outbox.seen('a');
  assert.deepEqual(tried(attempts), ['a']);
  await answer({ id: 'x-1' });
  assert.deepEqual(tried(attempts), ['a', 'b']);
  assert.deepEqual(states(), ['b sending']);
});

test('only what has failed can be discarded', async () => {
  const { outbox, answer, add, states } = started();
  add('a');
  outbox.discard('a');
  assert.deepEqual(states(), ['a sending']);
  await answer({ problem: 'no' });
  outbox.discard('a');
  assert.deepEqual(states(), []);
});

test('a nudge ends the wait, and starts nothing that runs already', async () => {
  const { outbox, attempts, timers, answer, add } = started();
  add('a');
  outbox.nudge();
  assert.equal(attempts.length, 1);
  await answer({ again: true, after: 60000 });
  outbox.nudge();
  assert.equal(attempts.length, 2);
  assert.equal(timers.size(), 0);
});

test('ids are made of their prefix and chance', () => {
  const ids = new Set(Array.from({ length: 1000 }, () => makeId('me-')));
  assert.equal(ids.size, 1000);
  ids.forEach((id) => assert.match(id, /^me-[0-9a-f]{24}$/));
});

const item = { topic: 'chat', id: 'k', data: 'x' };
const answers = (status, body, headers) => async () => new Response(body, { status, headers });

test('post sends topic, id and data', async () => {
  const calls = [];
  const fetch = async (url, options) => {
    calls.push([url, options.method, options.headers, JSON.parse(options.body)]);
    return new Response('{"id":"x-1"}');
  };
  assert.deepEqual(await post({ ...item, state: 'sending' }, { fetch }), { id: 'x-1' });
  assert.deepEqual(calls, [
    [
      'publish',
      'POST',
      { 'Content-Type': 'application/json' },
      { topic: 'chat', id: 'k', data: 'x' },
    ],
  ]);
});

test('no outcome: network, time out, 5xx, 429, an answer that is none of ours', async () => {
  const again = { again: true, after: null };
  const broken = async () => {
    throw new TypeError('network');
  };
  const silent = (url, { signal }) =>
    new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
    });
  assert.deepEqual(await post(item, { fetch: broken }), again);
  assert.deepEqual(await post(item, { fetch: silent, timeout: 1 }), again);
  for (const status of [408, 429, 500, 502, 503, 507]) {
    assert.deepEqual(await post(item, { fetch: answers(status, '') }), again);
  }
  assert.deepEqual(await post(item, { fetch: answers(200, '<html>a captive portal') }), again);
  assert.deepEqual(await post(item, { fetch: answers(503, '', { 'Retry-After': '2' }) }), {
    again: true,
    after: 2000,
  });
});

test('refused: the reason is the server’s', async () => {
  const problem = '{"title":"Too large","detail":"the body is larger than 1 MiB"}';
  assert.deepEqual(await post(item, { fetch: answers(413, problem) }), {
    problem: 'the body is larger than 1 MiB',
  });
  assert.deepEqual(await post(item, { fetch: answers(403, 'no') }), { problem: 'refused (403)' });
});
