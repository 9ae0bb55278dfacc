// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// The page in three sizes and lights, as pictures in BELFRY_SHOTS (the build directory) for a
// human, and the parts of looking right that a program can tell.

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { launch, Page } from './lib/pages.mjs';
import { System } from './lib/system.mjs';

const SHOTS = process.env.BELFRY_SHOTS ?? join(tmpdir(), 'belfry-shots');
const LOOKS = [
  { name: 'wide', viewport: { width: 1280, height: 800 }, colorScheme: 'light' },
  { name: 'narrow', viewport: { width: 390, height: 780 }, colorScheme: 'light', isMobile: true },
  { name: 'dark', viewport: { width: 1280, height: 800 }, colorScheme: 'dark' },
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

test('wide, narrow, dark', { timeout: 120000 }, async (t) => {
  const system = await System.start(t);
  const browser = await launch(t);
  await mkdir(SHOTS, { recursive: true });
  const pages = [];
  for (const { name, ...look } of LOOKS) {
    pages.push(await Page.open(browser, system.url(), { name, ...look }));
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
    await page.waitForState(/^Connected$/);
    shapes.push(await shape(page));
    await page.page.screenshot({ path: join(SHOTS, `${page.name}.png`) });
    page.assertClean();
  }
  for (const { overflow, send, fromEnd, fetched } of shapes) {
    assert.ok(overflow <= 0, 'nothing is wider than the window');
    assert.ok(send, 'the button is in sight');
    assert.ok(fromEnd < 2, 'the newest message is in sight');
    assert.deepEqual(
      [...new Set(fetched)],
      [new URL(system.url()).origin],
      'nothing from elsewhere',
    );
  }
  assert.notEqual(shapes[0].background, shapes[2].background);
});

test('who has scrolled up stays there, and is told of news', { timeout: 120000 }, async (t) => {
  const system = await System.start(t);
  const browser = await launch(t);
  const lines = Array.from({ length: 60 }, (_, i) =>
    JSON.stringify({ topic: 'chat', data: `line ${i}` }),
  );
  for (const line of lines) {
    await system.publish(1, '', line, { 'Content-Type': 'application/json' });
  }
  const page = await Page.open(browser, system.url(1), { viewport: { width: 800, height: 500 } });
  await page.waitForCount(60);
  await page.page.evaluate(() => (document.querySelector('.box').scrollTop = 100));
  await page.page.waitForSelector('.down');
  await system.publish(2, '?topic=chat', 'news', { 'Content-Type': 'text/plain' });
  await page.waitForText('news');
  assert.equal(await page.page.evaluate(() => document.querySelector('.box').scrollTop), 100);
  assert.match(await page.page.textContent('.down'), /New messages/);
  await page.page.click('.down');
  await page.waitFor('the end', async () => (await shape(page)).fromEnd < 2);
  assert.equal(await page.page.$('.down'), null);
  page.assertClean();
});
