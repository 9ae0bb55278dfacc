// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// The chat wide, narrow and dark: screenshots in BELFRY_SHOTS (the build directory) for people, and
// checks of what a program can judge.

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isApi, Proxy } from './lib/proxy.mjs';
import { Shared } from './lib/shared.mjs';
import { LIMIT } from './lib/waiting.mjs';

const shared = new Shared();
const SHOTS = process.env.BELFRY_SHOTS ?? join(tmpdir(), 'belfry-shots');
const JSON_TYPE = { 'Content-Type': 'application/json' };
const LOOKS = [
  { name: 'wide', viewport: { width: 1280, height: 800 }, colorScheme: 'light' },
  { name: 'narrow', viewport: { width: 390, height: 780 }, colorScheme: 'light', isMobile: true },
  { name: 'dark', viewport: { width: 1280, height: 800 }, colorScheme: 'dark' },
  {
    name: 'chinese',
    viewport: { width: 1024, height: 700 },
    colorScheme: 'light',
    locale: 'zh-CN',
  },
];
const TALK = [
  ['Ada', 'Good morning! Is the bell tower ready?'],
  ['Grace', 'Almost. The rope is in, the bell hangs, and the echo comes back in order.'],
  ['Grace', 'See for yourself.'],
  ['Linus', 'A word that is too long for any line: ' + 'ding-dong-'.repeat(30).replaceAll('-', '')],
  ['Ada', 'مرحبا بالعالم'],
  ['Ada', 'Two lines:\nthis is the second.'],
];

async function shape(page) {
  return page.page.evaluate(() => {
    const style = getComputedStyle(document.body);
    const box = document.querySelector('.box');
    return {
      overflow: document.documentElement.scrollWidth - innerWidth,
      send: document.querySelector('.send').getBoundingClientRect().bottom <= innerHeight,
      fromEnd: Math.abs(box.scrollHeight - box.scrollTop - box.clientHeight),
      background: style.backgroundColor,
      fetched: performance.getEntriesByType('resource').map(({ name }) => new URL(name).origin),
    };
  });
}

// Returns the cumulative layout shift (CLS): how much the visible content moved without user input.
function shift(page) {
  return page.page.evaluate(
    () =>
      new Promise((resolve) => {
        let sum = 0;
        new PerformanceObserver((list) => {
          for (const { value, hadRecentInput } of list.getEntries()) {
            sum += hadRecentInput ? 0 : value;
          }
        }).observe({ type: 'layout-shift', buffered: true });
        requestAnimationFrame(() => requestAnimationFrame(() => resolve(sum)));
      }),
  );
}

test('wide, narrow, dark', LIMIT, async (t) => {
  const { system } = shared;
  await mkdir(SHOTS, { recursive: true });
  const pages = [];
  for (const look of LOOKS) {
    pages.push(await shared.reader(t, 'looks', { edge: 0, ...look }));
  }
  const [wide] = pages;
  let shown = 0;
  for (const [who, text] of TALK) {
    const writer = who === 'Ada' ? wide : pages[who === 'Grace' ? 2 : 1];
    await writer.callMe(who);
    await writer.say(text);
    shown += 1;
    await wide.waitForCount(shown);
  }
  const shapes = [];
  for (const page of pages) {
    await page.waitForCount(TALK.length);
    await page.waitForState(/^(Connected|已连接)$/);
    assert.ok((await shift(page)) < 0.01, 'nothing moves unexpectedly');
    shapes.push(await shape(page));
    await page.page.screenshot({ path: join(SHOTS, `${page.name}.png`) });
    page.assertClean();
  }
  for (const { overflow, send, fromEnd, fetched } of shapes) {
    assert.ok(overflow <= 0, 'nothing is wider than the window');
    assert.ok(send, 'the button is visible');
    assert.ok(fromEnd < 2, 'the newest message is visible');
    assert.deepEqual(
      [...new Set(fetched)],
      [new URL(system.url()).origin],
      'nothing is loaded from other origins',
    );
  }
  assert.notEqual(shapes[0].background, shapes[2].background);
});

