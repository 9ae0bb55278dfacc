// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemory, nameOf } from '../src/shared/memory.js';
import { createQueue } from '../src/rooms/queue.js';
import { createRoomList, ROOMS_MAX } from '../src/rooms/roomlist.js';

// A Storage as far as memory.js sees it: entries are own properties.
function fakeStorage() {
  return Object.create({
    getItem(name) {
      return Object.hasOwn(this, name) ? this[name] : null;
    },
    setItem(name, value) {
      this[name] = value;
    },
    removeItem(name) {
      delete this[name];
    },
  });
}

const forbidden = () => {
  throw new Error('SecurityError');
};

test('what is remembered is recalled, under names of our own', () => {
  const storage = fakeStorage();
  const memory = createMemory(() => storage);
  memory.remember('nickname', 'Ada');
  assert.equal(storage['belfry.nickname'], 'Ada');
  assert.equal(createMemory(() => storage).recall('nickname'), 'Ada');
  memory.remember('nickname', '');
  assert.deepEqual(Object.keys(storage), []);
  assert.equal(memory.recall('nickname'), '');
});

test('where nothing may be stored it lasts as long as the page', () => {
  const memory = createMemory(forbidden);
  memory.remember('a.1', 'x');
  assert.equal(memory.recall('a.1'), 'x');
  assert.deepEqual(memory.list('a.'), [['1', 'x']]);
});

test('names of other programs are none of ours', () => {
  assert.equal(nameOf({ key: 'belfry.rooms' }), 'rooms');
  assert.equal(nameOf({ key: 'other' }), null);
  assert.equal(nameOf({ key: null }), null);
});

test('the queue outlives the page, in the order of writing', () => {
  const storage = fakeStorage();
  const queue = createQueue(createMemory(() => storage));
  queue.put({ id: 'b', topic: 'chat', data: '2' }, 20);
  queue.put({ id: 'a', topic: 'chat', data: '1' }, 10);
  storage['belfry.out.broken'] = '{';
  storage['belfry.out.strange'] = '{"data":7}';
  const again = createQueue(createMemory(() => storage));
  assert.deepEqual(again.list(), [
    { id: 'a', topic: 'chat', data: '1' },
    { id: 'b', topic: 'chat', data: '2' },
  ]);
  again.drop('a');
  assert.deepEqual(
    queue.list().map(({ id }) => id),
    ['b'],
  );
});

test('the list of rooms: the main one always, each once, so many', () => {
  const storage = fakeStorage();
  const rooms = createRoomList(createMemory(() => storage));
  assert.deepEqual(rooms.all(), ['']);
  ['kitchen', 'garden', 'kitchen', ''].forEach(rooms.add);
  assert.deepEqual(rooms.all(), ['', 'kitchen', 'garden']);
  rooms.remove('kitchen');
  assert.deepEqual(createRoomList(createMemory(() => storage)).all(), ['', 'garden']);
  for (let i = 0; i < 2 * ROOMS_MAX; i += 1) {
    rooms.add(`r${i}`);
  }
  assert.equal(rooms.all().length, ROOMS_MAX);
  assert.equal(rooms.all().at(-1), `r${2 * ROOMS_MAX - 1}`);
  for (const broken of ['{', '7', 'null', '[null,{}," # x ","x",""]']) {
    storage['belfry.rooms'] = broken;
    assert.equal(rooms.all()[0], '', broken);
  }
});
