// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// Third-party clients: npm packages in Node and in Chromium, and Chromium's EventSource on a page
// of another origin. They reconnect by their own logic, without help from the tests.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { assertLogOrder, launch } from './lib/pages.mjs';
import { site } from './lib/sites.mjs';
import { System } from './lib/system.mjs';
import { SECRET, token } from './lib/tokens.mjs';
import { DEADLINE_MS, LIMIT, waitUntil } from './lib/waiting.mjs';

const npm = process.env.BELFRY_NPM ?? dirname(fileURLToPath(import.meta.url));
const { EventSource } = createRequire(join(npm, 'package.json'))('eventsource');

const RETRY_MS = 1500; // the retry of the edges, which they vary by up to 20 %
const EACH = 10;
const TOPICS = 'topic=news&topic=rooms/%7Bid%7D';
const reader = () => token({ subscribe: ['*'] }, { sub: 'reader' });
const writer = () => `Bearer ${token({ publish: ['*'] })}`;

const isRetry = (ms) => ms >= RETRY_MS * 0.8 && ms <= RETRY_MS * 1.2;

function start(t, origin, more = {}) {
  const environment = {
    BELFRY_JWT_KEY: SECRET,
    BELFRY_RETRY: `${RETRY_MS}ms`,
    BELFRY_CORS_ORIGINS: origin,
    ...more,
  };
  return System.start(t, { environment });
}

// Returns the i-th record. Records alternate between two topics, two types, public and private, one
// line and several.
function record(i) {
  return {
    topic: i % 2 === 0 ? 'news' : `rooms/${i}`,
    type: i % 3 === 0 ? 'note' : undefined,
    private: i % 4 === 0,
    data: i % 5 === 0 ? `record ${i}\nand more: ✓` : `record ${i}`,
    id: `given-${i}`,
  };
}

// Publishes through that edge, again until it succeeds; the record's id prevents duplicates.
async function publish(system, edge, i) {
  const headers = { 'Content-Type': 'application/json', Authorization: writer() };
  await waitUntil(`record ${i} is stored`, () =>
    system.publish(edge, '', JSON.stringify(record(i)), headers).then(
      () => true,
      () => false,
    ),
  );
}

// Checks that a client with one open stream gets everything once and in order while each edge is
// killed in turn. `client` has seen(): [{id, type, data}], and, if the test can observe its timers,
// delays(): their ms.
async function survives(system, client) {
  let next = 0;
  const send = async (edge, count) => {
    for (const end = next + count; next < end; next += 1) {
      await publish(system, edge, next);
    }
  };
  const all = () =>
    waitUntil(`${next} events`, async () => (await client.seen()).length >= next, {
      shows: async () => `${JSON.stringify(await client.seen())}\n${system.tail()}`,
    });
  await send(1, EACH);
  await all();
  for (const [victim, other] of [
    [1, 2],
    [2, 1],
  ]) {
    process.kill(await system.edge(victim), 'SIGKILL');
    await send(other, EACH);
    await all();
    await send(victim, EACH); // after its restart
    await all();
  }
  const seen = await client.seen();
  assert.deepEqual(
    seen.map(({ type, data }) => ({ type, data })),
    Array.from({ length: next }, (_, i) => ({
      type: record(i).type ?? 'message',
      data: record(i).data,
    })),
  );
  assertLogOrder(seen.map(({ id }) => id));
  if (client.delays) {
    assert.ok((await client.delays()).some(isRetry), 'the client waits for the retry of the edge');
  }
}

// ---- in Node ----

function nodeClient(t, url, headers) {
  const seen = [];
  const requests = [];
  const delays = [];
  const timer = globalThis.setTimeout;
  globalThis.setTimeout = (...all) => {
    delays.push(all[1]);
    return timer(...all);
  };
  const source = new EventSource(url, {
    fetch: (input, init) => {
      requests.push(init.headers);
      return fetch(input, { ...init, headers: { ...init.headers, ...headers } });
    },
  });
  t.after(() => {
    source.close();
    globalThis.setTimeout = timer;
  });
  for (const type of ['message', 'note', 'belfry.gap']) {
    source.addEventListener(type, ({ lastEventId, data }) =>
      seen.push({ id: lastEventId, type, data }),
    );
  }
  return { source, requests, seen: () => seen, delays: () => delays };
}

test('eventsource in Node, on the port shared by two edges', LIMIT, async (t) => {
  const system = await start(t, '');
  const headers = { Authorization: `Bearer ${reader()}`, 'X-Of-Our-Own': 'ignored' };
  const client = nodeClient(t, `${system.url()}subscribe?${TOPICS}`, headers);
  await waitUntil('open', () => client.source.readyState === EventSource.OPEN);
  await survives(system, client);
  const resumed = client.requests.slice(1).map((one) => one['Last-Event-ID']);
  assert.ok(resumed.length >= 1);
  resumed.forEach((id) => assert.match(id, /^[a-z0-9]+-\d+$/));
});

