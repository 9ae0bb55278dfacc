// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// Keeps messages that the hub has not stored yet across reloads, one entry each, so that tabs do
// not overwrite each other's. Messages found at the start are sent again with their ids.

const NAME = 'out.';

export function createUnsentStore(storage) {
  function read([id, text]) {
    try {
      const { topic, data, at } = JSON.parse(text);
      return { id, topic, data, at };
    } catch {
      return null;
    }
  }

  return {
    put({ id, topic, data }, at) {
      storage.set(NAME + id, JSON.stringify({ topic, data, at }));
    },

    drop: (id) => storage.set(NAME + id, ''),

    // In the order of writing.
    list: () =>
      storage
        .list(NAME)
        .map(read)
        .filter((item) => item !== null && typeof item.data === 'string')
        .sort((a, b) => a.at - b.at)
        .map(({ id, topic, data }) => ({ id, topic, data })),
  };
}
