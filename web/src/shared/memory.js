// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// What this browser remembers. Storage may be full or forbidden: then it is remembered for as long
// as the page lasts.

const PREFIX = 'belfry.';

// `open()` gives a Storage, or throws.
export function createMemory(open) {
  const fallback = new Map();

  function attempt(use, otherwise) {
    try {
      return use(open());
    } catch {
      return otherwise();
    }
  }

  return {
    recall(name) {
      const kept = attempt(
        (storage) => storage.getItem(PREFIX + name),
        () => null,
      );
      return kept ?? fallback.get(name) ?? '';
    },

    // '' forgets.
    remember(name, value) {
      fallback.delete(name);
      attempt(
        (storage) =>
          value === '' ? storage.removeItem(PREFIX + name) : storage.setItem(PREFIX + name, value),
        () => fallback.set(name, value),
      );
    },

    // Of all that is remembered under names with this beginning: [[rest of the name, value]].
    list(beginning) {
      const start = PREFIX + beginning;
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

// The name that a storage event is about, or null when it is none of ours.
export function nameOf(event) {
  return event.key?.startsWith(PREFIX) ? event.key.slice(PREFIX.length) : null;
}

export const browserMemory = createMemory(() => globalThis.localStorage);
export const tabMemory = createMemory(() => globalThis.sessionStorage);
