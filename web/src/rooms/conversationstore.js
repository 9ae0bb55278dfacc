// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// The conversations of this tab by topic, and the content of the current one, for the components.

import { shallowRef } from 'vue';
import { createConversation } from './conversation.js';

// `topic` is a ref, the topic of the current room; `history` and `read` as for
// createConversation(); onShow() is called after each change of the list.
export function createConversationStore({ topic, history, read, onShow }) {
  const conversations = new Map(); // topic -> conversation
  const list = shallowRef({ items: [], older: '', loaded: false, loading: false });

  const current = () => conversations.get(topic.value);

  function show() {
    const { items, older, loaded, loading } = current();
    list.value = { items: [...items], older, loaded, loading };
    onShow();
  }

  return {
    list,
    show,
    current,

    // Creates the conversation of a topic unless it exists.
    open(of) {
      if (!conversations.has(of)) {
        const onChange = () => of === topic.value && show();
        conversations.set(of, createConversation({ topic: of, history, read, onChange }));
      }
    },

    close(of) {
      conversations.get(of)?.close();
      conversations.delete(of);
    },

    load: (of) => conversations.get(of)?.load(),

    // Returns true when the record is new.
    add: (of, record) => conversations.get(of)?.add(record) === true,

    gap: (detail) => conversations.forEach((each) => each.gap(detail)),
  };
}