test('states that are not always visible', LIMIT, async (t) => {
  const { system } = shared;
  const proxy = await Proxy.start(t, system.url(1));
  await mkdir(SHOTS, { recursive: true });
  const shot = (page, name) => page.page.screenshot({ path: join(SHOTS, `${name}.png`) });
  const viewport = { width: 1024, height: 700 };
  const page = await shared.reader(t, 'tower', { url: proxy.url, viewport });
  await page.callMe('Ada');
  await page.say('Off to the kitchen.');
  await page.waitForCount(1);
  await page.goTo('kitchen');
  for (const [room, text] of [
    ['tower', 'The rope is in: https://example.org/rope'],
    ['kitchen', 'Tea?'],
    ['tower', 'And the bell hangs.'],
  ]) {
    const data = JSON.stringify({ user: 'Grace', text });
    await system.publish(2, '', JSON.stringify({ topic: `chat/${room}`, data }), JSON_TYPE);
  }
  await page.waitFor('2 unread', async () => (await page.unread())['#tower'] === '2');
  await page.waitForText('Tea?');
  await shot(page, 'unread');
  await page.page.click('nav .name:has-text("#tower")');
  await page.page.waitForSelector('.new');
  const typing = { user: 'Grace', from: 'g', topic: 'chat/tower' };
  const record = { topic: 'chat/tower', type: 'chat.typing', ephemeral: true, data: typing };
  await page.waitFor('Grace typing', async () => {
    await system.publish(2, '', JSON.stringify(record), JSON_TYPE);
    return /Grace is typing/.test(await page.page.textContent('.typing'));
  });
  await shot(page, 'new');
  proxy.breakAll(isApi);
  await page.say('Is anybody there?');
  await page.waitFor('a waiting message', async () => (await page.pending())[0] === 'offline');
  await page.page.waitForSelector('.notice');
  await shot(page, 'offline');
  await page.page.click('.token');
  await page.page.waitForSelector('dialog[open]');
  await shot(page, 'token');
  await page.page.keyboard.press('Escape');
  await page.page.setViewportSize({ width: 390, height: 780 });
  await shot(page, 'narrow-offline');
  await page.page.click('.menu');
  await page.page.waitForSelector('#room', { state: 'visible' });
  await shot(page, 'drawer');
  page.assertClean({ serverGone: true });
});

test('the first visit takes less than 60 kB', LIMIT, async (t) => {
  const proxy = await Proxy.start(t, shared.system.url(1));
  const page = await shared.reader(t, '', { url: proxy.url });
  await page.waitFor(
    'the complete page',
    () => proxy.count('/presence') > 0 && proxy.count('/history') > 0,
  );
  for (const name of ['/', '/app.js', '/app.css', '/worker.js', '/favicon.svg']) {
    assert.ok(
      proxy.requests.some(({ url }) => url === name),
      name,
    );
  }
  t.diagnostic(`${proxy.bytes} bytes`);
  assert.ok(proxy.bytes < 60000, `${proxy.bytes} bytes`);
  page.assertClean();
});

test('a reader who has scrolled up stays there, and sees a notice of new messages', LIMIT, async (t) => {
  for (let i = 0; i < 60; i += 1) {
    await shared.publish('up', `line ${i}`);
  }
  const page = await shared.reader(t, 'up', { viewport: { width: 800, height: 500 } });
  await page.waitForCount(60);
  await page.page.evaluate(() => (document.querySelector('.box').scrollTop = 100));
  await page.page.waitForSelector('.down');
  await shared.publish('up', 'news');
  await page.waitForText('news');
  assert.equal(await page.page.evaluate(() => document.querySelector('.box').scrollTop), 100);
  await page.waitFor('the notice of new messages', async () =>
    /New messages/.test(await page.page.textContent('.down')),
  );
  await page.waitFor('1 unread', async () => /^\(1\)/.test(await page.page.title()));
  await page.page.click('.down');
  await page.waitFor('the end', async () => (await shape(page)).fromEnd < 2);
  await page.page.waitForSelector('.down', { state: 'detached' });
  await page.waitFor('nothing unread', async () => /^#up/.test(await page.page.title()));
  page.assertClean();
});
