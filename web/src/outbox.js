// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// Messages on their way out. One at a time, in the order they were written. Each has an id of its
// own that goes with every attempt: the log stores it once, however often it arrives, so an attempt
// whose outcome is unknown can simply be repeated. What the server refuses, or what could not be
// sent for `patience` ms, has failed and waits for its writer's decision.

import { backoff } from './backoff.js';

export const WAITING = 'waiting';
export const SENDING = 'sending';
export const RETRYING = 'retrying'; // at least one attempt had no outcome
export const FAILED = 'failed';

// `prefix` says whose it is. Not crypto.randomUUID(), which plain http:// pages don't have.
export function makeId(prefix = '') {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return prefix + Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

// The outcome of one attempt: {id} stored · {again, after} no outcome, after = ms the server asks
// for or null · {problem} refused.
export async function post(
  item,
  { fetch = globalThis.fetch, url = 'publish', timeout = 12000 } = {},
) {
  let response;
  let answer;
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), timeout);
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ topic: item.topic, id: item.id, data: item.data }),
      signal: abort.signal,
    });
    answer = await response.text();
  } catch {
    return { again: true, after: null };
  } finally {
    clearTimeout(timer);
  }
  return outcome(response, answer);
}

function parseAnswer(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

function outcome(response, text) {
  const answer = parseAnswer(text);
  if (response.ok && typeof answer.id === 'string') {
    return { id: answer.id };
  }
  if (response.ok || response.status >= 500 || response.status === 429 || response.status === 408) {
    const seconds = Number.parseInt(response.headers.get('Retry-After') ?? '', 10);
    return { again: true, after: Number.isFinite(seconds) ? seconds * 1000 : null };
  }
  const said = [answer.detail, answer.title].find((value) => typeof value === 'string');
  return { problem: said ?? `refused (${response.status})` };
}

// onStored(item, id) when the log has it; onChange() after any change of `items`.
export function createOutbox({
  onStored,
  onChange,
  send = post,
  patience = 120000,
  now = Date.now,
  setTimer = setTimeout,
  clearTimer = clearTimeout,
  random = Math.random,
}) {
  const items = [];
  let busy = false;
  let timer = null;

  function remove(item) {
    const at = items.indexOf(item);
    if (at >= 0) {
      items.splice(at, 1);
      onChange();
    }
    return at >= 0;
  }

  function change(item, fields) {
    Object.assign(item, fields);
    onChange();
  }

  function next() {
    clearTimer(timer);
    timer = null;
    const item = items.find((each) => each.state !== FAILED);
    if (item && !busy) {
      attempt(item);
    }
  }

  function later(item, after) {
    if (now() - item.since > patience) {
      change(item, { state: FAILED, problem: 'the server could not be reached' });
      next();
      return;
    }
    change(item, { state: RETRYING, attempts: item.attempts + 1 });
    timer = setTimer(
      next,
      Math.max(after ?? 0, backoff(item.attempts - 1, { random, most: 8000 })),
    );
  }

  async function attempt(item) {
    busy = true;
    change(item, { state: item.attempts > 0 ? RETRYING : SENDING });
    const result = await send(item);
    busy = false;
    if (!items.includes(item)) {
      next(); // seen in the stream, or given up, meanwhile
    } else if (result.id) {
      remove(item);
      onStored(item, result.id);
      next();
    } else if (result.again) {
      later(item, result.after);
    } else {
      change(item, { state: FAILED, problem: result.problem });
      next();
    }
  }

  return {
    // In the order of writing; the caller reads only.
    items,

    add({ id, topic, data, ...rest }) {
      const item = {
        ...rest,
        id,
        topic,
        data,
        state: WAITING,
        attempts: 0,
        since: now(),
        problem: '',
      };
      items.push(item);
      onChange();
      if (timer === null) {
        next();
      }
      return item;
    },

    // The stream has shown the message with this id: it is stored.
    seen(id) {
      const item = items.find((each) => each.id === id);
      if (item && remove(item) && timer !== null) {
        next();
      }
    },

    // Once more, with the same id.
    retry(id) {
      const item = items.find((each) => each.id === id && each.state === FAILED);
      if (item) {
        change(item, { state: WAITING, attempts: 0, since: now(), problem: '' });
        if (timer === null) {
          next();
        }
      }
    },

    // Only what has failed: anything else is still on its way.
    discard(id) {
      const item = items.find((each) => each.id === id && each.state === FAILED);
      if (item) {
        remove(item);
      }
    },

    // Something says that now is a good moment: no more waiting.
    nudge() {
      if (timer !== null) {
        next();
      }
    },
  };
}
