// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// Counts of unread messages by topic. The last read id is remembered for all tabs; messages after
// it are counted once each.

import { isAfter, parseId } from './messages.js';

export const COUNT_MAX = 100; // more are not counted

// `marks` has get(topic) and set(topic, id); onChange(topic) is called after each change of a
// count.
export function createUnread({ marks, onChange }) {
  const beyond = new Map(); // topic -> ids

  function forget(topic, id) {
    const ids = beyond.get(topic);
    for (const each of ids ?? []) {
      if (!isAfter(each, id)) {
        ids.delete(each);
      }
    }
  }

  return {
    count: (topic) => beyond.get(topic)?.size ?? 0,
    mark: (topic) => marks.get(topic),

    // Counts a message of somebody else.
    arrived(topic, id) {
      const mark = marks.get(topic);
      const ids = beyond.get(topic) ?? new Set();
      const read = parseId(mark)?.epoch === parseId(id)?.epoch && !isAfter(id, mark);
      if (!read && ids.size < COUNT_MAX) {
        beyond.set(topic, ids.add(id));
        onChange(topic);
      }
    },

    // The reader has seen everything up to this id. `stored`: another tab has already stored it.
    readUpTo(topic, id, { stored = false } = {}) {
      const mark = marks.get(topic);
      if (id === '' || (!stored && (mark === id || isAfter(mark, id)))) {
        return;
      }
      if (!stored) {
        marks.set(topic, id);
      }
      forget(topic, id);
      onChange(topic);
    },

    leave(topic) {
      marks.set(topic, '');
      beyond.delete(topic);
      onChange(topic);
    },
  };
}
