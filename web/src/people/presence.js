// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// The people in the current room: who is here, and who is typing.

import { shallowRef } from 'vue';
import { createRoster } from './roster.js';
import { parseObject, cleanName } from '../text/messagebody.js';
import { createTypingNotifier, createTypists, TYPING } from './typing.js';

const AGAIN_MS = 1000; // many come and go at once

// `api` is shared/api.js; `me` tells browsers apart; `topic` is a ref, the topic of the current
// room; `name()` returns the reader's name, and `member()` the member's name at the hub, '' if a
// token decides it.
export function createPresence({ api, me, topic, name, member }) {
  const rosters = new Map(); // topic -> roster
  const early = new Map(); // topic -> events that came while its roster was asked for
  let again = null;
  const people = shallowRef(null); // {members, count}, or null: not known
  const typists = shallowRef([]); // names

  const typing = createTypists({ onChange: show });
  const notifier = createTypingNotifier({
    async notify(of) {
      const data = { user: name(), from: me, topic: of };
      const { status } = await api.publish({ topic: of, type: TYPING, ephemeral: true, data });
      return status !== 401 && status !== 403;
    },
  });

  function show() {
    const roster = rosters.get(topic.value);
    people.value = roster ? { members: roster.members(), count: roster.count() } : null;
    typists.value = typing.names(topic.value);
  }

  // Requests the people in the room.
  async function load(of) {
    const events = [];
    early.set(of, events);
    const { status, answer } = await api.presence(of);
    early.delete(of);
    if (status === 200) {
      const roster = createRoster();
      roster.set(answer);
      events.forEach(roster.apply);
      if (member() !== '') {
        roster.apply({ event: 'join', member: member() });
      }
      rosters.set(of, roster);
    } else if (status === 401 || status === 403) {
      rosters.delete(of);
    }
    show();
  }

  function loadAgain() {
    clearTimeout(again);
    again = setTimeout(() => load(topic.value), AGAIN_MS);
  }

  return {
    people,
    typists,
    show,

    load,
    forget: (of) => rosters.delete(of),

    // A belfry.presence event.
    onPresence(detail) {
      const roster = rosters.get(detail.topic);
      early.get(detail.topic)?.push(detail);
      roster?.apply(detail);
      show();
      if (roster?.isWhole() === false && detail.topic === topic.value) {
        loadAgain();
      }
    },

    // The data of a record of type TYPING.
    onTyping(data) {
      const { user, from, topic: of } = parseObject(data);
      if (typeof from === 'string' && typeof of === 'string' && from !== me) {
        typing.types({ user: cleanName(user), from, topic: of });
      }
    },

    // A message with this key has arrived.
    onMessage: (key) => typing.sent(key?.slice(0, me.length)),

    typed: () => notifier.typed(topic.value),
    sent: notifier.sent,
    allowed: notifier.allowed,
  };
}
