// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRoster, listPeople, memberOf, personOf } from '../src/people/roster.js';

const ME = 'abcdef0123456789';

test('a member is a name and a suffix that distinguishes people of the same name', () => {
  assert.equal(memberOf('Ada', ME), 'Ada#abcdef');
  assert.deepEqual(personOf('Ada#abcdef', ME), { member: 'Ada#abcdef', name: 'Ada', mine: true });
  assert.equal(personOf('Ada#000000', ME).mine, false);
  assert.deepEqual(personOf('#abcdef', ME), { member: '#abcdef', name: '', mine: true });
  assert.equal(memberOf('urn:uuid:1', ME), 'urn uuid 1#abcdef');
  assert.equal(personOf('user-7', ME).name, 'user-7', 'the subject of a token');
});

test('people join and leave', () => {
  const roster = createRoster();
  roster.set({ count: 2, members: [{ member: 'a' }, { member: 'b' }] });
  roster.apply({ event: 'join', member: 'c', count: 3 });
  roster.apply({ event: 'leave', member: 'a', count: 2 });
  assert.deepEqual(roster.members(), ['b', 'c']);
  assert.equal(roster.count(), 2);
});

test('a person with a new name is listed once, with the new name', () => {
  const roster = createRoster();
  roster.set({ count: 2, members: [{ member: 'Ada#abcdef' }, { member: '#abcdef' }] });
  roster.apply({ event: 'join', member: 'Ada#abcdef' });
  assert.deepEqual(roster.members(), ['Ada#abcdef']);
  assert.equal(roster.count(), 1);
  roster.apply({ event: 'leave', member: '#abcdef', count: 1 });
  assert.equal(roster.count(), 1);
});

test('a missed person is noticed', () => {
  const roster = createRoster();
  roster.set({ count: 1, members: [{ member: 'a' }] });
  assert.equal(roster.isWhole(), true);
  roster.apply({ event: 'join', member: 'c', count: 3 });
  assert.equal(roster.isWhole(), false);
});

test('only some of very many people are listed', () => {
  const roster = createRoster();
  const members = Array.from({ length: 1000 }, (_, i) => ({ member: `m${i}` }));
  roster.set({ count: 5000, members });
  roster.apply({ event: 'join', member: 'late', count: 5001 });
  assert.equal(roster.members().length, 1000);
  assert.equal(roster.count(), 5001);
  assert.equal(roster.isWhole(), true);
});

test('the reader is first, the others are sorted by name', () => {
  const list = listPeople(['Émile', 'Zoe', 'me#abcdef', 'eve'], ME, 'en');
  assert.deepEqual(
    list.map(({ name }) => name),
    ['me', 'Émile', 'eve', 'Zoe'],
  );
});
