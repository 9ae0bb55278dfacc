// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createApi, problemOf } from '../src/shared/api.js';

function started(answer, options = {}) {
  const calls = [];
  const api = createApi({
    fetch: async (url, { method = 'GET', headers, body }) => {
      calls.push({ url, method, headers, body: body && JSON.parse(body) });
      return answer();
    },
    ...options,
  });
  return { api, calls };
}

const json = (value, options) => () => new Response(JSON.stringify(value), options);

test('a request for a page of history has topics and cursors', async () => {
  const { api, calls } = started(json({ records: [] }));
  await api.history({ topics: ['chat', 'chat/a b'], before: 'aa-5', limit: 10 });
  assert.equal(calls[0].url, 'history?topic=chat&topic=chat%2Fa+b&before=aa-5&limit=10');
  assert.deepEqual(calls[0].headers, {});
});

test('the current token is sent in a header, never in the URL', async () => {
  let token = 'one';
  const { api, calls } = started(json({}), { token: () => token });
  await api.presence('chat');
  token = 'two';
  await api.publish({ topic: 'chat', id: 'k', data: 'x' });
  await api.change('0-1', { add: ['a'] });
  assert.deepEqual(
    calls.map(({ headers }) => headers.Authorization),
    ['Bearer one', 'Bearer two', 'Bearer two'],
  );
  assert.deepEqual(
    calls.map(({ url }) => url),
    ['presence?topic=chat', 'publish', 'subscriptions/0-1'],
  );
  assert.deepEqual(calls[1].body, { topic: 'chat', id: 'k', data: 'x' });
});

test('there is no answer if the network fails or takes too long', async () => {
  const broken = started(() => {
    throw new TypeError('network');
  });
  const none = { status: 0, answer: {}, after: null };
  assert.deepEqual(await broken.api.presence('chat'), { ...none, late: false });
  const silent = createApi({
    timeout: 1,
    fetch: (url, { signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      }),
  });
  assert.deepEqual(await silent.presence('chat'), { ...none, late: true });
});

test('a response that is not from the hub does not count as an answer', async () => {
  const { api } = started(json({ welcome: 'to the hotel' }));
  assert.equal((await api.history({ topics: ['chat'] })).status, 0);
  assert.equal((await api.presence('chat')).status, 0);
  assert.equal((await api.topics('chat')).status, 0);
});

test('a malformed answer is empty; a refusal has a reason', async () => {
  const { api } = started(
    () => new Response('<html>', { status: 503, headers: { 'Retry-After': '2' } }),
  );
  const result = await api.presence('chat');
  assert.deepEqual(result, { status: 503, answer: {}, after: 2000 });
  assert.equal(problemOf(result), 'refused (503)');
  assert.equal(
    problemOf({ status: 400, answer: { title: 'Bad', detail: 'limit: no' } }),
    'limit: no',
  );
});
