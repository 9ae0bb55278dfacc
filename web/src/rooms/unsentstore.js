// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// Messages that have not been stored by the hub yet, as kept across reloads: an entry each, so that
// tabs do not overwrite each other's. What is found at the start goes out again with its id.

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
