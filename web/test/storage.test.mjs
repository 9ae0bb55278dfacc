// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createStorage, nameOf } from '../src/shared/storage.js';
import { createUnsentStore } from '../src/rooms/unsentstore.js';
import { createRoomList, ROOMS_MAX } from '../src/rooms/roomlist.js';

// The part of a Storage that storage.js uses: entries are own properties.
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

test('values are stored and read back, under our prefix', () => {
  const storage = fakeStorage();
  const kept = createStorage(() => storage);
  kept.set('nickname', 'Ada');
  assert.equal(storage['belfry.nickname'], 'Ada');
  assert.equal(createStorage(() => storage).get('nickname'), 'Ada');
  kept.set('nickname', '');
  assert.deepEqual(Object.keys(storage), []);
  assert.equal(kept.get('nickname'), '');
});

test('without permission to store, values last as long as the page', () => {
  const kept = createStorage(forbidden);
  kept.set('a.1', 'x');
  assert.equal(kept.get('a.1'), 'x');
  assert.deepEqual(kept.list('a.'), [['1', 'x']]);
});

test('entries of other programs are ignored', () => {
  assert.equal(nameOf({ key: 'belfry.rooms' }), 'rooms');
  assert.equal(nameOf({ key: 'other' }), null);
  assert.equal(nameOf({ key: null }), null);
});

test('the queue is kept after the page is closed, in the order of writing', () => {
  const storage = fakeStorage();
  const unsent = createUnsentStore(createStorage(() => storage));
  unsent.put({ id: 'b', topic: 'chat', data: '2' }, 20);
  unsent.put({ id: 'a', topic: 'chat', data: '1' }, 10);
  storage['belfry.out.broken'] = '{';
  storage['belfry.out.strange'] = '{"data":7}';
  const again = createUnsentStore(createStorage(() => storage));
  assert.deepEqual(again.list(), [
    { id: 'a', topic: 'chat', data: '1' },
    { id: 'b', topic: 'chat', data: '2' },
  ]);
  again.drop('a');
  assert.deepEqual(
    unsent.list().map(({ id }) => id),
    ['b'],
  );
});

test('the list of rooms has the main room, each room once, and a maximum length', () => {
  const storage = fakeStorage();
  const rooms = createRoomList(createStorage(() => storage));
  assert.deepEqual(rooms.all(), ['']);
  ['kitchen', 'garden', 'kitchen', ''].forEach(rooms.add);
  assert.deepEqual(rooms.all(), ['', 'kitchen', 'garden']);
  rooms.remove('kitchen');
  assert.deepEqual(createRoomList(createStorage(() => storage)).all(), ['', 'garden']);
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
