// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// The modules of the operator's page that do not import Vue.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFetchStream, CONNECTING, LIVE, REFUSED, WAITING } from '../src/admin/fetchstream.js';
import { bytes, duration, milliseconds, perSecond } from '../src/admin/format.js';
import { createCommands, Refused } from '../src/admin/commands.js';
import { createParser } from '../src/admin/sseparser.js';
import { createTimeSeries, rankTopics, rate, stateOf } from '../src/admin/timeseries.js';
import { settle as turn } from './lib.mjs';

// ---- events ----

function parse(pieces) {
  const events = [];
  const retries = [];
  const feed = createParser({
    event: (event) => events.push(event),
    retry: (ms) => retries.push(ms),
  });
  pieces.forEach(feed);
  return { events, retries };
}

const TEXT =
  'retry: 100\n\nid: a-1\nevent: x\ndata: one\ndata:two\r\n\r\n: comment\n\nid: a-2\n\ndata\r\rdata:  3\n\ndata: cut';
const EVENTS = [
  { type: 'x', data: 'one\ntwo', id: 'a-1' },
  { type: 'message', data: '', id: 'a-2' },
  { type: 'message', data: ' 3', id: 'a-2' },
];

test('events are parsed at once and byte by byte', () => {
  for (const pieces of [[TEXT], [...TEXT], TEXT.match(/[^]{1,5}/g)]) {
    const { events, retries } = parse(pieces);
    assert.deepEqual(events, EVENTS);
    assert.deepEqual(retries, [100]);
  }
});

// ---- the feed ----

function body(pieces, { open = false } = {}) {
  return new ReadableStream({
    start(controller) {
      pieces.forEach((piece) => controller.enqueue(new TextEncoder().encode(piece)));
      if (!open) {
        controller.close();
      }
    },
  });
}

// Plays the answers one after the other. Timers fire when the test lets time pass.
function play(answers, { token = '' } = {}) {
  const requests = [];
  const states = [];
  const events = [];
  const timers = new Map();
  let last = 0;
  const feed = createFetchStream({
    path: 'admin/events',
    token: () => token,
    on: { event: (event) => events.push(event.data), state: (...all) => states.push(all) },
    fetch: async (path, options) => {
      requests.push({ path, headers: options.headers });
      const answer = answers.shift();
      if (answer instanceof Error || answer === undefined) {
        throw answer ?? new Error('no answer');
      }
      return answer;
    },
    setTimer: (callback, ms) => {
      last += 1;
      timers.set(last, { callback, ms });
      return last;
    },
    clearTimer: (timer) => timers.delete(timer),
  });
  return { feed, requests, states, events, timers };
}

// Reading a body takes some turns of the event loop, although nothing waits for anything outside.
async function settle() {
  for (let i = 0; i < 20; i += 1) {
    await turn();
  }
}

function fire(timers) {
  const [[key, { callback, ms }]] = timers;
  timers.delete(key);
  callback();
  return ms;
}

test('a stream that ends is opened again from its last id, after its retry', async () => {
  const { feed, requests, states, events, timers } = play(
    [
      new Response(body(['retry: 70\n\nid: a-7\ndata: 1\n\n'])),
      new Response(body(['data: 2\n\n'], { open: true })),
    ],
    { token: 'abc' },
  );
  feed.start();
  await settle();
  assert.deepEqual(
    states.map(([state]) => state),
    [CONNECTING, LIVE, WAITING],
  );
  assert.equal(timers.size, 1);
  assert.equal(fire(timers), 70);
  await settle();
  assert.deepEqual(events, ['1', '2']);
  assert.equal(requests[0].headers.Authorization, 'Bearer abc');
  assert.equal(requests[0].headers['Last-Event-ID'], undefined);
  assert.equal(requests[1].headers['Last-Event-ID'], 'a-7');
  assert.ok(requests.every(({ path }) => path === 'admin/events'), 'no token in a URL');
  // The stream is silent.
  assert.equal(timers.size, 1);
  fire(timers);
  assert.equal(states.at(-1)[0], WAITING);
  feed.stop();
  assert.equal(timers.size, 0);
});

test('a refusal is final; an unavailable server is retried with growing delays', async () => {
  const problem = (status, detail) => new Response(JSON.stringify({ detail }), { status });
  const { feed, states, timers } = play([
    problem(503, 'no log'),
    new Error('gone'),
    problem(401, 'token: required'),
    new Error('gone'),
  ]);
  feed.start();
  await settle();
  assert.deepEqual(states.at(-1), [WAITING, 'no log', 0]);
  const first = fire(timers);
  await settle();
  assert.equal(states.at(-1)[0], WAITING);
  assert.ok(fire(timers) > first);
  await settle();
  assert.deepEqual(states.at(-1), [REFUSED, 'token: required', 401]);
  assert.equal(timers.size, 0);
  feed.start();
  await settle();
  assert.equal(states.at(-1)[0], WAITING);
  feed.stop();
});

