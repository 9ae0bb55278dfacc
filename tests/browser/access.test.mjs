// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// Accessibility of the chat: keyboard only, screen readers, both languages, light and dark.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isApi, Proxy } from './lib/proxy.mjs';
import { Shared } from './lib/shared.mjs';
import { LIMIT } from './lib/waiting.mjs';

const here = process.env.BELFRY_NPM ?? fileURLToPath(new URL('.', import.meta.url));
const axe = await readFile(createRequire(join(here, 'package.json')).resolve('axe-core'), 'utf8');

const shared = new Shared();

// Presses the key until `selector` has the focus.
async function press(page, key, selector) {
  for (let i = 0; i < 30; i += 1) {
    if (await page.page.evaluate((css) => document.activeElement.matches(css), selector)) {
      return;
    }
    await page.page.keyboard.press(key);
  }
  assert.fail(`${key} does not reach ${selector}`);
}

const focused = (page, selector) =>
  page.waitFor(`focus on ${selector}`, () =>
    page.page.evaluate((css) => document.activeElement.matches(css), selector),
  );

test('keyboard only: writing, the nickname, rooms, scrolling back', LIMIT, async (t) => {
  const page = await shared.reader(t, '');
  const { keyboard } = page.page;
  await focused(page, '[name=message]'); // the initial focus
  await keyboard.type('one line');
  await keyboard.press('Shift+Enter');
  await keyboard.type('and another');
  await keyboard.press('Enter');
  await page.waitForText('one line\nand another');

  await press(page, 'Shift+Tab', '[name=nickname]');
  await keyboard.type('Ada');
  await press(page, 'Tab', '[name=message]');
  await keyboard.type('with a name');
  await press(page, 'Tab', '.send');
  await keyboard.press('Space');
  await page.waitForText('with a name');
  assert.equal((await page.messages()).at(-1).user, 'Ada');
  await focused(page, '[name=message]');

  await press(page, 'Shift+Tab', '#room');
  await keyboard.type('keyboard');
  await keyboard.press('Enter');
  await focused(page, '[name=message]');
  assert.equal(await page.page.textContent('h1'), '#keyboard');
  for (let i = 0; i < 30; i += 1) {
    await shared.publish('keyboard', `line ${i}`);
  }
  await page.waitForText('line 29');

  await press(page, 'Shift+Tab', '.box');
  await keyboard.press('Home');
  await page.waitFor('the top of the list', () =>
    page.page.evaluate(() => document.querySelector('.box').scrollTop === 0),
  );
  await page.page.waitForSelector('.down');
  await press(page, 'Tab', '.down');
  await keyboard.press('Enter');
  await page.page.waitForSelector('.down', { state: 'detached' });

  await press(page, 'Shift+Tab', '.away');
  await keyboard.press('Enter');
  await focused(page, '[name=message]');
  await page.waitForText('with a name');
  assert.equal(await page.page.textContent('h1'), 'Main room');

  await press(page, 'Shift+Tab', '.token');
  await keyboard.press('Enter');
  await focused(page, '[name=token]');
  await keyboard.press('Escape');
  await focused(page, '.token');
  page.assertClean();
});

test('the drawer of a narrow window is opened and closed by keyboard', LIMIT, async (t) => {
  const page = await shared.reader(t, 'drawer', { viewport: { width: 390, height: 780 } });
  assert.equal(await page.page.isVisible('#room'), false);
  await press(page, 'Shift+Tab', '.menu');
  await page.page.keyboard.press('Enter');
  await focused(page, '.side *');
  await page.page.keyboard.press('Escape');
  await focused(page, '.menu');
  await page.page.waitForSelector('#room', { state: 'hidden' });
  page.assertClean();
});

// A screen reader announces the text of the live region.
test('new messages are announced in a live region apart from the list', LIMIT, async (t) => {
  const page = await shared.reader(t, 'announced');
  await shared.publish('announced', 'hear, hear');
  await page.waitFor('the announcement', async () =>
    /anonymous: hear, hear/.test(await page.page.textContent('[aria-live=polite]')),
  );
  assert.equal(await page.page.getAttribute('.box', 'aria-live'), 'off');
  page.assertClean();
});

async function violations(page) {
  await page.page.evaluate(axe);
  const found = await page.page.evaluate(() => globalThis.axe.run(document));
  assert.ok(found.passes.some(({ id }) => id === 'color-contrast'));
  return found.violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.target} ${node.failureSummary}`)}`,
  );
}

// With `more`, states that are not always visible are checked too.
const LOOKS = [
  { colorScheme: 'light', locale: 'en-GB', more: true },
  { colorScheme: 'dark', locale: 'en-GB' },
  { colorScheme: 'light', locale: 'zh-CN' },
  { colorScheme: 'dark', locale: 'zh-CN', more: true },
];

test('axe-core finds no violations: light and dark, English and Chinese', LIMIT, async (t) => {
  const proxy = await Proxy.start(t, shared.system.url(1));
  for (const text of ['hello', 'see https://example.org/', 'x'.repeat(300)]) {
    await shared.publish('axe', text);
  }
  for (const { more, ...look } of LOOKS) {
    const name = `${look.colorScheme} ${look.locale}`;
    const page = await shared.reader(t, 'axe', { ...look, name, url: proxy.url });
    assert.equal(
      await page.page.getAttribute('html', 'lang'),
      look.locale.startsWith('zh') ? 'zh-CN' : 'en',
    );
    await page.waitForText('hello');
    await page.callMe('Ada');
    await page.say('mine');
    await page.waitForText('mine');
    await page.goTo('axe-b');
    await shared.publish('axe', 'unread');
    await page.waitFor('1 unread', async () => (await page.unread())['#axe'] === '1');
    assert.deepEqual(await violations(page), [], `${name}: a room`);
    if (!more) {
      page.assertClean();
      continue;
    }
    await page.page.click('nav .entry .name:has-text("#axe") >> nth=0');
    await page.page.waitForSelector('.new');
    proxy.breakAll(isApi);
    await page.say('waits');
    await page.page.waitForSelector('.notice');
    await page.waitFor('a waiting message', async () => (await page.pending())[0] === 'offline');
    assert.deepEqual(await violations(page), [], `${name}: no connection`);
    proxy.heal();
    await page.page.click('.token');
    await page.page.waitForSelector('dialog[open]');
    assert.deepEqual(await violations(page), [], `${name}: the dialog`);
    await page.page.keyboard.press('Escape');
    await page.page.setViewportSize({ width: 390, height: 780 });
    await page.page.click('.menu');
    await page.page.waitForSelector('#room', { state: 'visible' });
    assert.deepEqual(await violations(page), [], `${name}: the drawer`);
    page.assertClean({ serverGone: true });
  }
});

test('the language is the browser’s until the user chooses another, which is kept', LIMIT, async (t) => {
  const page = await shared.reader(t, 'language', { locale: 'zh-CN' });
  assert.equal(await page.page.getAttribute('[name=message]', 'placeholder'), '发送到 #language');
  await page.page.selectOption('.language select', 'en');
  assert.equal(await page.page.getAttribute('[name=message]', 'placeholder'), 'Message #language');
  await page.page.reload();
  await page.waitForState(/^Connected$/);
  assert.equal(await page.page.getAttribute('html', 'lang'), 'en');
  page.assertClean();
});
