// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { webcrypto } from 'node:crypto';
import { createSharedConnection } from '../src/shared/sharedconnection.js';
import { settle } from './lib.mjs';

// A global in browsers, and in Node.js from version 19.
globalThis.crypto ??= webcrypto;

class FakeSource {
  constructor(url) {
    this.url = new URL(url, 'http://hub/');
    this.readyState = 0;
    this.listeners = {};
  }
  addEventListener(type, listener) {
    this.listeners[type] = listener;
  }
  close() {
    this.readyState = 2;
  }
  opens(session) {
    this.readyState = 1;
    this.onopen();
    this.listeners['belfry.hello']({ data: JSON.stringify({ session }) });
  }
  says(id, data) {
    this.onmessage({ lastEventId: id, data });
  }
  refuses() {
    this.readyState = 2;
    this.onerror();
  }
  topics() {
    return this.url.searchParams.getAll('topic');
  }
}

// `answers` has the hub's answer to each request, and may be changed.
function started(answers = {}) {
  const sources = [];
  const told = [];
  const asked = [];
  const answer =
    (name, fallback) =>
    async (...question) => {
      asked.push([name, ...question]);
      return { answer: {}, after: null, ...(answers[name] ?? fallback) };
    };
  let token;
  const core = createSharedConnection({
    broadcast: (message) => told.push(structuredClone(message)),
    createApi(options) {
      token = options.token;
      return {
        publish: answer('publish', { status: 200, answer: { id: 'aa-1' } }),
        change: answer('change', { status: 204 }),
        history: answer('history', { status: 200, answer: { records: [] } }),
      };
    },
    makeSource(url) {
      sources.push(new FakeSource(url));
      return sources.at(-1);
    },
    online: () => true,
  });
  const join = (tab, topics, more = {}) =>
    core.handle({ do: 'join', tab, topics, member: 'Ada#1', token: '', ...more });
  const last = (is) => told.findLast((message) => message.is === is);
  const open = () => sources.filter((source) => source.readyState !== 2).length;
  return { core, sources, told, asked, answers, join, last, open, token: () => token() };
}

test('one stream for all rooms of all tabs', async () => {
  const { sources, asked, join, last } = started();
  join('one', ['chat']);
  sources[0].opens('s-1');
  assert.deepEqual(sources[0].topics(), ['chat']);
  assert.deepEqual(last('live').topics, ['chat']);
  join('two', ['chat', 'chat/k']);
  await settle();
  assert.equal(sources.length, 1, 'no new connection');
  assert.deepEqual(asked, [['change', 's-1', { add: ['chat/k'], remove: [] }]]);
  assert.deepEqual(last('live').topics, ['chat', 'chat/k']);
});

test('a room is left when no tab is in it', async () => {
  const { core, sources, asked, join } = started();
  join('one', ['chat']);
  join('two', ['chat', 'chat/k']);
  sources.at(-1).opens('s-1');
  core.handle({ do: 'leave', tab: 'two' });
  await settle();
  assert.deepEqual(asked, [['change', 's-1', { add: [], remove: ['chat/k'] }]]);
});

test('changes are sent one after the other, and the last one counts', async () => {
  const { sources, asked, join, last } = started();
  join('one', ['chat']);
  sources[0].opens('s-1');
  join('one', ['chat', 'a']);
  join('one', ['chat', 'b']);
  await settle();
  await settle();
  assert.deepEqual(
    asked.map(([, , change]) => change),
    [
      { add: ['a'], remove: [] },
      { add: ['b'], remove: ['a'] },
    ],
  );
  assert.deepEqual(last('live').topics, ['b', 'chat']);
});

test('topics that do not fit in a URL are added when the stream is open', async () => {
  const { sources, asked, join, last } = started();
  const rooms = Array.from({ length: 50 }, (_, i) => `chat/${'房间'.repeat(20)}${i}`);
  join('one', ['chat', ...rooms]);
  assert.ok(sources[0].url.href.length < 6000);
  sources[0].opens('s-1');
  await settle();
  const [, , { add }] = asked[0];
  assert.deepEqual([...sources[0].topics(), ...add].sort(), ['chat', ...rooms].sort());
  assert.equal(last('live').topics.length, 51);
  sources[0].says('aa-1', 'plain');
  await settle();
  assert.deepEqual(asked[1][1].topics, ['*'], 'the lookup of the room cannot name them either');
});

