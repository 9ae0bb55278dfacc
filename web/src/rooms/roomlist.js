// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// The rooms that the reader has entered. The main one, '', is always included and not stored.

import { cleanRoom } from './rooms.js';

const NAME = 'rooms';
export const ROOMS_MAX = 50;

export function createRoomList(storage) {
  function kept() {
    try {
      const names = JSON.parse(storage.get(NAME) || '[]');
      const clean = names.map((name) => cleanRoom(String(name))).filter((name) => name !== '');
      return [...new Set(clean)];
    } catch {
      return [];
    }
  }

  const keep = (names) => storage.set(NAME, JSON.stringify(names.slice(1 - ROOMS_MAX)));

  return {
    all: () => ['', ...kept().slice(1 - ROOMS_MAX)],

    add(name) {
      if (name !== '' && !kept().includes(name)) {
        keep([...kept(), name]);
      }
    },

    remove: (name) => keep(kept().filter((each) => each !== name)),
  };
}