test('eventsource in Node gets the reason of a refusal (no token, invalid token)', LIMIT, async (t) => {
  const system = await start(t, '');
  for (const headers of [{}, { Authorization: 'Bearer no.to.ken' }]) {
    const { source } = nodeClient(t, `${system.url()}subscribe?${TOPICS}`, headers);
    const error = await new Promise((resolve) => {
      source.addEventListener('error', resolve);
    });
    assert.equal(error.code, 401);
    assert.equal(source.readyState, EventSource.CLOSED);
  }
});

// ---- in Chromium ----

// Opens a page of `origin`. `make` runs in the page; the client that it opens puts events into
// window.seen.
async function openPage(t, browser, origin) {
  const context = await browser.newContext();
  context.setDefaultTimeout(DEADLINE_MS);
  const page = await context.newPage();
  t.after(() => context.close());
  await page.addInitScript(() => {
    window.seen = [];
    window.delays = [];
    window.states = [];
    const timer = window.setTimeout;
    window.setTimeout = (...all) => {
      window.delays.push(all[1]);
      return timer(...all);
    };
    window.listen = (source) => {
      window.source = source;
      for (const type of ['message', 'note', 'belfry.gap']) {
        source.addEventListener(type, ({ lastEventId, data }) =>
          window.seen.push({ id: lastEventId, type, data }),
        );
      }
      source.addEventListener('open', () => window.states.push('open'));
      source.addEventListener('error', () => window.states.push(`error ${source.readyState}`));
    };
  });
  await page.goto(origin);
  return {
    page,
    context,
    seen: () => page.evaluate(() => window.seen),
    delays: () => page.evaluate(() => window.delays),
    states: () => page.evaluate(() => window.states),
    isOpen: () =>
      waitUntil('open', () => page.evaluate(() => window.states.includes('open')), {
        shows: () => page.evaluate(() => JSON.stringify(window.states)),
      }),
  };
}

test('fetch-event-source on another host’s page, with a token', LIMIT, async (t) => {
  const origin = await site(t, npm, 'localhost');
  const system = await start(t, origin);
  const client = await openPage(t, await launch(t), origin);
  const url = `${system.url()}subscribe?${TOPICS}`;
  await client.page.evaluate(
    async ([address, bearer]) => {
      const module = '/npm/@microsoft/fetch-event-source/lib/esm/index.js';
      const { fetchEventSource } = await import(module);
      fetchEventSource(address, {
        headers: { Authorization: `Bearer ${bearer}` },
        openWhenHidden: true,
        async onopen(response) {
          window.states.push(response.ok ? 'open' : `status ${response.status}`);
        },
        onmessage: ({ id, event, data }) => {
          // The package also reports blocks with only an id or a retry, which are not events.
          if (data !== '') {
            window.seen.push({ id, type: event || 'message', data });
          }
        },
        onclose() {
          throw new Error('closed'); // its manual: an error makes it retry
        },
        onerror() {},
      });
    },
    [url, reader()],
  );
  await client.isOpen();
  await survives(system, client);
});

test('event-source-polyfill on another host’s page, with a token', LIMIT, async (t) => {
  const origin = await site(t, npm, 'localhost');
  const system = await start(t, origin);
  const client = await openPage(t, await launch(t), origin);
  const asked = [];
  client.page.on('request', (request) => asked.push(request.url()));
  await client.page.addScriptTag({
    url: `${origin}/npm/event-source-polyfill/src/eventsource.js`,
  });
  await client.page.evaluate(
    ([address, bearer]) =>
      window.listen(
        new window.EventSourcePolyfill(address, {
          headers: { Authorization: `Bearer ${bearer}` },
          heartbeatTimeout: 60000,
        }),
      ),
    [`${system.url()}subscribe?${TOPICS}`, reader()],
  );
  await client.isOpen();
  await survives(system, client);
  assert.ok(
    asked.some((url) => /[?&]lastEventId=[a-z0-9]+-\d+/.test(url)),
    'its query contains the last event id',
  );
});

const openNative = (client, url) =>
  client.page.evaluate(
    (address) => window.listen(new EventSource(address, { withCredentials: true })),
    url,
  );

