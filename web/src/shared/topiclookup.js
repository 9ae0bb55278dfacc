// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// Finds the topic of each event. An event does not carry its topic, and one stream has many.
// Messages of the chat name their topic in the data. For other records, and for all records if
// tokens are used, the log is queried: many ids at once, one query at a time.

import { backoff } from './backoff.js';

const PAGE = 1000;

function statedTopic(data) {
  try {
    return JSON.parse(data)?.topic;
  } catch {
    return undefined;
  }
}

// Returns the id just before this one, for `after=`.
export function idBefore(id) {
  const at = id.lastIndexOf('-');
  return `${id.slice(0, at)}-${BigInt(id.slice(at + 1)) - 1n}`;
}

function byOffset(a, b) {
  return a.length - b.length || (a < b ? -1 : 1); // of one epoch
}

// `lookup({topics, after, limit})` resolves to a page of history, or null if there was no reply;
// `deliver({id, data, topics, time})` is called once for each event.
export function createTopicLookup({
  lookup,
  deliver,
  setTimer = (...all) => setTimeout(...all),
  random = Math.random,
}) {
  const waiting = new Map(); // id -> data
  let topics = [];
  let asking = false;
  let failures = 0;

  function settle(records) {
    for (const record of records) {
      const data = waiting.get(record.id);
      if (data !== undefined) {
        waiting.delete(record.id);
        deliver({ id: record.id, data, topics: record.topics, time: record.time });
      }
    }
  }

  // Ids that the page covers but lacks are no longer in the log (their time to live is over).
  function forget(asked, { records }) {
    const last = records.length < PAGE ? asked.length : 1;
    asked.slice(0, last).forEach((id) => waiting.delete(id));
  }

  async function ask() {
    asking = true;
    const all = [...waiting.keys()];
    const epoch = `${all[0].split('-')[0]}-`;
    const asked = all.filter((id) => id.startsWith(epoch)).sort(byOffset);
    const page = await lookup({ topics, after: idBefore(asked[0]), limit: PAGE });
    asking = false;
    if (page) {
      failures = 0;
      settle(page.records);
      forget(asked, page);
      proceed();
    } else {
      setTimer(proceed, backoff(failures, { random }));
      failures += 1;
    }
  }

  function proceed() {
    if (!asking && waiting.size > 0) {
      ask();
    }
  }

  return {
    // `heard`: topics that the connection has listened to. `open`: everybody may publish to every
    // topic, so the topic stated in an event's data is as good as its real one.
    take({ id, data }, { heard, open }) {
      const stated = open ? statedTopic(data) : undefined;
      if (heard.length === 1) {
        deliver({ id, data, topics: heard });
      } else if (heard.includes(stated)) {
        deliver({ id, data, topics: [stated] });
      } else {
        topics = heard;
        waiting.set(id, data);
        proceed();
      }
    },
  };
}
