// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// Local and session storage. Where storage is full or forbidden, values last as long as the page.

const PREFIX = 'belfry.';

// `open()` returns a Storage, or throws.
export function createStorage(open) {
  const fallback = new Map();

  function attempt(use, otherwise) {
    try {
      return use(open());
    } catch {
      return otherwise();
    }
  }

  return {
    get(name) {
      const kept = attempt(
        (storage) => storage.getItem(PREFIX + name),
        () => null,
      );
      return kept ?? fallback.get(name) ?? '';
    },

    // Removes the entry when `value` is ''.
    set(name, value) {
      fallback.delete(name);
      attempt(
        (storage) =>
          value === '' ? storage.removeItem(PREFIX + name) : storage.setItem(PREFIX + name, value),
        () => fallback.set(name, value),
      );
    },

    // Returns [[rest of the name, value]] of all names with this prefix.
    list(prefix) {
      const start = PREFIX + prefix;
      const kept = attempt(
        (storage) => Object.entries(storage),
        () => [],
      );
      const own = [...fallback].map(([name, value]) => [PREFIX + name, value]);
      return [...kept, ...own]
        .filter(([name, value]) => name.startsWith(start) && value !== '')
        .map(([name, value]) => [name.slice(start.length), value]);
    },
  };
}

// Returns the name that a storage event is about, or null if it does not belong to Belfry.
export function nameOf(event) {
  return event.key?.startsWith(PREFIX) ? event.key.slice(PREFIX.length) : null;
}

export const browserStorage = createStorage(() => globalThis.localStorage);
export const tabStorage = createStorage(() => globalThis.sessionStorage);
