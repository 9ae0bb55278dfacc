// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toPieces } from '../src/text/links.js';

const hrefs = (text) => toPieces(text).flatMap((piece) => piece.href ?? []);

test('web addresses are links, everything else is text, and nothing is lost', () => {
  const text = 'see https://example.org/a?b=c#d and http://x.test:8080, ok?';
  assert.deepEqual(toPieces(text), [
    { text: 'see ' },
    { text: 'https://example.org/a?b=c#d', href: 'https://example.org/a?b=c#d' },
    { text: ' and ' },
    { text: 'http://x.test:8080', href: 'http://x.test:8080' },
    { text: ', ok?' },
  ]);
});

test('only http and https addresses are links', () => {
  for (const text of [
    'javascript:alert(1)',
    'data:text/html,<b>',
    'ftp://example.org',
    'file:///etc/passwd',
    'xhttps://example.org',
    'https://',
    'https:///path',
    'www.example.org',
    '<a href="javascript:alert(1)">',
  ]) {
    assert.deepEqual(hrefs(text), [], text);
  }
});

test('the punctuation of the sentence does not belong to an address', () => {
  for (const [text, href] of [
    ['(https://a.test/b)', 'https://a.test/b'],
    ['https://a.test/b_(c).', 'https://a.test/b_(c)'],
    ['"https://a.test/"', 'https://a.test/'],
    ['<https://a.test/x>', 'https://a.test/x'],
    ['https://a.test/x。后面', 'https://a.test/x'],
    ['**https://a.test/x**', 'https://a.test/x'],
    ['https://a.test/x?!', 'https://a.test/x'],
  ]) {
    assert.deepEqual(hrefs(text), [href], text);
  }
});

test('an address that is too long is text', () => {
  const long = `https://a.test/${'b'.repeat(2000)}`;
  assert.deepEqual(toPieces(`${long} https://a.test/`), [
    { text: `${long} ` },
    { text: 'https://a.test/', href: 'https://a.test/' },
  ]);
});

test('the pieces of any text join to the same text', () => {
  const parts = ['https://', 'http://a.b', '/', '<b>', ' ', '(', ')', '.', 'é', '🔔', '\n', '"'];
  let seed = 7;
  for (let round = 0; round < 2000; round += 1) {
    let text = '';
    for (let i = 0; i < 8; i += 1) {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      text += parts[seed % parts.length];
    }
    const pieces = toPieces(text);
    assert.equal(pieces.map((piece) => piece.text).join(''), text);
    pieces.forEach((piece) => assert.ok(!piece.href || /^https?:\/\/[^<>"\s]+$/.test(piece.href)));
  }
});
