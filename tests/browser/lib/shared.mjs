// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// One Belfry and one browser for all tests of a file. Each test has its own rooms and readers.

import { after, before } from 'node:test';
import { launch, Page } from './pages.mjs';
import { System } from './system.mjs';

const PLAIN = { 'Content-Type': 'text/plain' };

export class Shared {
  constructor() {
    this.system = null;
    this.browser = null;
    const cleanup = [];
    const file = { after: (callback) => cleanup.unshift(callback) };
    before(async () => {
      this.system = await System.start(file);
      this.browser = await launch(file);
    });
    after(async () => {
      for (const callback of cleanup) {
        await callback();
      }
    });
  }

  // Opens a connected reader in a room ('': the main room) until the end of the test. `edge` is the
  // number of the edge; `url` replaces its address.
  async reader(t, room, { edge = 1, url = this.system.url(edge), ...options } = {}) {
    const page = await Page.open(this.browser, room === '' ? url : `${url}#${room}`, options);
    t.after(() => page.page.context().close());
    await page.waitForState(/^(Connected|已连接)$/);
    return page;
  }

  // Publishes plain text without a page.
  publish(room, text) {
    const topic = room === '' ? 'chat' : `chat/${room}`;
    return this.system.publish(2, `?topic=${encodeURIComponent(topic)}`, text, PLAIN);
  }
}
