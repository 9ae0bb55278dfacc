// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createStream } from '../src/shared/stream.js';
import { fakeTimers, settle } from './lib.mjs';

const RETRY = 0;
const OPEN = 1;
const CLOSED = 2;

// The part of EventSource that stream.js uses. The test plays the server.
class FakeSource {
  constructor(url) {
    this.url = url;
    this.readyState = RETRY;
    this.listeners = {};
  }
  addEventListener(type, listener) {
    this.listeners[type] = listener;
  }
  close() {
    this.readyState = CLOSED;
  }
  opens() {
    this.readyState = OPEN;
    this.onopen?.();
  }
  says(id, data) {
    this.onmessage?.({ lastEventId: id, data });
  }
  tells(type, data, lastEventId = '') {
    this.listeners[type]({ data, lastEventId });
  }
  gap(data, lastEventId) {
    this.tells('belfry.gap', data, lastEventId);
  }
  fails(readyState) {
    this.readyState = readyState;
    this.onerror?.();
  }
}

function started(options = {}) {
  const timers = fakeTimers();
  const sources = [];
  const seen = { messages: [], gaps: [], states: [], others: [] };
  const wanted = { topic: 'a' };
  const other = (type) => (detail) => seen.others.push([type, detail]);
  const stream = createStream({
    makeUrl: (lastId) => `subscribe?topic=${wanted.topic}&last_event_id=${lastId}`,
    on: {
      connect() {},
      message: (message) => seen.messages.push(message),
      gap: (detail) => seen.gaps.push(detail),
      state: (state) => seen.states.push(state),
      hello: other('hello'),
      presence: other('presence'),
      typing: other('typing'),
    },
    makeSource(url) {
      sources.push(new FakeSource(url));
      return sources.at(-1);
    },
    setTimer: timers.set,
    clearTimer: timers.clear,
    random: () => 1,
    ...options,
  });
  stream.start();
  const open = () => sources.filter((source) => source.readyState !== CLOSED).length;
  return { stream, timers, sources, seen, open, wanted };
}

test('messages and events of the server are passed on', () => {
  const { sources, seen } = started();
  assert.equal(sources[0].url, 'subscribe?topic=a&last_event_id=');
  sources[0].opens();
  sources[0].tells('belfry.hello', '{"session":"s"}');
  sources[0].says('aa-1', 'x');
  sources[0].tells('belfry.presence', '{"member":"m"}');
  sources[0].tells('chat.typing', 'y');
  assert.deepEqual(seen.messages, [{ id: 'aa-1', data: 'x' }]);
  assert.deepEqual(seen.others, [
    ['hello', { session: 's' }],
    ['presence', { member: 'm' }],
    ['typing', 'y'],
  ]);
  assert.deepEqual(seen.states, ['connected']);
});

test('while the browser reconnects by itself, nothing is done', () => {
  const { sources, timers, seen } = started();
  sources[0].opens();
  sources[0].fails(RETRY);
  sources[0].fails(RETRY);
  assert.equal(sources.length, 1);
  assert.equal(timers.size(), 0);
  sources[0].opens();
  assert.deepEqual(seen.states, ['connected', 'reconnecting', 'reconnecting', 'connected']);
});

test('when the browser gives up, a new EventSource resumes from the last id', async () => {
  const { sources, timers, seen, open } = started();
  sources[0].opens();
  sources[0].says('aa-7', 'x');
  sources[0].fails(CLOSED);
  await settle();
  assert.equal(seen.states.at(-1), 'reconnecting');
  assert.deepEqual(timers.delays(), [500]);
  await timers.pass(500);
  assert.equal(sources[1].url, 'subscribe?topic=a&last_event_id=aa-7');
  assert.equal(open(), 1);
  sources[1].opens();
  assert.equal(seen.states.at(-1), 'connected');
});

