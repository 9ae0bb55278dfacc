// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cleanRoom, hashFromRoom, ROOM_MAX, roomFromHash, roomOf, topicOf } from '../src/rooms/rooms.js';

test('the empty name is the default topic', () => {
  for (const hash of ['', '#', '#%20', '##']) {
    assert.equal(topicOf(roomFromHash(hash)), 'chat');
  }
});

test('each name has its own topic', () => {
  assert.equal(topicOf(roomFromHash('#kitchen')), 'chat/kitchen');
  assert.equal(topicOf(roomFromHash('#caf%C3%A9%20bar')), 'chat/café bar');
});

test('a room is unchanged after a round trip through the URL', () => {
  for (const room of ['a', 'a b', '100%', 'a/b?c=d&e', 'é🔔', 'x#y']) {
    assert.equal(roomFromHash(hashFromRoom(room)), room);
  }
});

test('names from outside are cleaned', () => {
  assert.equal(roomFromHash('#100%'), '100%');
  assert.equal(roomFromHash('#a%00b%0Ac'), 'a b c');
  assert.equal(cleanRoom(' # kitchen '), 'kitchen');
  assert.equal(cleanRoom('{id}'), '(id)', 'not a template');
  assert.equal(Array.from(cleanRoom('🔔'.repeat(100))).length, ROOM_MAX);
});

test('a topic belongs to one room, or to none', () => {
  for (const room of ['', 'kitchen', 'a/b']) {
    assert.equal(roomOf(topicOf(room)), room);
  }
  for (const topic of ['news', 'chat/', 'chatter', 'chat/{id}', 'chat/ a']) {
    assert.equal(roomOf(topic), null, topic);
  }
});
