// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// Who is typing. While its reader types, a page publishes an ephemeral record, {user, from, topic},
// at most every NOTIFY_MS. A typist is shown until SHOW_MS after the last record.

export const TYPING = 'chat.typing';
const NOTIFY_MS = 3000;
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

    // Their message has arrived.
    sent(from) {
      if (typists.delete(from)) {
        onChange();
      }
    },
  };
}

// Calls notify(topic) at most every NOTIFY_MS. After it has returned false, not again until
// allowed().
export function createTypingNotifier({ notify, now = Date.now }) {
  let last = { topic: '', at: -Infinity };
  let refused = false;

  return {
    async typed(topic) {
      if (refused || (last.topic === topic && now() - last.at < NOTIFY_MS)) {
        return;
      }
      last = { topic, at: now() };
      refused = !(await notify(topic));
    },
    sent: () => (last = { topic: '', at: -Infinity }),
    allowed: () => (refused = false),
  };
}
