// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// The pages of /docs in three widths, light and dark: screenshots in BELFRY_SHOTS (the build
// directory) for people, and checks of what a program can judge.

import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Page } from './lib/pages.mjs';
import { Shared } from './lib/shared.mjs';
import { LIMIT } from './lib/waiting.mjs';

const here = process.env.BELFRY_NPM ?? dirname(fileURLToPath(import.meta.url));
const axe = await readFile(createRequire(join(here, 'package.json')).resolve('axe-core'), 'utf8');
const shared = new Shared();
const SHOTS = process.env.BELFRY_SHOTS ?? join(tmpdir(), 'belfry-shots');
const LOOKS = [
  { name: 'wide', viewport: { width: 1280, height: 900 }, colorScheme: 'light' },
  { name: 'narrow', viewport: { width: 390, height: 800 }, colorScheme: 'dark' },
  { name: 'tiny', viewport: { width: 320, height: 600 }, colorScheme: 'light' },
];

// Contrast takes most of the time of axe-core, and is the same on all pages.
async function violations(page, contrast) {
  await page.page.evaluate(axe);
  const rules = { 'color-contrast': { enabled: contrast } };
  const found = await page.page.evaluate((some) => globalThis.axe.run({ rules: some }), rules);
  return found.violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.target} ${node.failureSummary}`)}`,
  );
}

const paths = (page) =>
  page.page.$$eval('nav > ul > li > a', (links) => links.map(({ pathname }) => pathname));

test('each page fits the window, and axe-core finds no violations', LIMIT, async (t) => {
  await mkdir(SHOTS, { recursive: true });
  for (const { name, ...look } of LOOKS) {
    const page = await Page.open(shared.browser, `${shared.system.url()}docs`, { name, ...look });
    t.after(() => page.page.context().close());
    const all = await paths(page);
    assert.ok(all.length > 5);
    for (const path of all) {
      await page.page.goto(new URL(path, shared.system.url()).href);
      const wider = await page.page.evaluate(
        () => document.documentElement.scrollWidth - innerWidth,
      );
      assert.ok(wider <= 0, `${path} ${name}: wider than the window`);
      const contrast = path.endsWith('/tokens');
      if (name === 'wide' || contrast) {
        assert.deepEqual(await violations(page, contrast), [], `${path} ${name}`);
      }
      const picture = `docs-${name}-${path.split('/').pop()}.png`;
      await page.page.screenshot({ path: join(SHOTS, picture) });
    }
    page.assertClean();
  }
});

test('the type URI of a problem leads to its explanation', LIMIT, async (t) => {
  const page = await Page.open(shared.browser, `${shared.system.url()}problems/rate`);
  t.after(() => page.page.context().close());
  assert.equal(new URL(page.page.url()).hash, '#problem-rate');
  const row = page.page.locator('tr:target');
  assert.match(await row.textContent(), /\/problems\/rate.*Retry-After/s);
  const box = await row.boundingBox();
  assert.ok(box.y >= 0 && box.y + box.height <= page.page.viewportSize().height, 'it is visible');
});
