// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { format, machine } from '../src/text/time.js';
import { choose, localeFor, translate, TRANSLATIONS } from '../src/i18n/translations.js';

const shape = (words) =>
  Object.entries(words).map(([name, word]) =>
    typeof word === 'object' ? [name, shape(word)] : [name, typeof word],
  );

test('every language has every text', () => {
  assert.deepEqual(shape(TRANSLATIONS.zh), shape(TRANSLATIONS.en));
});

test('the reader’s language, else the browser’s first known one, else English', () => {
  assert.equal(choose('', ['de-DE', 'zh-TW', 'en']), 'zh');
  assert.equal(choose('en', ['zh-CN']), 'en');
  assert.equal(choose('xx', ['de', 'fr']), 'en');
  assert.equal(choose('constructor', []), 'en');
});

test('dates are written as is usual in the language', () => {
  assert.equal(localeFor('en', ['zh-CN', 'en-GB']), 'en-GB');
  assert.equal(localeFor('zh', ['en-GB']), 'zh');
  const at = new Date(2026, 10, 20, 16, 5).getTime();
  assert.equal(format('en-GB', 'clock', at), '16:05');
  assert.match(format('zh', 'day', at), /2026年11月20日/);
});

test('a time that is out of range for a date is omitted', () => {
  assert.equal(format('en', 'clock', 1e300), '');
  assert.equal(machine(1e300), undefined);
});

test('texts with values, texts of a group, and an unknown text', () => {
  assert.equal(translate('en', 'unread', { count: 1 }), '1 unread message');
  assert.equal(translate('en', 'unread', { count: 7 }), '7 unread messages');
  assert.equal(translate('en', 'typing', { people: ['Ada', 'Eve'] }), 'Ada and Eve are typing…');
  assert.equal(translate('en', 'typing', { people: ['A', 'B', 'C'] }), 'A, B and C are typing…');
  assert.equal(translate('zh', 'why.offline'), '此设备已离线。');
  assert.equal(translate('en', 'gapWhy.strange'), '');
});
