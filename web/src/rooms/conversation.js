// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// One room in this tab: its messages and the part of its history that is loaded. Live records come
// from the stream (add), older ones in pages.

import { createMessages } from './messages.js';
import { backoff } from '../shared/backoff.js';

const FIRST = 60;
const OLDER = 200;
const CATCH_UP = 1000;

export const UNKNOWN = 'unknown'; // whether there is anything older
export const MORE = 'more';
export const NONE = 'none';

// `history({topics, before, after, limit})` requests a page (shared/api.js); `read(record)` makes a
// message of {id, data, time}; onChange() is called after each change. A request without a reply is
// repeated until close().
export function createConversation({
  topic,
  history,
  read,
  onChange,
  wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
}) {
  const messages = createMessages();
  const self = { items: messages.items, older: UNKNOWN, loaded: false, loading: false };
  let turn = Promise.resolve(); // one page after the other
  let waiting = 0;
  let closed = false;

  // Resolves to {status, answer}; a refusal of the hub is a reply, too.
  async function page(cursor, limit) {
    for (let attempt = 0; !closed; attempt += 1) {
      const { status, answer } = await history({ topics: [topic], limit, ...cursor });
      if (status === 200) {
        answer.records.forEach((record) => messages.add(read(record)));
      }
      if (status > 0 && status < 500 && status !== 429) {
        return { status, answer };
      }
      await wait(backoff(attempt));
    }
    return { status: 0, answer: {} };
  }

  async function newest() {
    const { status, answer } = await page({}, FIRST);
    if (status === 200) {
      self.loaded = true;
      self.older = answer.before === null ? NONE : MORE;
    }
  }

  // Loads what was published since the newest message here.
  async function missed() {
    let full = true;
    while (full) {
      const after = messages.newest();
      const { status, answer } = after ? await page({ after }, CATCH_UP) : { status: 410 };
      full = status === 200 && answer.records.length === CATCH_UP;
      if (status === 410) {
        if (after) {
          messages.gap({ reason: 'epoch' });
        }
        await newest();
      }
    }
  }

  async function before() {
    const { status, answer } = await page({ before: messages.oldest() }, OLDER);
    const more = status === 200 && answer.before !== null && !messages.isFull();
    self.older = more ? MORE : NONE;
  }

  function next(load) {
    waiting += 1;
    self.loading = true;
    onChange();
    turn = turn.then(load).then(() => {
      waiting -= 1;
      self.loading = waiting > 0;
      onChange();
    });
    return turn;
  }

  return Object.assign(self, {
    newest: messages.newest,

    // Loads the newest page, or what is missing since.
    load: () => next(() => (self.loaded ? missed() : newest())),

    loadOlder: () => (self.older === MORE && !self.loading ? next(before) : undefined),

    // Returns true if the record is new.
    add(record) {
      const fresh = messages.add(read(record));
      if (fresh) {
        onChange();
      }
      return fresh;
    },

    gap(detail) {
      messages.gap(detail);
      onChange();
    },

    close: () => (closed = true),
  });
}