test('a stream that cannot be changed is replaced by a new one from the last id', async () => {
  const { sources, join, last, open } = started({ change: { status: 404 } });
  join('one', ['chat']);
  sources[0].opens('s-1');
  sources[0].says('aa-7', 'x');
  join('one', ['chat', 'chat/k']);
  await settle();
  assert.equal(open(), 1);
  assert.deepEqual(sources[1].topics(), ['chat', 'chat/k']);
  assert.equal(sources[1].url.searchParams.get('last_event_id'), 'aa-7');
  sources[1].opens('s-2');
  assert.deepEqual(last('live').topics, ['chat', 'chat/k']);
});

test('a new name needs a new stream; the same name does not', () => {
  const { sources, join } = started();
  join('one', ['chat']);
  sources[0].opens('s-1');
  join('one', ['chat']);
  assert.equal(sources.length, 1);
  join('one', ['chat'], { member: 'Eve#1' });
  assert.equal(sources.length, 2);
  assert.equal(sources[1].url.searchParams.get('name'), 'Eve#1');
});

test('the hub requires a token: the reason is reported, and the next token is used', async () => {
  const refusal = { status: 401, answer: { detail: 'token: required' } };
  const { core, sources, answers, join, last, token } = started({ history: refusal });
  join('one', ['chat']);
  sources[0].refuses();
  await settle();
  assert.deepEqual(
    [last('state').state, last('state').reason, last('token').needed],
    ['stopped', 'token', 'token: required'],
  );
  delete answers.history;
  core.handle({ do: 'token', token: 'secret' });
  assert.equal(sources[1].url.searchParams.get('authorization'), 'secret');
  assert.equal(token(), 'secret');
  sources[1].opens('s-1');
  assert.deepEqual([last('state').state, last('token').needed], ['connected', '']);
});

test('the token of a tab is used if there is none, and shared', () => {
  const { sources, join, last } = started();
  join('zero', ['chat']);
  join('one', ['chat'], { token: 'secret' });
  assert.equal(sources.at(-1).url.searchParams.get('authorization'), 'secret');
  join('two', ['chat']);
  assert.equal(sources.length, 2);
  assert.equal(last('token').token, 'secret');
  join('three', ['chat'], { token: 'another' });
  assert.equal(last('token').token, 'secret');
});

test('the reason of a refusal is one that the page can translate', async () => {
  const answers = {};
  const { core, sources, join, last } = started(answers);
  join('one', ['chat']);
  for (const [status, reason] of [
    [0, 'unreachable'],
    [200, 'lost'],
    [400, 'refused'],
    [503, 'unavailable'],
  ]) {
    answers.history = { status };
    sources.at(-1).refuses();
    await settle();
    assert.equal(last('state').reason, reason, String(status));
    core.handle({ do: 'reconnect' });
  }
  core.close();
});

test('each message is sent once, in order, and reported as stored', async () => {
  const { core, asked, told, join } = started();
  join('one', ['chat']);
  const items = ['a', 'b'].map((id) => ({ id, topic: 'chat', data: id }));
  core.handle({ do: 'send', items });
  core.handle({ do: 'send', items });
  await settle();
  await settle();
  assert.deepEqual(
    asked.map(([name, record]) => [name, record.id]),
    [
      ['publish', 'a'],
      ['publish', 'b'],
    ],
  );
  assert.deepEqual(
    told.filter(({ is }) => is === 'done').map(({ id }) => id),
    ['a', 'b'],
  );
  assert.equal(told.find(({ is }) => is === 'stored').item.id, 'a');
});

test('a message on the stream is reported with its topic, and leaves the outbox', async () => {
  const { core, sources, told, join } = started({ publish: { status: 503 } });
  join('one', ['chat', 'chat/k']);
  sources[0].opens('s-1');
  core.handle({ do: 'send', items: [{ id: 'key', topic: 'chat/k', data: '' }] });
  await settle();
  const data = JSON.stringify({ text: 'x', key: 'key', topic: 'chat/k' });
  sources[0].says('aa-1', data);
  assert.deepEqual(
    told.filter(({ is }) => is === 'record'),
    [{ is: 'record', id: 'aa-1', data, topics: ['chat/k'] }],
  );
  assert.ok(told.some(({ is, id }) => is === 'done' && id === 'key'));
  core.close();
});
