// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cleanName, NAME_MAX, readBody, shorten, writeBody } from '../src/text/messagebody.js';

test('a written body is read back', () => {
  const body = { user: 'Ada', text: 'a\n"b" <i>', at: 1700000000000, key: 'k' };
  const written = writeBody({ ...body, topic: 'chat' });
  assert.deepEqual(readBody(written), body);
  assert.equal(JSON.parse(written).topic, 'chat');
});

test('without a name, a message is anonymous in the log, and has no name here', () => {
  const written = writeBody({ user: '', text: 'x', at: 1, key: 'k', topic: 'chat' });
  assert.equal(JSON.parse(written).user, 'anonymous');
  assert.equal(readBody(written).user, '');
});

test('a body of another program is plain text without a name', () => {
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
    assert.deepEqual(readBody(data), { user: '', text: data, at: null, key: null });
  }
});

test('fields of the wrong type are ignored', () => {
  assert.deepEqual(readBody('{"text":"x","user":{"a":1},"at":"now","key":5}'), {
    user: '',
    text: 'x',
    at: null,
    key: null,
  });
});

test('only the beginning of a very long text is shown', () => {
  assert.equal(shorten('short'), 'short');
  assert.equal(shorten('x'.repeat(100000)).length, 20002);
});

test('the text may be in "message", as in many tutorials', () => {
  assert.equal(readBody('{"message":"hi"}').text, 'hi');
});

test('a name is one line of limited length', () => {
  assert.equal(cleanName('  Ada \n Lovelace '), 'Ada Lovelace');
  assert.equal(cleanName('   '), '');
  assert.equal(cleanName('a\u0000b\u007f'), 'a b');
  assert.equal(cleanName('🔔'.repeat(100)), '🔔'.repeat(NAME_MAX));
});
