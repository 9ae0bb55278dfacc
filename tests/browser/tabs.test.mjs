// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// Several tabs of one reader share one stream and one outbox; a reload keeps unsent messages.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Page } from './lib/pages.mjs';
import { isApi, Proxy } from './lib/proxy.mjs';
import { Shared } from './lib/shared.mjs';
import { LIMIT } from './lib/waiting.mjs';

const WAYS = [
  { way: 'SharedWorker', lacks: [] },
  { way: 'Web Locks', lacks: ['SharedWorker'] },
];

const shared = new Shared();

// Waits for exactly one open stream: the old one may stay open for a moment after a change.
const oneStream = (page, proxy) =>
  page.waitFor('one stream', () => proxy.count('/subscribe', { open: true }) === 1);

// Opens a tab for each of `rooms`, all of one reader.
async function tabs(t, rooms, options = {}) {
  const proxy = await Proxy.start(t, shared.system.url(1));
  const pages = [await shared.reader(t, rooms[0], { url: proxy.url, ...options })];
  const context = pages[0].page.context();
  for (const room of rooms.slice(1)) {
    pages.push(
      await Page.tab(context, `${proxy.url}#${room}`, { name: `tab ${pages.length + 1}` }),
    );
  }
  for (const page of pages) {
    await page.waitForState(/^Connected$/);
  }
  return { proxy, pages };
}

for (const { way, lacks } of WAYS) {
  test(`six tabs share one stream (${way})`, LIMIT, async (t) => {
    const room = `six-${lacks.length}`;
    const rooms = [room, room, room, `${room}-b`, `${room}-b`, `${room}-c`];
    const { proxy, pages } = await tabs(t, rooms, { lacks });
    await pages[5].say('from the sixth');
    await pages[5].waitForText('from the sixth');
    await pages[0].say('from the first');
    await shared.publish(`${room}-b`, 'from outside');
    for (const [i, text] of [
      [1, 'from the first'],
      [2, 'from the first'],
      [3, 'from outside'],
      [4, 'from outside'],
    ]) {
      await pages[i].waitForText(text);
      assert.equal((await pages[i].texts()).length, 1, 'and nothing from another room');
    }
    await oneStream(pages[0], proxy);
    pages.forEach((page) => page.assertClean());
  });

  test(`opening another room does not open a stream (${way})`, LIMIT, async (t) => {
    const room = `move-${lacks.length}`;
    const { proxy, pages } = await tabs(t, [room], { lacks });
    const [page] = pages;
    const before = proxy.count('/subscribe');
    await shared.publish(`${room}-b`, 'before');
    await page.goTo(`${room}-b`);
    await page.waitForText('before');
    await shared.publish(`${room}-b`, 'after');
    await page.waitForText('after');
    assert.deepEqual(await page.texts(), ['before', 'after']);
    assert.equal(proxy.count('/subscribe'), before);
    assert.equal(proxy.count('/subscriptions/', { method: 'POST' }), 1);
    page.assertClean();
  });
}

test(
  'the tab with the stream is closed: another takes over without missing anything',
  LIMIT,
  async (t) => {
    const { proxy, pages } = await tabs(t, ['heir', 'heir'], { lacks: ['SharedWorker'] });
    const [first, second] = pages;
    await shared.publish('heir', 'one');
    await second.waitForText('one');
    proxy.breakAll((url) => url.startsWith('/subscribe')); // no tab receives what is published now
    await first.page.close();
    await shared.publish('heir', 'two');
    proxy.heal();
    await second.waitForText('two');
    await shared.publish('heir', 'three');
    await second.waitForText('three');
    assert.deepEqual(await second.texts(), ['one', 'two', 'three']);
    await second.say('four');
    await second.waitForCount(4);
    await oneStream(second, proxy);
    second.assertClean({ serverGone: true });
  },
);

test('a browser with neither SharedWorker nor Web Locks has a stream per tab', LIMIT, async (t) => {
  const { pages } = await tabs(t, ['alone'], { lacks: ['SharedWorker', 'locks'] });
  await pages[0].say('hello');
  await pages[0].waitForCount(1);
  pages[0].assertClean();
});

test('the chat works if the worker cannot be loaded', LIMIT, async (t) => {
  const proxy = await Proxy.start(t, shared.system.url(1));
  proxy.cut = (url) => url === '/worker.js';
  const page = await shared.reader(t, 'workless', { url: proxy.url });
  await page.say('hello');
  await page.waitForCount(1);
  page.assertClean({ serverGone: true });
});

test(
  'messages written without a connection are kept across a reload, and stored once',
  LIMIT,
  async (t) => {
    const { proxy, pages } = await tabs(t, ['queue']);
    const [page] = pages;
    proxy.breakAll(isApi);
    await page.waitForState(/^Reconnecting since/);
    await page.say('first');
    await page.say('second');
    await page.waitFor('a message that waits', async () => (await page.pending())[0] === 'offline');
    assert.match(await page.page.textContent('.notice'), /2 messages are waiting/);
    await page.page.fill('[name=message]', 'a draft');
    await page.page.reload();
    await page.waitFor('both messages', async () => (await page.pending()).length === 2);
    assert.equal(await page.page.inputValue('[name=message]'), 'a draft');
    proxy.heal();
    await page.waitForCount(2);
    assert.deepEqual(await page.texts(), ['first', 'second']);
    await page.page.reload();
    await page.waitForCount(2);
    const { records } = await (
      await fetch(`${shared.system.url(2)}history?topic=chat/queue`)
    ).json();
    assert.equal(records.length, 2);
    page.assertClean({ serverGone: true });
  },
);
