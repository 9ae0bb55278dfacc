// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// The chat with a hub that requires tokens.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, Page } from './lib/pages.mjs';
import { System } from './lib/system.mjs';
import { SECRET, token } from './lib/tokens.mjs';
import { LIMIT } from './lib/waiting.mjs';

const REFUSED = { allow: /status of 40[13]/ };

let browser;
const cleanup = [];
const shared = { after: (callback) => cleanup.unshift(callback) };

before(async () => {
  browser = await launch(shared);
});
after(async () => {
  for (const callback of cleanup) {
    await callback();
  }
});

const all = token({ publish: ['*'], subscribe: ['*'] }, { sub: 'ann' });

async function paste(page, text) {
  await page.page.fill('[name=token]', text);
  await page.page.press('[name=token]', 'Enter');
}

const stored = (page) =>
  page.page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));

test('if the hub requires a token, the page asks for one and uses it', LIMIT, async (t) => {
  const system = await System.start(t, { environment: { BELFRY_JWT_KEY: SECRET } });
  const ann = await Page.open(browser, `${system.url(1)}#tokens`, { name: 'ann' });
  await ann.page.waitForSelector('dialog[open]');
  const needed = await ann.page.textContent('dialog .detail');
  assert.match(needed, /The server replied: token: /);
  await ann.waitForState(/^Not connected$/);
  assert.match(await ann.page.textContent('.notice'), /requires a token/);

  await paste(ann, 'no token at all');
  await ann.waitFor('another reason', async () => {
    const reason = (await ann.page.textContent('dialog')) ?? '';
    return reason.includes('The server replied: token: ') && !reason.includes(needed);
  });
  await paste(ann, ` ${all.slice(0, 40)}\n${all.slice(40)}\n`); // with the line breaks of a terminal
  await ann.waitForState(/^Connected$/);
  await ann.page.waitForSelector('dialog[open]', { state: 'detached' });
  await ann.callMe('Ann');
  await ann.say('with a token');
  await ann.waitForCount(1);
  await ann.waitFor('the name in the token', async () => (await ann.people()).includes('ann'));

  // In two rooms, where the page does not trust the topic inside a message.
  await ann.goTo('other');
  const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${all}` };
  const data = JSON.stringify({ text: 'a lie', topic: 'chat/other' });
  await system.publish(2, '', JSON.stringify({ topic: 'chat/tokens', data }), headers);
  await ann.waitFor('1 unread', async () => (await ann.unread())['#tokens'] === '1');
  assert.deepEqual(await ann.texts(), []);

  assert.ok(!ann.page.url().includes('authorization'));
  await ann.page.reload();
  await ann.waitForState(/^Connected$/);
  const [local, session] = JSON.parse(await stored(ann));
  assert.ok(!Object.values(local).some((value) => value.includes(all)), 'not in localStorage');
  assert.equal(session['belfry.token'], all);

  const tab = await Page.tab(ann.page.context(), `${system.url(1)}#tokens`, { name: 'tab' });
  await tab.waitForText('a lie');
  await tab.page.click('.token');
  await tab.page.click('dialog >> text=Forget token');
  await tab.waitForState(/^Not connected$/);
  for (const page of [ann, tab]) {
    await page.page.waitForSelector('dialog[open]');
    assert.ok(!(await stored(page)).includes(all), 'forgotten by every tab');
    page.assertClean(REFUSED);
  }
});

test('a reader without the grant to publish is asked for a token when writing', LIMIT, async (t) => {
  const environment = { BELFRY_JWT_KEY: SECRET, BELFRY_ALLOW_ANONYMOUS: 'true' };
  const system = await System.start(t, { environment });
  const eve = await Page.open(browser, `${system.url(1)}#tokens`, { name: 'eve' });
  await eve.waitForState(/^Connected$/);
  assert.equal(await eve.page.$('dialog[open]'), null, 'reading does not need a token');
  assert.equal(await eve.page.$('.side .people'), null, 'who is here is not shown');
  await eve.say('without a token');
  await eve.page.waitForSelector('dialog[open]');
  await paste(eve, token({ publish: ['chat/elsewhere'], subscribe: ['*'] }));
  await eve.waitFor('a failure', async () => String(await eve.pending()) === 'failed');
  assert.match(await eve.page.textContent('.failed'), /Not sent: .*does not allow/);
  await eve.page.click('.token');
  await paste(eve, all);
  await eve.waitForState(/^Connected$/);
  await eve.page.click('text=Try again');
  await eve.waitForCount(1);
  assert.deepEqual(await eve.texts(), ['without a token']);
  eve.assertClean(REFUSED);
});
