// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// Takes the screenshots for README.md from a running Belfry: node pictures.mjs DIRECTORY
// (`tests/browser/run pictures BUILD` does that with the programs of a build directory.)

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { launch, Page } from './lib/pages.mjs';
import { System } from './lib/system.mjs';
import { waitUntil } from './lib/waiting.mjs';

const [directory] = process.argv.slice(2);
const QUALITY = 82;
const TICKS = 65; // the plots initially show one minute
const JSON_TYPE = { 'Content-Type': 'application/json' };
const TALK = [
  ['Ada', 'Morning! Release 2.4 is on staging. Can somebody try the order page?'],
  ['Grace', 'On it. Orders show up at once. I closed the laptop for a minute, and none was missing.'],
  ['Mei', 'The Chinese page is fine, too.'],
  ['Linus', 'I killed edge-2 under load. Nobody missed a message: https://grafana.example.org/d/7f2'],
  ['Grace', 'Same here: back on edge-1 after two seconds.'],
  ['Ada', 'Then we ship at 11:00.'],
];
const TOPICS = ['orders/eu', 'orders/us', 'prices/eur-usd', 'sensors/roof', 'shop/stock'];
const NAMES = ['ines', 'noor', 'tom', 'yuki'];

// Closes what was opened, at the end and in reverse order.
const cleanups = [];
const scope = { after: (cleanup) => cleanups.push(cleanup) };

async function shot(page, name, clip) {
  const session = await page.page.context().newCDPSession(page.page);
  const { data } = await session.send('Page.captureScreenshot', {
    format: 'webp',
    quality: QUALITY,
    clip: { x: 0, y: 0, scale: 1, ...clip },
    captureBeyondViewport: true,
  });
  const path = join(directory, `${name}.webp`);
  const bytes = Buffer.from(data, 'base64');
  await writeFile(path, bytes);
  console.log(`${path}: ${Math.round(bytes.length / 1000)} kB`);
}

async function chat(system, browser) {
  const size = { width: 1080, height: 640 };
  const pages = new Map();
  for (const name of ['Ada', 'Grace', 'Linus', 'Mei']) {
    const edge = (pages.size % 2) + 1;
    const page = await Page.open(browser, `${system.url(edge)}#release`, { name, viewport: size });
    await page.callMe(name);
    pages.set(name, page);
  }
  const ada = pages.get('Ada');
  await ada.goTo('kitchen');
  await ada.goTo('release');
  for (const [i, [name, text]] of TALK.entries()) {
    await pages.get(name).say(text);
    await ada.waitForCount(i + 1);
  }
  for (const text of ['The coffee machine is back.', 'Cake at three!']) {
    const data = JSON.stringify({ user: 'Linus', text });
    await system.publish(1, '', JSON.stringify({ topic: 'chat/kitchen', data }), JSON_TYPE);
  }
  await ada.waitFor('unread messages', async () => (await ada.unread())['#kitchen'] === '2');
  await ada.waitFor('all four people', async () => (await ada.people()).length === 4);
  await ada.waitFor('Grace types', async () => {
    await pages.get('Grace').page.type('[name=message]', 'S');
    return /Grace/.test(await ada.page.textContent('.typing'));
  });
  await shot(ada, 'chat', size);
}

async function listen(system, topic, edge, name, abort) {
  const query = new URLSearchParams({ topic, name });
  const { body } = await fetch(`${system.url(edge)}subscribe?${query}`, { signal: abort.signal });
  (async () => {
    try {
      for await (const piece of body) {
        void piece;
      }
    } catch {
      // aborted
    }
  })();
}

// Generates the load of a small shop: new streams, and publishes in waves. A tick is a second on
// the page.
async function load(system, ticks, nextTick) {
  const abort = new AbortController();
  cleanups.push(() => abort.abort());
  for (let tick = 0; tick < ticks; tick += 1) {
    const topic = TOPICS[tick % TOPICS.length];
    await listen(system, topic, (tick % 2) + 1, `${NAMES[tick % NAMES.length]}-${tick}`, abort);
    const wave = 12 + Math.round(9 * Math.sin(tick / 5));
    for (let i = 0; i < wave; i += 1) {
      const data = { order: 48210 + tick, total: (17.5 + i).toFixed(2), currency: 'EUR' };
      const record = { topic: TOPICS[(tick + i * i) % TOPICS.length], data };
      await system.publish((i % 2) + 1, '', JSON.stringify(record), JSON_TYPE);
    }
    await nextTick();
  }
}

async function admin(system, browser) {
  const size = { width: 1280, height: 900 };
  const page = await Page.open(browser, `${system.url(1)}admin`, { viewport: size });
  const text = (css) => page.page.textContent(css);
  await waitUntil('live', async () => (await text('.connection')).trim() === 'Live');
  const uptime = () => text('[data-tile=broker] .value');
  await load(system, TICKS, async () => {
    const before = await uptime();
    await waitUntil('the next second', async () => (await uptime()) !== before);
  });
  await page.page.fill('[name=topic]', 'orders/eu');
  await page.page.click('button:has-text("Inspect")');
  await page.page.waitForSelector('[data-client]');
  await shot(page, 'admin', size);
}

const system = await System.start(scope);
try {
  const browser = await launch(scope);
  await chat(system, browser);
  await admin(system, browser);
} finally {
  for (const cleanup of cleanups.reverse()) {
    await cleanup();
  }
}
