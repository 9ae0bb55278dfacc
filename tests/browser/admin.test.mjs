// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// The operator's page against a real system: it shows the figures of the system, asks before
// dangerous commands, and works by keyboard, in a narrow window, in dark mode and with a token.

import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { launch, Page } from './lib/pages.mjs';
import { Shared } from './lib/shared.mjs';
import { System } from './lib/system.mjs';
import { SECRET, token } from './lib/tokens.mjs';
import { LIMIT, waitUntil } from './lib/waiting.mjs';

const SHOTS = process.env.BELFRY_SHOTS ?? join(tmpdir(), 'belfry-shots');
const JSON_TYPE = { 'Content-Type': 'application/json' };
const here = process.env.BELFRY_NPM ?? fileURLToPath(new URL('.', import.meta.url));
const axe = await readFile(createRequire(join(here, 'package.json')).resolve('axe-core'), 'utf8');

const shared = new Shared();
const listeners = [];

// Opens a stream of `topic` on an edge, until the end of this test file.
async function listen(topic, edge, name) {
  const abort = new AbortController();
  listeners.push(abort);
  const query = new URLSearchParams({ topic, name });
  const response = await fetch(`${shared.system.url(edge)}subscribe?${query}`, {
    signal: abort.signal,
  });
  assert.equal(response.status, 200);
  const stream = { open: true };
  (async () => {
    try {
      for await (const piece of response.body) {
        stream.last = piece;
      }
    } catch {
      // aborted
    }
    stream.open = false;
  })();
  return stream;
}

after(() => listeners.forEach((abort) => abort.abort()));

async function open(t, { system = shared.system, browser = shared.browser, ...options } = {}) {
  const page = await Page.open(browser, `${system.url(1)}admin`, options);
  t.after(() => page.page.context().close());
  return page;
}

const text = (page, css) => page.page.textContent(css);
const tile = (page, name) => text(page, `[data-tile=${name}] .value`);

function waitFor(page, what, condition) {
  return waitUntil(what, condition, {
    shows: async () => `${await text(page, 'body')}\n${page.complaints}`,
  });
}

const live = (page) =>
  waitFor(page, 'live', async () => (await text(page, '.connection')).trim() === 'Live');

async function violations(page) {
  await page.page.evaluate(axe);
  const found = await page.page.evaluate(() => globalThis.axe.run(document));
  assert.ok(found.passes.some(({ id }) => id === 'color-contrast'));
  return found.violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.target} ${node.failureSummary}`)}`,
  );
}

before(async () => {
  await mkdir(SHOTS, { recursive: true });
});

test('the page shows the figures of the system', LIMIT, async (t) => {
  const page = await open(t);
  await live(page);
  await listen('bells', 1, 'Ada');
  await listen('bells', 2, 'Grace');
  // The page itself has the third stream.
  await waitFor(page, '3 streams', async () => (await tile(page, 'streams')) === '3');
  const stored = Number((await tile(page, 'log')).replaceAll(',', ''));
  for (let i = 0; i < 5; i += 1) {
    await shared.system.publish(2, '?topic=bells', `ding ${i}`, { 'Content-Type': 'text/plain' });
  }
  await waitFor(page, 'the records', async () => (await tile(page, 'log')) === `${stored + 5}`);
  await waitFor(page, '10 deliveries', async () =>
    (await text(page, '[data-tile=deliveries] .note')).startsWith('10 '),
  );
  for (const edge of ['edge-1', 'edge-2']) {
    await waitFor(page, `${edge} serves`, async () =>
      /serving/.test(await text(page, `[data-edge=${edge}] .state`)),
    );
    assert.match(await text(page, `[data-edge=${edge}]`), /belfry\/\d/);
  }
  await waitFor(page, 'the topic', async () =>
    (await page.page.$$eval('button.topic', (all) => all.map((each) => each.textContent.trim()))).includes('bells'),
  );
  await waitFor(page, 'something drawn in each of the four plots', async () => {
    const drawn = await page.page.$$eval('figure canvas', (all) =>
      all.map((canvas) => {
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        return data.some((byte) => byte > 0);
      }),
    );
    return String(drawn) === 'true,true,true,true';
  });
  page.assertClean();
});

test('a topic: its records, subscribers, new records, and a test message', LIMIT, async (t) => {
  const page = await open(t);
  await live(page);
  const stream = await listen('tower', 2, 'Linus');
  await shared.system.publish(1, '', JSON.stringify({ topic: 'tower', data: 'one' }), JSON_TYPE);
  await page.page.fill('[name=topic]', 'tower');
  await page.page.press('[name=topic]', 'Enter');
  await waitFor(page, 'the record', async () => /one/.test(await text(page, '.records')));
  await waitFor(page, 'the client', async () => /Linus/.test(await text(page, '[data-client]')));
  await page.page.click('button:has-text("Tail")');
  await waitFor(page, 'the tail', async () => (await text(page, '.tail-state')) === 'live');
  await page.page.fill('[name=message]', 'from the page <b>');
  await page.page.press('[name=message]', 'Enter');
  await waitFor(page, 'stored', async () => /^Stored as /.test((await text(page, '.said')).trim()));
  await waitFor(page, 'the message in the tail', async () =>
    /from the page <b>/.test((await page.page.isVisible('.tail')) && (await text(page, '.tail'))),
  );

  await page.page.click('[data-client] button >> nth=0');
  await page.page.waitForSelector('dialog[open]');
  assert.ok(stream.open, 'the page asks first');
  await page.page.keyboard.press('Escape');
  await page.page.waitForSelector('dialog', { state: 'hidden' });
  assert.ok(stream.open, 'Cancel does nothing');
  await page.page.click('[data-client]:has-text("Linus") button');
  await page.page.click('dialog .danger');
  await waitFor(page, 'the end of the stream', () => !stream.open);
  page.assertClean();
});

