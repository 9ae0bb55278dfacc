// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// Chat pages in Debian's Chromium, as a reader sees them. A page that violates its
// Content-Security-Policy or writes an error to the console fails its test.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DEADLINE_MS, waitUntil } from './waiting.mjs';

// The directory in which `npm ci` was run; ctest runs it in its build directory.
const here = process.env.BELFRY_NPM ?? join(dirname(fileURLToPath(import.meta.url)), '..');
const { chromium } = createRequire(join(here, 'package.json'))('playwright-core');

const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

// Messages of Chromium itself when a server is down or answers 503, which a page cannot prevent.
const SERVER_GONE =
  /^Failed to load resource: (net::ERR_|the server responded with a status of 503)/;

export async function launch(t) {
  const browser = await chromium.launch({
    executablePath: process.env.BELFRY_CHROMIUM ?? '/usr/bin/chromium',
    args: ARGUMENTS,
    timeout: DEADLINE_MS,
  });
  t.after(() => browser.close());
  return browser;
}

export class Page {
  constructor(page, name) {
    this.page = page;
    this.name = name;
    this.complaints = [];
  }

  // Opens a page in a new context, which is a new reader. `lacks` lists features to remove from the
  // browser: 'SharedWorker', 'locks'.
  static async open(browser, url, { name = 'page', lacks = [], ...options } = {}) {
    const context = await browser.newContext({
      locale: 'en-GB',
      reducedMotion: 'reduce', // screenshots must not show the middle of an animation
      ...options,
    });
    await context.addInitScript((names) => {
      names.forEach((each) => {
        delete globalThis[each];
        delete Navigator.prototype[each];
      });
    }, lacks);
    return Page.tab(context, url, { name });
  }

  // Opens another tab of the same reader.
  static async tab(context, url, { name = 'tab' } = {}) {
    context.setDefaultTimeout(DEADLINE_MS);
    const self = new Page(await context.newPage(), name);
    self.page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') {
        self.complaints.push(message.text());
      }
    });
    self.page.on('pageerror', (error) => self.complaints.push(String(error)));
    await self.page.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) => {
        console.error(`CSP: ${event.violatedDirective} ${event.blockedURI}`);
      });
    });
    const response = await self.page.goto(url);
    assert.match(response.headers()['content-security-policy'] ?? '', /default-src 'none'/);
    return self;
  }

  // Returns [{id, user, text, mine}] of the stored messages shown, from top to bottom.
  messages() {
    return this.page.$$eval('.message[data-id]', (articles) =>
      articles.map((article) => ({
        id: article.dataset.id,
        user: article.querySelector('.user')?.textContent ?? null,
        text: article.querySelector('.text').textContent,
        mine: article.classList.contains('mine'),
      })),
    );
  }

  async texts() {
    return (await this.messages()).map(({ text }) => text);
  }

  async ids() {
    return (await this.messages()).map(({ id }) => id);
  }

  async pending() {
    return this.page.$$eval('.pending', (articles) =>
      articles.map((article) => article.dataset.state),
    );
  }

  // Returns the text above the oldest message.
  top() {
    return this.page.textContent('.top');
  }

  state() {
    return this.page.textContent('.state .words');
  }

  // Opens another room with the form.
  async goTo(room) {
    await this.page.fill('#room', room);
    await this.page.press('#room', 'Enter');
    await this.page.waitForURL((url) => decodeURIComponent(url.hash) === `#${room}`);
  }

  // Returns {room: unread} of the rooms in the list that have unread messages.
  async unread() {
    const entries = await this.page.$$eval('nav .entry', (list) =>
      list.map((entry) => [
        entry.querySelector('.label').textContent,
        entry.querySelector('.badge [aria-hidden]')?.textContent,
      ]),
    );
    return Object.fromEntries(entries.filter(([, count]) => count !== undefined));
  }

  people() {
    return this.page.$$eval('.person .name', (list) => list.map((each) => each.textContent).sort());
  }

  async callMe(name) {
    await this.page.fill('[name=nickname]', name);
  }

  // Types and sends a message; does not wait for the outcome.
  async say(text) {
    await this.page.fill('[name=message]', text);
    await this.page.press('[name=message]', 'Enter');
  }

  waitFor(what, condition) {
    return waitUntil(`${this.name}: ${what}`, condition, {
      shows: async () =>
        JSON.stringify({
          state: await this.state(),
          pending: await this.pending(),
          messages: await this.messages(),
          complaints: this.complaints,
        }),
    });
  }

  waitForState(pattern) {
    return this.waitFor(`state ${pattern}`, async () => pattern.test(await this.state()));
  }

  waitForText(text) {
    return this.waitFor(`message ${text}`, async () => (await this.texts()).includes(text));
  }

  // Waits until exactly `count` messages are shown and none is being sent.
  waitForCount(count) {
    return this.waitFor(
      `${count} messages`,
      async () => (await this.pending()).length === 0 && (await this.messages()).length >= count,
    );
  }

  // `serverGone` allows the messages of Chromium after a server was killed; `allow` is a pattern
  // for other messages that the test provoked.
  assertClean({ serverGone = false, allow = /^$/ } = {}) {
    const left = this.complaints.filter(
      (text) => !allow.test(text) && !(serverGone && SERVER_GONE.test(text)),
    );
    assert.deepEqual(left, [], `${this.name}: console`);
  }
}

// Asserts that the ids are of one log, unique and ascending.
export function assertLogOrder(ids) {
  const offsets = ids.map((id) => {
    const match = /^([a-z0-9]+)-(\d+)$/.exec(id);
    assert.ok(match, `not an id: ${id}`);
    assert.equal(match[1], ids[0].split('-')[0], 'one epoch');
    return BigInt(match[2]);
  });
  for (let i = 1; i < offsets.length; i += 1) {
    assert.ok(offsets[i] > offsets[i - 1], `${ids[i - 1]} before ${ids[i]}`);
  }
}
