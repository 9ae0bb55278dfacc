// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// Who is typing. A page says so with an ephemeral record, {user, from, topic}, at most every SAY_MS
// while its reader types; whoever has not said so for SHOW_MS types no more.

export const TYPING = 'chat.typing';
const SAY_MS = 3000;
const SHOW_MS = 6000;

export function createTypists({
  onChange,
  now = Date.now,
  setTimer = (...all) => setTimeout(...all),
}) {
  const typists = new Map(); // from -> {user, topic, until}

  function expire() {
    for (const [from, { until }] of typists) {
      if (until <= now()) {
        typists.delete(from);
      }
    }
    onChange();
  }

  return {
    names: (topic) =>
      [...typists.values()].filter((each) => each.topic === topic).map(({ user }) => user),

    types({ user, from, topic }) {
      typists.set(from, { user, topic, until: now() + SHOW_MS });
      setTimer(expire, SHOW_MS);
      onChange();
    },

    // Their message has come.
    sent(from) {
      if (typists.delete(from)) {
        onChange();
      }
    },
  };
}

// Calls say(topic) when it is time to tell the others. false from it: no more, until allowed().
export function createTeller({ say, now = Date.now }) {
  let last = { topic: '', at: -Infinity };
  let refused = false;

  return {
    async typed(topic) {
      if (refused || (last.topic === topic && now() - last.at < SAY_MS)) {
        return;
      }
      last = { topic, at: now() };
      refused = !(await say(topic));
    },
    sent: () => (last = { topic: '', at: -Infinity }),
    allowed: () => (refused = false),
  };
}
