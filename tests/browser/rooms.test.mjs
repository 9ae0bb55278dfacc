// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// Rooms and the people in them: unread counts, who is here, who is typing, and long histories.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertLogOrder, Page } from './lib/pages.mjs';
import { Shared } from './lib/shared.mjs';
import { LIMIT } from './lib/waiting.mjs';

const shared = new Shared();

// Publishes `count` lines, `line 1` …, in batches of the maximum size.
async function fill(room, count) {
  for (let from = 1; from <= count; from += 1000) {
    const lines = Array.from({ length: Math.min(1000, count - from + 1) }, (_, i) =>
      JSON.stringify({ topic: `chat/${room}`, data: `line ${from + i}` }),
    );
    const reply = await fetch(`${shared.system.url(1)}publish`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-ndjson' },
      body: lines.join('\n'),
    });
    assert.equal(reply.status, 200, await reply.text());
  }
}

test(
  'unread messages are counted, kept across a reload, and marked when read',
  LIMIT,
  async (t) => {
    const ada = await shared.reader(t, 'unread', { name: 'ada' });
    await shared.publish('unread', 'seen');
    await ada.waitForText('seen');
    await ada.goTo('elsewhere');
    assert.deepEqual(await ada.unread(), {});
    await shared.publish('unread', 'new 1');
    await shared.publish('unread', 'new 2');
    await ada.waitFor('2 unread', async () => (await ada.unread())['#unread'] === '2');
    assert.match(await ada.page.title(), /^\(2\) #elsewhere/);
    await ada.page.reload();
    await shared.publish('unread', 'new 3');
    await ada.waitFor('3 unread', async () => (await ada.unread())['#unread'] === '3');

    const other = await Page.tab(ada.page.context(), `${shared.system.url(1)}#elsewhere`);
    await other.waitFor('3 unread', async () => (await other.unread())['#unread'] === '3');
    await ada.page.bringToFront(); // Chromium renders only the tab in front
    await ada.page.click('nav .entry .name:has-text("#unread")');
    await ada.waitForText('new 3');
    const rows = await ada.page.$$eval('.new, .text', (all) => all.map((each) => each.textContent));
    assert.deepEqual(rows, ['seen', 'New messages', 'new 1', 'new 2', 'new 3']);
    for (const page of [ada, other]) {
      await page.waitFor(
        'nothing unread',
        async () => Object.keys(await page.unread()).length === 0,
      );
    }
    await ada.page.click('nav .entry .name:has-text("#elsewhere")');
    await ada.page.click('nav .entry:has-text("#unread") .away');
    assert.equal(await ada.page.$('nav .entry:has-text("#unread")'), null);
    [ada, other].forEach((page) => page.assertClean());
  },
);

test('who is here: joining, a new name, leaving; and who is typing', LIMIT, async (t) => {
  const ada = await shared.reader(t, 'people', { name: 'ada' });
  await ada.callMe('Ada');
  const eve = await shared.reader(t, 'people', { name: 'eve', edge: 2 });
  await eve.callMe('Eve');
  await ada.waitFor('both', async () => String(await ada.people()) === 'Ada,Eve');
  await eve.waitFor('both', async () => String(await eve.people()) === 'Ada,Eve');
  assert.equal(await ada.page.textContent('.bar .people'), '2 people here');

  await eve.page.type('[name=message]', 'well');
  await ada.waitFor('Eve typing', async () => {
    // The page shows it for some seconds after each letter, so she types until it has been seen.
    await eve.page.type('[name=message]', '!');
    await eve.page.press('[name=message]', 'Backspace');
    return /Eve is typing/.test(await ada.page.textContent('.typing'));
  });
  assert.equal((await eve.page.textContent('.typing')).trim(), '', 'her own page does not show it');
  await eve.page.press('[name=message]', 'Enter');
  await ada.waitForText('well');
  await ada.waitFor(
    'nobody typing',
    async () => (await ada.page.textContent('.typing')).trim() === '',
  );

  await eve.page.close();
  await ada.waitFor('Eve to leave', async () => String(await ada.people()) === 'Ada');
  const { records } = await (
    await fetch(`${shared.system.url(2)}history?topic=chat/people`)
  ).json();
  assert.equal(records.length, 1, 'typing is not stored');
  [ada, eve].forEach((page) => page.assertClean());
});

// Returns the vertical position of a message in the window, in px.
const topOf = (page, text) =>
  page.page.evaluate((wanted) => {
    const found = [...document.querySelectorAll('.message .text')].find(
      (each) => each.textContent === wanted,
    );
    return found ? found.getBoundingClientRect().top : null;
  }, text);

// Returns true if the oldest message of the room has been loaded.
const begins = (page) =>
  page.page.evaluate(() => document.querySelector('[aria-setsize]')?.ariaSetSize !== '-1');

test('scrolling back loads older messages without moving the visible ones', LIMIT, async (t) => {
  await fill('back', 700);
  const page = await shared.reader(t, 'back', { viewport: { width: 900, height: 600 } });
  await page.waitForText('line 700');
  assert.ok(!(await page.texts()).includes('line 600'), 'only the newest at first');
  await page.page.focus('.box');
  let pages = 0;
  while (!(await begins(page))) {
    pages += 1;
    assert.ok(pages < 20);
    // First near the top, but not near enough to load older messages; then a little nearer.
    const before = await page.page.evaluate(async () => {
      const box = document.querySelector('.box');
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
      box.scrollTop = 2.6 * box.clientHeight;
      await frame();
      await frame();
      box.scrollTop = 1.8 * box.clientHeight;
      const seen = [...box.querySelectorAll('.message .text')].find(
        (each) => each.getBoundingClientRect().top > 100,
      );
      const { top } = seen.getBoundingClientRect();
      return { text: seen.textContent, top, height: box.scrollHeight };
    });
    assert.ok(before.top < 600, 'the message is visible');
    await page.waitFor('older messages', () =>
      page.page.evaluate((height) => {
        return document.querySelector('.box').scrollHeight > height;
      }, before.height),
    );
    const now = await topOf(page, before.text);
    assert.ok(Math.abs(now - before.top) <= 2, `${before.text}: from ${before.top} to ${now}`);
  }

  // Another room and back keeps the scroll position. Until that position has been rendered, other
  // messages are visible.
  await page.page.evaluate(() => (document.querySelector('.box').scrollTop = 5000));
  const inSight = () =>
    page.page.evaluate(
      () =>
        [...document.querySelectorAll('.message .text')].find((each) => {
          const { top } = each.getBoundingClientRect();
          return top > 100 && top < 500;
        })?.textContent,
    );
  await page.waitFor('messages in sight', async () => (await inSight()) !== undefined);
  const middle = await inSight();
  const was = await topOf(page, middle);
  await page.goTo('elsewhere');
  await page.waitFor('the other room', async () => (await page.messages()).length === 0);
  await page.page.goBack();
  await page.waitForText(middle);
  await page.waitFor(
    'the same place',
    async () => Math.abs(((await topOf(page, middle)) ?? Infinity) - was) <= 2,
  );
  page.assertClean();
});

test('5,000 messages: all can be read in order, and few are rendered at once', LIMIT, async (t) => {
  await fill('many', 5000);
  const page = await shared.reader(t, 'many', { viewport: { width: 1000, height: 3000 } });
  await page.waitForText('line 5000');
  // Loads all messages by scrolling to the top again and again.
  await page.waitFor(
    'the beginning',
    () =>
      page.page.evaluate(() => {
        const box = document.querySelector('.box');
        box.scrollTop = 0;
        return box.querySelector('.top')?.textContent.includes('beginning') ?? false;
      }),
  );
  const seen = await page.page.evaluate(async () => {
    const box = document.querySelector('.box');
    const ids = new Set();
    let most = 0;
    for (let step = 0; step < 1000; step += 1) {
      box.scrollTop = step === 0 ? 0 : box.scrollTop + 2700;
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      const made = [...box.querySelectorAll('.message[data-id]')];
      most = Math.max(most, made.length);
      made.forEach((each) => ids.add(each.dataset.id));
      if (box.scrollTop + box.clientHeight >= box.scrollHeight - 1) {
        break;
      }
    }
    return { ids: [...ids], most };
  });
  assert.equal(seen.ids.length, 5000);
  assertLogOrder(seen.ids);
  assert.ok(seen.most < 300, `${seen.most} messages rendered at once`);
  await shared.publish('many', 'one more');
  await page.waitForText('one more');
  assert.deepEqual((await page.texts()).slice(-2), ['line 5000', 'one more']);
  await page.waitFor('the newest message to be visible', async () => {
    const tops = await Promise.all((await page.texts()).slice(-10).map((text) => topOf(page, text)));
    return tops.every((top) => top > 0 && top < 3000);
  });
  page.assertClean();
});
