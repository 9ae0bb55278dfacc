// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// How far the reader has read in each room, for the components: unread counts, and the line above
// the new messages of the current room.

import { ref, shallowReactive } from 'vue';
import { browserStorage } from '../shared/storage.js';
import { COUNT_MAX, createUnread } from './unread.js';

const MARK = 'read.';

// `api` is shared/api.js; `topic` is a ref, the topic of the current room; `isSeen()` returns
// whether its newest messages are visible; `isMine(data)` whether the reader wrote a record.
export function createReadMarkers({ api, topic, isSeen, isMine }) {
  const counts = shallowReactive(new Map()); // topic -> unread
  const marker = ref(''); // the line is after this id; '' means no line

  const unread = createUnread({
    marks: {
      get: (of) => browserStorage.get(MARK + of),
      set: (of, id) => browserStorage.set(MARK + of, id),
    },
    onChange: (of) => counts.set(of, unread.count(of)),
  });

  async function since(of) {
    const page = { topics: [of], limit: COUNT_MAX };
    const result = await api.history({ ...page, after: unread.mark(of) });
    return result.status === 410 ? api.history(page) : result; // of another log: all is new
  }

  return {
    counts,
    marker,

    // The room has become the current one.
    enter: () => (marker.value = unread.mark(topic.value)),

    leave: unread.leave,
    unmark: () => (marker.value = ''),

    // A message of somebody else has arrived.
    arrived(of, id) {
      if (of === topic.value && !isSeen() && unread.count(of) === 0) {
        marker.value = unread.mark(of);
      }
      unread.arrived(of, id);
    },

    // This is the newest message of the current room: it is read if isSeen().
    seen(newest) {
      if (isSeen()) {
        unread.readUpTo(topic.value, newest);
      }
    },

    // Counts the messages since the reader was here last.
    async load(of) {
      if (unread.mark(of) !== '') {
        const { status, answer } = await since(of);
        const others = status === 200 ? answer.records.filter(({ data }) => !isMine(data)) : [];
        others.forEach(({ id }) => unread.arrived(of, id));
      }
    },

    // Another tab has stored something under this name.
    onStorageChange(name, value) {
      if (name.startsWith(MARK)) {
        unread.readUpTo(name.slice(MARK.length), value, { stored: true });
      }
    },
  };
}