test('after each refusal the next attempt is later, until the stream opens', async () => {
  const { sources, timers } = started();
  const delays = [];
  for (let i = 0; i < 7; i += 1) {
    sources.at(-1).fails(CLOSED);
    await settle();
    delays.push(timers.delays()[0]);
    await timers.pass(15000);
  }
  assert.deepEqual(delays, [500, 1000, 2000, 4000, 8000, 15000, 15000]);
  sources.at(-1).opens();
  sources.at(-1).fails(CLOSED);
  await settle();
  assert.deepEqual(timers.delays(), [500]);
});

test('before the first connection the state is not "reconnecting"', () => {
  const { sources, seen } = started();
  sources[0].fails(RETRY);
  sources[0].fails(CLOSED);
  assert.deepEqual([...new Set(seen.states)], ['connecting']);
});

test('a gap is reported, even a malformed one', () => {
  const { sources, seen } = started();
  sources[0].opens();
  sources[0].gap('{"reason":"expired","oldest":"aa-5","head":"aa-9"}');
  sources[0].gap('nonsense');
  sources[0].gap('null');
  assert.deepEqual(seen.gaps, [{ reason: 'expired', oldest: 'aa-5', head: 'aa-9' }, {}, {}]);
});

test('a gap moves the position to resume from, so it is reported once', () => {
  const { stream, sources } = started();
  sources[0].says('aa-1', 'x');
  sources[0].gap('{"reason":"epoch"}', 'bb-4');
  sources[0].fails(CLOSED);
  stream.reconnect();
  assert.match(sources[1].url, /last_event_id=bb-4$/);
});

test('a stream can resume from the position in belfry.sync', () => {
  const { stream, sources } = started();
  sources[0].tells('belfry.sync', '{"position":"aa-9"}');
  sources[0].fails(CLOSED);
  stream.reconnect();
  assert.match(sources[1].url, /last_event_id=aa-9$/);
});

test('the browser must not reconnect to topics that are no longer wanted', async () => {
  const { sources, timers, wanted, open } = started();
  sources[0].opens();
  sources[0].says('aa-7', 'x');
  wanted.topic = 'b';
  sources[0].fails(RETRY);
  assert.equal(open(), 0);
  await timers.pass(500);
  assert.equal(sources[1].url, 'subscribe?topic=b&last_event_id=aa-7');
});

test('when retrying is useless it stops, until a reconnect is requested', async () => {
  const { stream, sources, timers, seen } = started({ explain: async () => true });
  sources[0].fails(CLOSED);
  await settle();
  assert.equal(seen.states.at(-1), 'stopped');
  assert.equal(timers.size(), 0);
  stream.start();
  sources[1].opens();
  assert.equal(seen.states.at(-1), 'connected');
});

test('a restart during the request for a refusal’s reason uses the new stream', async () => {
  const { stream, sources, timers, open } = started({ explain: async () => true });
  sources[0].fails(CLOSED);
  stream.start();
  await settle();
  assert.equal(open(), 1);
  assert.equal(timers.size(), 0);
});

test('a reconnect connects immediately, but keeps a working connection', async () => {
  const { stream, sources, timers, open } = started();
  sources[0].opens();
  stream.reconnect();
  assert.equal(sources.length, 1);
  sources[0].fails(CLOSED);
  await settle();
  stream.reconnect();
  assert.equal(sources.length, 2);
  assert.equal(timers.size(), 0);
  assert.equal(open(), 1);
});

test('after close nothing is reported, and no timer is left', async () => {
  const { stream, sources, timers, seen, open } = started();
  sources[0].opens();
  stream.close();
  sources[0].says('aa-1', 'x');
  sources[0].gap('{}');
  sources[0].fails(CLOSED);
  await settle();
  assert.deepEqual([seen.messages.length, seen.gaps.length], [0, 0]);
  assert.equal(seen.states.at(-1), 'connected');
  assert.equal(timers.size(), 0);
  assert.equal(open(), 0);
});

test('closed while it waits, it does not reconnect', async () => {
  const { stream, sources, timers } = started();
  sources[0].fails(CLOSED);
  await settle();
  stream.close();
  await timers.pass(60000);
  assert.equal(sources.length, 1);
});
