// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cleanName, NAME_MAX, readBody, writeBody } from '../src/text.js';

test('what is written is read', () => {
  const body = { user: 'Ada', text: 'a\n"b" <i>', at: 1700000000000, key: 'k' };
  assert.deepEqual(readBody(writeBody(body)), body);
});

test('whatever is no message of ours is plain text from anonymous', () => {
  const strange = [
    '',
    'hello',
    '{"not": json',
    '42',
    '"quoted"',
    'null',
    '[1]',
    '{}',
    '{"text":7}',
  ];
  for (const data of strange) {
    assert.deepEqual(readBody(data), { user: 'anonymous', text: data, at: null, key: null });
  }
});

test('fields of the wrong type are as good as absent', () => {
  assert.deepEqual(readBody('{"text":"x","user":{"a":1},"at":"now","key":5}'), {
    user: 'anonymous',
    text: 'x',
    at: null,
    key: null,
  });
});

test('the tutorials say message', () => {
  assert.equal(readBody('{"message":"hi"}').text, 'hi');
});

test('a name is one line of bounded length', () => {
  assert.equal(cleanName('  Ada \n Lovelace '), 'Ada Lovelace');
  assert.equal(cleanName('   '), 'anonymous');
  assert.equal(cleanName('🔔'.repeat(100)), '🔔'.repeat(NAME_MAX));
});