test('drain by keyboard asks first, and can be undone', LIMIT, async (t) => {
  const page = await open(t);
  await live(page);
  const stream = await listen('drained', 2, 'Ada');
  await page.page.focus('[data-edge=edge-2] button');
  await page.page.keyboard.press('Enter');
  await page.page.waitForSelector('dialog[open]');
  assert.equal(await page.page.evaluate(() => document.activeElement.textContent.trim()), 'Cancel');
  await page.page.keyboard.press('Enter');
  await page.page.waitForSelector('dialog', { state: 'hidden' });
  assert.ok(stream.open);
  assert.match(await text(page, '[data-edge=edge-2] .state'), /serving/);

  await page.page.focus('[data-edge=edge-2] button');
  await page.page.keyboard.press('Enter');
  await page.page.waitForSelector('dialog[open]');
  await page.page.keyboard.press('Tab');
  await page.page.keyboard.press('Enter');
  await waitFor(page, 'draining', async () =>
    /draining/.test(await text(page, '[data-edge=edge-2] .state')),
  );
  await waitFor(page, 'the end of its streams', () => !stream.open);
  await page.page.click('[data-edge=edge-2] button:has-text("Undrain")');
  await page.page.click('dialog .danger');
  await waitFor(page, 'serving', async () =>
    /serving/.test(await text(page, '[data-edge=edge-2] .state')),
  );
  page.assertClean();
});

const LOOKS = [
  { name: 'admin-wide', viewport: { width: 1280, height: 900 }, colorScheme: 'light' },
  { name: 'admin-narrow', viewport: { width: 390, height: 780 }, colorScheme: 'light', isMobile: true },
  { name: 'admin-dark', viewport: { width: 1280, height: 900 }, colorScheme: 'dark' },
];

test('wide, narrow and dark: nothing overflows, axe-core finds no violations', LIMIT, async (t) => {
  for (const topic of ['bells', 'room/1', 'a/topic/with/a/name/that/is/rather/long/and/has/no/end']) {
    await shared.system.publish(2, '', JSON.stringify({ topic, data: 'x'.repeat(300) }), JSON_TYPE);
  }
  await listen('bells', 1, 'Ada');
  for (const look of LOOKS) {
    const page = await open(t, look);
    await live(page);
    await page.page.fill('[name=topic]', 'bells');
    await page.page.press('[name=topic]', 'Enter');
    await waitFor(page, 'the client', async () => /Ada/.test(await text(page, '[data-client]')));
    await page.page.waitForSelector('button.topic');
    await waitFor(page, 'two samples', async () => /\d/.test(await tile(page, 'publishes')));
    await page.page.screenshot({ path: join(SHOTS, `${look.name}.png`), fullPage: true });
    assert.deepEqual(await violations(page), [], look.name);
    const wider = await page.page.evaluate(
      () => document.documentElement.scrollWidth - innerWidth,
    );
    assert.ok(wider <= 0, `${look.name}: nothing is wider than the window`);
    await page.page.click('[data-edge=edge-1] button');
    await page.page.waitForSelector('dialog[open]');
    assert.deepEqual(await violations(page), [], `${look.name}: the dialog`);
    await page.page.screenshot({ path: join(SHOTS, `${look.name}-ask.png`) });
    await page.page.keyboard.press('Escape');
    page.assertClean();
  }
});

test('with keys, the page asks for a token and needs one with the admin grant', LIMIT, async (t) => {
  const system = await System.start(t, { environment: { BELFRY_JWT_KEY: SECRET } });
  const browser = await launch(t);
  const page = await open(t, { system, browser });
  await page.page.waitForSelector('[name=token]');
  assert.deepEqual(await violations(page), []);
  await page.page.screenshot({ path: join(SHOTS, 'admin-token.png') });
  await page.page.fill('[name=token]', token({ publish: ['*'], subscribe: ['*'] }));
  await page.page.click('button:has-text("Use token")');
  await waitFor(page, 'refused', async () => /does not grant admin/.test(await text(page, 'main')));
  await page.page.click('button:has-text("Use another token")');
  await page.page.waitForSelector('[name=token]');
  await page.page.fill('[name=token]', token({ publish: ['*'], subscribe: ['*'], admin: true }));
  await page.page.click('button:has-text("Use token")');
  await live(page);
  await page.page.waitForSelector('[data-edge=edge-1]');
  assert.doesNotMatch(page.page.url(), /token|authorization/);
  await page.page.reload();
  await live(page);
  page.assertClean({ allow: /status of 40[13]/ });
});

test('a broker that stops responding is reported until it responds again', LIMIT, async (t) => {
  const system = await System.start(t);
  const browser = await launch(t);
  const page = await open(t, { system, browser });
  await live(page);
  await page.page.waitForSelector('[data-edge=edge-1]');
  const broker = await system.broker();
  process.kill(broker, 'SIGSTOP');
  t.after(() => {
    try {
      process.kill(broker, 'SIGCONT'); // a stopped process does not end
    } catch {
      // it has ended
    }
  });
  await waitFor(page, 'the report', async () =>
    /not responding/.test(await text(page, '.connection')),
  );
  process.kill(broker, 'SIGCONT');
  await live(page);
  page.assertClean({ serverGone: true });
});
