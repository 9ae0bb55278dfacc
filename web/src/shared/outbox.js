// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// Messages to be sent, one at a time, in the order in which they were written. Each has its own id,
// which is sent with every attempt: the log stores the message once, so an attempt whose outcome is
// unknown can be repeated. A message that the server refuses, or cannot store for `patience` ms,
// has failed and waits for its writer's decision. A message that does not reach the server waits
// without limit.

import { problemOf } from './api.js';
import { backoff } from './backoff.js';

export const WAITING = 'waiting';
export const SENDING = 'sending';
export const RETRYING = 'retrying'; // at least one attempt had no outcome
export const OFFLINE = 'offline'; // the last attempt did not reach the server
export const LOCKED = 'locked'; // until there is a token
export const FAILED = 'failed';

export const RESTING = [OFFLINE, LOCKED, FAILED]; // may be discarded: nothing is under way

// `prefix` identifies the writer. Not crypto.randomUUID(), which plain http:// pages lack.
export function makeId(prefix = '') {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return prefix + Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

// The outcome of one attempt: {id} stored · {offline} · {again, after} no outcome; after = ms that
// the server asks to wait, or null · {token} a token is needed · {problem} refused.
export function outcomeOf(result) {
  const { status, answer, after, late } = result;
  if (status === 0 && !late) {
    return { offline: true };
  }
  if (status === 200 && typeof answer.id === 'string') {
    return { id: answer.id };
  }
  if (status === 401) {
    return { token: problemOf(result) };
  }
  const ours = status >= 400 && status < 500 && status !== 408 && status !== 429;
  return ours ? { problem: problemOf(result) } : { again: true, after };
}

// `send(item)` resolves to an outcome. Calls onStored(item, id) when the log has the item,
// onDone(id) when an item leaves for any reason, onToken(why) when the server requires a token
// (nothing more is sent before flush()), and onChange() after each change of `items`.
export function createOutbox({
  send,
  onStored,
  onDone,
  onToken,
  onChange,
  patience = 120000,
  now = Date.now,
  setTimer = (...all) => setTimeout(...all),
  clearTimer = (timer) => clearTimeout(timer),
  random = Math.random,
}) {
  const items = [];
  let busy = false;
  let timer = null;
  let held = false; // until there is a token

  const find = (id) => items.find((item) => item.id === id);

  function remove(item) {
    const at = items.indexOf(item);
    if (at >= 0) {
      items.splice(at, 1);
      onDone(item.id);
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
    if (item && !busy && !held) {
      attempt(item);
    }
  }

  function later(item, after) {
    timer = setTimer(next, Math.max(after ?? 0, backoff(item.attempts, { random, most: 8000 })));
    change(item, { attempts: item.attempts + 1 });
  }

  function again(item, after) {
    if (now() - item.since > patience) {
      change(item, { state: FAILED, problem: '' });
      next();
    } else {
      change(item, { state: RETRYING });
      later(item, after);
    }
  }

  function settle(item, outcome) {
    if (!items.includes(item)) {
      next(); // seen in the stream meanwhile
    } else if (outcome.id) {
      onStored(item, outcome.id);
      remove(item);
      next();
    } else if (outcome.offline) {
      change(item, { state: OFFLINE, since: now() });
      later(item, null);
    } else if (outcome.token) {
      held = true;
      change(item, { state: LOCKED });
      onToken(outcome.token);
    } else if (outcome.again) {
      again(item, outcome.after);
    } else {
      change(item, { state: FAILED, problem: outcome.problem });
      next();
    }
  }

  async function attempt(item) {
    busy = true;
    change(item, { state: item.attempts > 0 ? RETRYING : SENDING });
    const outcome = await send(item);
    busy = false;
    settle(item, outcome);
  }

  function proceed() {
    if (timer === null) {
      next();
    }
  }

  return {
    // In the order of writing; the caller reads only.
    items,

    // Adds {id, topic, data}; ignores an id that is already there.
    add({ id, topic, data }) {
      if (!find(id)) {
        items.push({ id, topic, data, state: WAITING, attempts: 0, since: now(), problem: '' });
        onChange();
        proceed();
      }
    },

    // The stream has shown the message with this id: it is stored.
    seen(id) {
      const item = find(id);
      if (item && remove(item) && timer !== null) {
        next();
      }
    },

    // Sends a failed item again, with the same id.
    retry(id) {
      const item = find(id);
      if (item?.state === FAILED) {
        change(item, { state: WAITING, attempts: 0, since: now(), problem: '' });
        proceed();
      }
    },

    // Drops an item that is not being sent.
    discard(id) {
      const item = find(id);
      if (item && RESTING.includes(item.state) && remove(item) && (timer !== null || held)) {
        held = false; // the next one will be refused by itself
        next();
      }
    },

    // Tries again at once, without waiting for the timer or a token.
    flush() {
      if (timer !== null || held) {
        held = false;
        next();
      }
    },
  };
}
