// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// Processes are killed or stopped while two people chat.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { assertLogOrder, launch, Page } from './lib/pages.mjs';
import { System } from './lib/system.mjs';
import { LIMIT, waitUntil } from './lib/waiting.mjs';

const EACH = 30;

async function two(t, options = {}) {
  const system = await System.start(t);
  const browser = await launch(t);
  const ada = await Page.open(browser, system.url(1), { name: 'ada', ...options });
  const grace = await Page.open(browser, system.url(2), { name: 'grace' });
  await ada.waitForState(/^Connected$/);
  await grace.waitForState(/^Connected$/);
  return { system, browser, ada, grace };
}

const said = (who) => Array.from({ length: EACH }, (_, i) => `${who} ${i}`);

test(
  'one edge and then the broker are killed: no message lost, duplicated or out of order',
  LIMIT,
  async (t) => {
    const { system, browser, ada, grace } = await two(t);
    const states = await ada.page.evaluateHandle(() => {
      const seen = [];
      const look = () => seen.push(document.querySelector('.state .words').textContent);
      new MutationObserver(look).observe(document.querySelector('.state'), {
        subtree: true,
        childList: true,
        characterData: true,
      });
      return seen;
    });
    for (let i = 0; i < EACH; i += 1) {
      await ada.say(`ada ${i}`);
      await grace.say(`grace ${i}`);
      if (i === 8) {
        await ada.waitForText('ada 5');
        process.kill(await system.edge(1), 'SIGKILL');
      }
      if (i === 18) {
        await grace.waitForText('ada 15'); // edge 1 runs again and stores the queued messages
        process.kill(await system.broker(), 'SIGKILL');
      }
    }
    await ada.waitForCount(2 * EACH);
    await grace.waitForCount(2 * EACH);
    await ada.waitForState(/^Connected$/);

    assert.ok((await states.jsonValue()).some((text) => /^Reconnecting since \d/.test(text)));
    assert.deepEqual(
      await grace.messages().then((list) => list.map(({ id }) => id)),
      await ada.ids(),
    );
    const texts = await ada.texts();
    assert.deepEqual(await grace.texts(), texts);
    assert.deepEqual(
      texts.filter((text) => text.startsWith('ada')),
      said('ada'),
    );
    assert.deepEqual(
      texts.filter((text) => text.startsWith('grace')),
      said('grace'),
    );
    assertLogOrder(await ada.ids());
    assert.equal(await ada.page.$('.gap'), null);

    const late = await Page.open(browser, system.url(), { name: 'late' });
    await late.waitForCount(2 * EACH);
    assert.deepEqual(await late.ids(), await ada.ids());
    ada.assertClean({ serverGone: true });
    grace.assertClean({ serverGone: true });
    late.assertClean();
  },
);

test(
  'the broker is stopped: the page retries, and the message is stored once',
  LIMIT,
  async (t) => {
    // Without a worker, so that the test can see the page's own requests.
    const { system, ada, grace } = await two(t, { lacks: ['SharedWorker'] });
    await ada.say('before');
    await grace.waitForText('before');
    const broker = await system.broker();
    process.kill(broker, 'SIGSTOP');
    t.after(() => {
      try {
        process.kill(broker, 'SIGCONT');
      } catch {
        // it has ended
      }
    });
    const attempts = [];
    ada.page.on('request', (request) => {
      if (request.url().endsWith('/publish') && request.postDataJSON().id) {
        attempts.push(request.postDataJSON());
      }
    });
    await ada.say('while it is stopped');
    await ada.say('and another');
    await ada.waitFor('a second attempt', () => attempts.length >= 2);
    assert.equal((await ada.pending())[0], 'retrying');
    assert.equal((await ada.pending())[1], 'waiting');
    assert.match(await ada.state(), /^Connected$/, 'the stream stays open');
    assert.deepEqual(attempts[1], attempts[0]); // both may still be in flight to the broker
    process.kill(broker, 'SIGCONT');
    await ada.waitForCount(3);
    await grace.waitForCount(3);
    await grace.say('after');
    await ada.waitForText('after');
    const all = ['before', 'while it is stopped', 'and another', 'after'];
    assert.deepEqual(await ada.texts(), all);
    await grace.waitForCount(4);
    assert.deepEqual(await grace.texts(), all);
    ada.assertClean({ serverGone: true });
    grace.assertClean({ serverGone: true });
  },
);

test('after a refusal EventSource gives up, but the page does not', LIMIT, async (t) => {
  const { system, ada } = await two(t);
  await ada.say('one');
  await ada.waitForCount(1);
  await system.stop();

  const asked = [];
  const refusing = createServer((request, response) => {
    asked.push(request.url);
    response.writeHead(503).end();
  });
  await new Promise((resolve) => {
    refusing.listen(system.port + 1, '127.0.0.1', resolve);
  });
  // The browser gives up after its own request. The page then asks for the reason, and reconnects
  // itself.
  const resumes = (url) => /^\/subscribe\?.*last_event_id=[a-z0-9]+-\d+/.test(url);
  await waitUntil('the page to resume', () => asked.some(resumes));
  assert.match(await ada.state(), /^Reconnecting since/);
  await ada.waitFor('the reason', async () =>
    /temporarily unavailable/.test((await ada.page.textContent('.notice')) ?? ''),
  );
  refusing.closeAllConnections?.();
  await new Promise((resolve) => {
    refusing.close(resolve);
  });

  await system.start();
  await system.publish(2, '?topic=chat', 'missed', { 'Content-Type': 'text/plain' });
  await ada.waitForText('missed');
  await ada.waitForState(/^Connected$/);
  assert.deepEqual(await ada.texts(), ['one', 'missed']);
  assert.equal(await ada.page.$('.gap'), null);
  ada.assertClean({ serverGone: true });
});

test('another log behind the same address: the page shows a gap and continues', LIMIT, async (t) => {
  const { system, ada, grace } = await two(t);
  await ada.say('old');
  await grace.waitForText('old');
  await system.stop();
  await system.start({ data: 'empty' });
  for (const page of [ada, grace]) {
    await page.waitFor('the notice', async () => (await page.page.$('.gap')) !== null);
    assert.match(await page.page.textContent('.gap'), /some messages are no longer available/i);
  }
  await grace.say('new');
  for (const page of [ada, grace]) {
    await page.waitForText('new');
    const order = await page.page.$$eval('.message, .gap', (list) =>
      list.map((each) => each.querySelector('.text')?.textContent ?? 'gap'),
    );
    assert.deepEqual(order, ['old', 'gap', 'new']);
    page.assertClean({ serverGone: true });
  }
});