test('Chromium’s EventSource on another origin, with the cookie of the edges', LIMIT, async (t) => {
  const origin = await site(t, npm);
  const system = await start(t, origin);
  const client = await openPage(t, await launch(t), origin);
  const cookie = { name: 'mercureAuthorization', value: reader(), httpOnly: true };
  await client.context.addCookies([{ ...cookie, sameSite: 'Strict', url: system.url(1) }]);
  await openNative(client, `${system.url()}subscribe?${TOPICS}`);
  await client.isOpen();
  await survives(system, { seen: client.seen });
  assert.ok((await client.states()).includes('error 0'), 'it reconnected by itself');
});

test('Chromium’s EventSource with the token in the query', LIMIT, async (t) => {
  const origin = await site(t, npm, 'localhost');
  const system = await start(t, origin);
  const client = await openPage(t, await launch(t), origin);
  await openNative(client, `${system.url(1)}subscribe?${TOPICS}&authorization=${reader()}`);
  await client.isOpen();
  await publish(system, 2, 0);
  await waitUntil('the event', async () => (await client.seen()).length === 1);
  assert.ok(!system.log.join('').includes(reader().split('.')[2]), 'tokens are not logged');
});

test('a page of an origin that is not allowed can neither read nor publish', LIMIT, async (t) => {
  const good = await site(t, npm);
  const bad = await site(t, npm);
  const system = await start(t, good, { BELFRY_PUBLISH_ORIGINS: good });
  const browser = await launch(t);
  const both = token({ publish: ['*'], subscribe: ['*'] });
  const cookie = { name: 'mercureAuthorization', value: both, url: system.url(1) };

  // As pages do it: with a preflight (JSON), without one (a form), and with a token in a header.
  const json = { 'Content-Type': 'application/json' };
  const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
  const tries = {
    json: { body: '{"topic":"news","data":"json"}', headers: json },
    form: { body: 'topic=news&data=form', headers: form },
    bearer: {
      body: 'topic=news&data=bearer',
      headers: { ...form, Authorization: `Bearer ${both}` },
    },
  };
  const send = (client, what) =>
    client.page.evaluate(
      ([url, init]) =>
        fetch(url, { ...init, method: 'POST', credentials: 'include' }).then(
          (response) => response.status,
          (error) => error.name,
        ),
      [`${system.url(1)}publish`, tries[what]],
    );
  const read = (client) =>
    client.page.evaluate(
      (url) =>
        fetch(url, { credentials: 'include' }).then(
          (response) => response.json(),
          (error) => error.name,
        ),
      `${system.url(1)}history?topic=news`,
    );

  const stranger = await openPage(t, browser, bad);
  await stranger.context.addCookies([cookie]);
  for (const what of Object.keys(tries)) {
    assert.equal(await send(stranger, what), 'TypeError', what);
  }
  assert.equal(await read(stranger), 'TypeError');
  await openNative(stranger, `${system.url(1)}subscribe?${TOPICS}`);
  await waitUntil('the stream to close', async () => (await stranger.states()).includes('error 2'));
  assert.ok(!(await stranger.states()).includes('open'));

  const friend = await openPage(t, browser, good);
  await friend.context.addCookies([cookie]);
  await openNative(friend, `${system.url(2)}subscribe?${TOPICS}`);
  await friend.isOpen();
  for (const what of Object.keys(tries)) {
    assert.equal(await send(friend, what), 200, what);
  }
  await waitUntil('the friend’s records', async () => (await friend.seen()).length >= 3);
  // None of the stranger's records was stored, although a browser sends a form without a preflight.
  const page = await read(friend);
  assert.deepEqual(
    page.records.map(({ data }) => data),
    ['json', 'form', 'bearer'],
  );
  assert.deepEqual(
    (await friend.seen()).map(({ data }) => data),
    ['json', 'form', 'bearer'],
  );

  // To another site, allowed or not, the browser does not send the cookie, so the request has no
  // credentials.
  const cross = await openPage(t, browser, bad.replace('127.0.0.1', 'localhost'));
  await cross.context.addCookies([{ ...cookie, sameSite: 'Lax' }]);
  await openNative(cross, `${system.url(1)}subscribe?${TOPICS}`);
  await waitUntil('the stream to close', async () => (await cross.states()).includes('error 2'));
});

test('any origin (*): readable without credentials, never with them', LIMIT, async (t) => {
  const origin = await site(t, npm, 'localhost');
  const system = await System.start(t, { environment: { BELFRY_CORS_ORIGINS: '*' } });
  const client = await openPage(t, await launch(t), origin);
  const ask = (credentials) =>
    client.page.evaluate(
      ([url, how]) =>
        fetch(url, { credentials: how }).then(
          (response) => response.status,
          (error) => error.name,
        ),
      [`${system.url(1)}history?topic=news`, credentials],
    );
  assert.equal(await ask('omit'), 200);
  assert.equal(await ask('include'), 'TypeError');
});