// ---- commands ----

test('a command succeeds or is refused', async () => {
  const asked = [];
  const answers = [
    new Response('{"draining":true}'),
    new Response('{"detail":"no edge"}', { status: 404 }),
  ];
  const commands = createCommands({
    token: () => 'abc',
    fetch: async (path, options) => {
      asked.push({ path, ...options });
      const answer = answers.shift();
      if (answer === undefined) {
        throw new TypeError('failed to fetch');
      }
      return answer;
    },
  });
  assert.deepEqual(await commands.drain('e1'), { draining: true });
  assert.equal(asked[0].path, 'admin/commands');
  assert.deepEqual(JSON.parse(asked[0].body), { command: 'edge', arguments: ['e1', 'drain'] });
  assert.equal(asked[0].headers.Authorization, 'Bearer abc');
  await assert.rejects(commands.undrain('e1'), (error) => {
    assert.ok(error instanceof Refused);
    assert.equal(error.status, 404);
    return error.message === 'no edge';
  });
  await assert.rejects(commands.topics(), /cannot reach/);
});

// ---- figures ----

const edge = (more) => ({ incarnation: 'a', streams: 1, delivered: 0, pings: 1, lag: 0, ...more });
const stats = (more) => ({
  term: 1,
  epoch: 'e',
  taken: 0,
  uptime_ms: 1000,
  commit_us: { p50: 500, p99: 2000 },
  edges: [edge()],
  ...more,
});

test('rates are computed from counters of one incarnation', () => {
  assert.equal(rate(undefined, 5, 1), null);
  assert.equal(rate(5, 15, 2), 5);
  assert.equal(rate(15, 5, 1), null);
  assert.equal(rate(5, 15, 0), null);

  const series = createTimeSeries();
  assert.equal(series.take(stats(), 100).publishes, null);
  const second = series.take(
    stats({ taken: 30, uptime_ms: 4000, edges: [edge({ delivered: 40, pings: 3 })] }),
    103,
  );
  assert.equal(second.publishes, 10);
  assert.equal(second.deliveries, 20);
  assert.equal(second.p50, 0.5);
  // The edge has reported nothing new, so its rate is unchanged.
  const third = series.take(
    stats({ taken: 30, uptime_ms: 5000, edges: [edge({ delivered: 40, pings: 3 })] }),
    104,
  );
  assert.equal(third.publishes, 0);
  assert.equal(third.deliveries, 20);
  // Edge and broker have restarted.
  const fourth = series.take(
    stats({ term: 2, uptime_ms: 10, edges: [edge({ incarnation: 'b', delivered: 9 })] }),
    105,
  );
  assert.equal(fourth.publishes, null);
  assert.equal(fourth.deliveries, 0);
  assert.deepEqual(series.columns.time, [100, 103, 104, 105]);
});

test('only the last 15 minutes are kept', () => {
  const series = createTimeSeries();
  for (let i = 0; i < 2000; i += 1) {
    series.take(stats({ uptime_ms: i * 1000 }), i);
  }
  assert.equal(series.columns.time[0], 1999 - 900);
  for (const column of Object.values(series.columns)) {
    assert.equal(column.length, 901);
  }
});

test('the state of an edge in one word', () => {
  assert.equal(stateOf(edge({ last_seen_ms: 10 })).word, 'serving');
  assert.equal(stateOf(edge({ last_seen_ms: 10, draining: 1 })).word, 'draining');
  assert.equal(stateOf(edge({ last_seen_ms: 10, lag: 5000 })).word, 'behind');
  assert.equal(stateOf(edge({ last_seen_ms: 10, lag: 5000 }), 4000).word, 'serving');
  assert.equal(stateOf(edge({ last_seen_ms: 9000, draining: 1 })).word, 'silent');
  assert.equal(stateOf(edge({ last_seen_ms: 10, name_clash: true })).good, false);
});

test('the busiest topics come first', () => {
  const before = [
    { topic: 'a', records: 10 },
    { topic: 'b', records: 10 },
  ];
  const now = [
    { topic: 'a', records: 10 },
    { topic: 'b', records: 20 },
    { topic: 'c', records: 50 },
  ];
  assert.deepEqual(
    rankTopics(before, now, 5).map((each) => [each.topic, each.rate]),
    [
      ['b', 2],
      ['c', 0],
      ['a', 0],
    ],
  );
});

test('numbers for people', () => {
  assert.equal(bytes(512), '512 B');
  assert.equal(bytes(1536), '1.5 KiB');
  assert.equal(bytes(3 * 1024 ** 4), '3 TiB');
  assert.equal(duration(0), '0 s');
  assert.equal(duration(61000), '1 min 1 s');
  assert.equal(duration(2 * 86400000 + 3600000), '2 d 1 h');
  assert.equal(milliseconds(1.234), '1.23 ms');
  assert.equal(perSecond(null), '–');
  assert.equal(perSecond(1234.5), '1,235');
});
