// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// One EventSource, kept alive. The browser reconnects by itself, with Last-Event-ID, as long as the
// server answers 200; on any other answer it gives up for ever, and then this makes a new one that
// resumes from the last id. Events may come twice across such a change: messages.js sorts that out.

import { backoff } from './backoff.js';

export const CONNECTING = 'connecting'; // never been connected yet
export const CONNECTED = 'connected';
export const RECONNECTING = 'reconnecting';

const CLOSED = 2;

function subscribeUrl(base, topic, history, lastId) {
  const query = new URLSearchParams({ topic });
  if (history > 0) {
    query.set('history', String(history));
  }
  if (lastId) {
    query.set('last_event_id', lastId);
  }
  return `${base}?${query}`;
}

function parseDetail(data) {
  try {
    return JSON.parse(data) ?? {};
  } catch {
    return {};
  }
}

// onMessage({id, data}), onGap(detail of belfry.gap), onState(CONNECTING | CONNECTED |
// RECONNECTING). Nothing is called any more after close().
export function openStream({
  topic,
  history = 100,
  base = 'subscribe',
  onMessage,
  onGap,
  onState,
  makeSource = (url) => new EventSource(url),
  setTimer = setTimeout,
  clearTimer = clearTimeout,
  random = Math.random,
}) {
  let source = null;
  let timer = null;
  let lastId = '';
  let attempt = 0;
  let state = null;

  function move(next) {
    if (next !== state) {
      state = next;
      onState(next);
    }
  }

  function drop() {
    clearTimer(timer);
    timer = null;
    if (source) {
      source.onopen = null;
      source.onerror = null;
      source.onmessage = null;
      source.close();
      source = null;
    }
  }

  function lost() {
    move(state === CONNECTING ? CONNECTING : RECONNECTING);
    if (source.readyState !== CLOSED) {
      return; // the browser tries again
    }
    drop();
    timer = setTimer(connect, backoff(attempt, { random }));
    attempt += 1;
  }

  function connect() {
    drop();
    const mine = makeSource(subscribeUrl(base, topic, history, lastId));
    source = mine;
    mine.onopen = () => {
      attempt = 0;
      move(CONNECTED);
    };
    mine.onerror = lost;
    mine.onmessage = (event) => {
      lastId = event.lastEventId || lastId;
      onMessage({ id: event.lastEventId, data: event.data });
    };
    mine.addEventListener('belfry.gap', (event) => {
      if (source === mine) {
        lastId = event.lastEventId || lastId; // so that it is told once
        onGap(parseDetail(event.data));
      }
    });
  }

  move(CONNECTING);
  connect();
  return {
    // Something says that now is a good moment, say the network is back.
    nudge() {
      if (state !== CONNECTED) {
        attempt = 0;
        connect();
      }
    },
    close: drop,
  };
}
