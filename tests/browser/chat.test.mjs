// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// Two people chat on two edges, without faults.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertLogOrder } from './lib/pages.mjs';
import { Shared } from './lib/shared.mjs';
import { LIMIT } from './lib/waiting.mjs';

const shared = new Shared();

async function two(t, room, options = {}) {
  const ada = await shared.reader(t, room, { name: 'ada', ...options });
  const grace = await shared.reader(t, room, { name: 'grace', edge: 2 });
  await ada.callMe('Ada');
  await grace.callMe('Grace');
  return { ada, grace };
}

test('two pages on two edges chat, and a third page gets the history', LIMIT, async (t) => {
  const { ada, grace } = await two(t, 'talk');
  for (let i = 0; i < 5; i += 1) {
    await ada.say(`from Ada ${i}`);
    await grace.say(`from Grace ${i}`);
  }
  await ada.waitForCount(10);
  await grace.waitForCount(10);
  const list = await ada.messages();
  assert.deepEqual(await grace.ids(), await ada.ids());
  assertLogOrder(await ada.ids());
  for (const who of ['Ada', 'Grace']) {
    const said = list.map(({ text }) => text).filter((text) => text.startsWith(`from ${who}`));
    assert.deepEqual(
      said,
      [0, 1, 2, 3, 4].map((i) => `from ${who} ${i}`),
      'in the order of writing',
    );
  }
  assert.ok(list.every(({ text, mine }) => mine === text.startsWith('from Ada')));

  const late = await shared.reader(t, 'talk', { name: 'late', edge: 0 });
  await late.waitForCount(10);
  assert.deepEqual(await late.ids(), await ada.ids());
  [ada, grace, late].forEach((page) => page.assertClean());
});

test('HTML is shown as text and lines are kept, also in messages from curl', LIMIT, async (t) => {
  const { system } = shared;
  const { ada, grace } = await two(t, '');
  const nasty = '<img src=x onerror="document.title=1"><script>1</script> {{ 1 + 1 }} &amp;';
  await ada.callMe('<b>Ada</b>');
  await ada.say(nasty);
  await grace.waitForText(nasty);
  await system.publish(2, '?topic=chat', 'plain <i>text</i>', { 'Content-Type': 'text/plain' });
  await system.publish(1, '?topic=chat', 'two\r\nlines', { 'Content-Type': 'text/plain' });
  const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
  await system.publish(1, '', 'message=from+a+form', form);
  for (const page of [ada, grace]) {
    await page.waitForCount(4);
    assert.deepEqual(await page.texts(), [nasty, 'plain <i>text</i>', 'two\nlines', 'from a form']);
    assert.deepEqual((await page.messages())[0].user, '<b>Ada</b>');
    assert.deepEqual((await page.messages())[1].user, 'anonymous');
    assert.equal(await page.page.$('.message img, .message script, .message b, .message i'), null);
    page.assertClean();
  }
});

test('web addresses are links with safe attributes', LIMIT, async (t) => {
  const { ada, grace } = await two(t, 'links');
  await ada.say(
    'see https://example.org/a?b=1, and javascript:alert(1) <a href="https://x.test">x</a>',
  );
  await grace.waitForCount(1);
  const links = await grace.page.$$eval('.message a', (all) =>
    all.map((each) => [each.textContent, each.href, each.target, each.rel]),
  );
  const safely = ['_blank', 'noopener noreferrer nofollow'];
  assert.deepEqual(links, [
    ['https://example.org/a?b=1', 'https://example.org/a?b=1', ...safely],
    ['https://x.test', 'https://x.test/', ...safely],
  ]);
  grace.assertClean();
});

test('each room has its own messages and URL', LIMIT, async (t) => {
  const { ada, grace } = await two(t, 'hall');
  await ada.say('in the hall');
  await grace.waitForText('in the hall');

  await ada.goTo('kitchen');
  await ada.waitFor('an empty room', async () => /No messages yet/.test(await ada.top()));
  assert.equal((await ada.messages()).length, 0);
  await ada.waitForState(/^Connected$/);
  await ada.say('in the kitchen');
  await ada.waitForCount(1);
  assert.deepEqual(await grace.texts(), ['in the hall']);

  const guest = await shared.reader(t, 'kitchen', { name: 'guest', edge: 2 });
  await guest.waitForCount(1);
  assert.deepEqual(await guest.texts(), ['in the kitchen']);

  await ada.page.goBack();
  await ada.waitForText('in the hall');
  assert.deepEqual(await ada.texts(), ['in the hall']);
  [ada, grace, guest].forEach((page) => page.assertClean());
});

test('a reload keeps the nickname and knows the reader’s own messages', LIMIT, async (t) => {
  const { ada } = await two(t, 'names');
  await ada.say('hello');
  await ada.waitForCount(1);
  await ada.page.reload();
  await ada.waitForCount(1);
  assert.equal(await ada.page.inputValue('[name=nickname]'), 'Ada');
  assert.equal((await ada.messages())[0].mine, true);
  assert.equal((await ada.messages())[0].user, 'Ada');
  ada.assertClean();
});

test('a refused message shows the reason; the writer can retry or discard it', LIMIT, async (t) => {
  // Without a worker, so that the test can answer the page's own requests.
  const { ada, grace } = await two(t, 'refusals', { lacks: ['SharedWorker'] });
  await ada.page.route('**/publish', (route) =>
    route.fulfill({
      status: 413,
      contentType: 'application/problem+json',
      body: '{"title":"Payload Too Large","detail":"data is over the limit"}',
    }),
  );
  await ada.say('first');
  await ada.say('second');
  await ada.waitFor('two failures', async () => (await ada.pending()).join() === 'failed,failed');
  assert.match(await ada.page.textContent('.failed'), /Not sent: data is over the limit/);
  await ada.page.unroute('**/publish');
  await ada.page.click('.pending >> nth=1 >> text=Discard');
  await ada.page.click('text=Try again');
  await ada.waitForCount(1);
  await grace.waitForCount(1);
  assert.deepEqual(await grace.texts(), ['first']);
  ada.assertClean({ allow: /status of 413/ });
});
