// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// Rooms by URL: `/` is the topic `chat`, `/#kitchen` is `chat/kitchen`.

const PREFIX = 'chat/';

export const ROOM_MAX = 64;

// Turns a name as typed, or from the URL, into one that can be a topic; '' is the main room.
export function cleanRoom(name) {
  const text = name
    .replace(/[\u0000-\u001f\u007f]/g, ' ')
    .replace(/\{/g, '(') // braces would make a template of the topic
    .replace(/\}/g, ')')
    .trim()
    .replace(/^#+\s*/, '');
  return Array.from(text).slice(0, ROOM_MAX).join('').trim();
}

export function roomFromHash(hash) {
  const raw = hash.replace(/^#/, '');
  try {
    return cleanRoom(decodeURIComponent(raw));
  } catch {
    return cleanRoom(raw); // a stray %
  }
}

export function hashFromRoom(room) {
  return room === '' ? '' : `#${encodeURIComponent(room)}`;
}

export const titleOf = (room) => `#${room}`;

export function topicOf(room) {
  return room === '' ? 'chat' : PREFIX + room;
}

// Returns null if the topic does not belong to a room.
export function roomOf(topic) {
  if (topic === 'chat') {
    return '';
  }
  const name = topic.startsWith(PREFIX) ? topic.slice(PREFIX.length) : '';
  return name !== '' && cleanRoom(name) === name ? name : null;
}
