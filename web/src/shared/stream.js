// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// One EventSource, kept alive. The browser reconnects by itself, with Last-Event-ID and after the
// time set by the server, as long as the server answers 200. If the wanted topics change or the
// browser gives up, a new EventSource resumes from the last id. Events may then arrive twice;
// messages.js drops the duplicates.

import { backoff } from './backoff.js';

export const CONNECTING = 'connecting'; // never been connected yet
export const CONNECTED = 'connected';
export const RECONNECTING = 'reconnecting';
export const STOPPED = 'stopped'; // waits for start() or reconnect()

const CLOSED = 2;

function parseDetail(data) {
  try {
    return JSON.parse(data) ?? {};
  } catch {
    return {};
  }
}

// `makeUrl(lastId)` is called for every connection, after on.connect(). `on` has a function per
// event: message({id, data}), gap(detail), hello(detail), presence(detail), typing(data), and
// state(a state above). `explain()` is called when the server has refused; it resolves to true if
// trying again is useless. No function is called after close().
export function createStream({
  makeUrl,
  on,
  explain = async () => false,
  makeSource = (url) => new EventSource(url),
  setTimer = (...all) => setTimeout(...all),
  clearTimer = (timer) => clearTimeout(timer),
  random = Math.random,
}) {
  let source = null;
  let url = '';
  let timer = null;
  let lastId = '';
  let attempt = 0;
  let state = CONNECTING;

  function move(next) {
    state = next;
    on.state(next);
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

  function later() {
    timer = setTimer(connect, backoff(attempt, { random }));
    attempt += 1;
  }

  async function lost() {
    const refused = source.readyState === CLOSED;
    move(state === CONNECTING ? CONNECTING : RECONNECTING);
    if (!refused && url === makeUrl('')) {
      return; // the browser tries again
    }
    drop();
    if (!refused) {
      later();
      return;
    }
    const mine = {};
    timer = mine; // somebody else may start meanwhile
    const hopeless = await explain();
    if (timer === mine && hopeless) {
      timer = null;
      move(STOPPED);
    } else if (timer === mine) {
      later();
    }
  }

  // The listeners of a source that was dropped must stay silent.
  function listen(mine, type, take) {
    mine.addEventListener(type, (event) => {
      if (source === mine) {
        take(event);
      }
    });
  }

  function connect() {
    drop();
    on.connect();
    url = makeUrl('');
    const mine = makeSource(makeUrl(lastId));
    source = mine;
    mine.onopen = () => {
      attempt = 0;
      move(CONNECTED);
    };
    mine.onerror = lost;
    mine.onmessage = (event) => {
      lastId = event.lastEventId || lastId;
      on.message({ id: event.lastEventId, data: event.data });
    };
    listen(mine, 'belfry.gap', (event) => {
      lastId = event.lastEventId || lastId; // so that the gap is reported once
      on.gap(parseDetail(event.data));
    });
    listen(mine, 'belfry.sync', (event) => {
      lastId = parseDetail(event.data).position ?? lastId;
    });
    listen(mine, 'belfry.hello', (event) => on.hello(parseDetail(event.data)));
    listen(mine, 'belfry.presence', (event) => on.presence(parseDetail(event.data)));
    listen(mine, 'chat.typing', (event) => on.typing(event.data));
  }

  return {
    // Connects, or reconnects because the wanted topics have changed.
    start() {
      attempt = 0;
      connect();
    },
    // Connects at once if not connected, for example when the network is back.
    reconnect() {
      if (state !== CONNECTED) {
        attempt = 0;
        connect();
      }
    },
    close: drop,
  };
}
