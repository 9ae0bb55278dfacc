// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// One stream of events, kept alive. EventSource can neither send a header nor tell a 401 from a
// dead server; fetch() can, so that the token is never in a URL.

import { createParser } from './sseparser.js';

export const CONNECTING = 'connecting';
export const LIVE = 'live';
export const WAITING = 'waiting'; // connects again by itself
export const REFUSED = 'refused'; // 401, 403 and the like: only start() helps

const RETRY_MS = 2000;
const RETRY_MOST_MS = 30000;

async function detailOf(response) {
  try {
    return (await response.json()).detail ?? `status ${response.status}`;
  } catch {
    return `status ${response.status}`;
  }
}

// `on.event({type, data, id})`, `on.state(state, detail, status)`. A stream that is silent for
// `silence` ms is dead.
export function createFetchStream({
  path,
  token = () => '',
  on,
  silence = 40000,
  fetch = (...all) => globalThis.fetch(...all),
  setTimer = (...all) => setTimeout(...all),
  clearTimer = (timer) => clearTimeout(timer),
}) {
  let abort = null;
  let timer = null;
  let failures = 0;
  let retry = RETRY_MS;
  let lastId = '';

  function stop() {
    clearTimer(timer);
    abort?.abort();
    abort = null;
  }

  function again(mine, detail) {
    if (abort !== mine) {
      return;
    }
    stop();
    on.state(WAITING, detail, 0);
    timer = setTimer(connect, Math.min(retry * 2 ** failures, RETRY_MOST_MS));
    failures += 1;
  }

  function watch(mine) {
    clearTimer(timer);
    timer = setTimer(() => again(mine, 'the edge has stopped responding'), silence);
  }

  async function read(mine, body) {
    const reader = body.getReader();
    const decoder = new TextDecoder();
    const parse = createParser({
      event: (event) => {
        lastId = event.id || lastId;
        if (abort === mine) {
          on.event(event);
        }
      },
      retry: (ms) => (retry = ms),
    });
    for (;;) {
      const { value, done } = await reader.read();
      if (done || abort !== mine) {
        return;
      }
      failures = 0;
      watch(mine);
      parse(decoder.decode(value, { stream: true }));
    }
  }

  function headers() {
    const all = { Accept: 'text/event-stream' };
    if (token() !== '') {
      all.Authorization = `Bearer ${token()}`;
    }
    if (lastId !== '') {
      all['Last-Event-ID'] = lastId;
    }
    return all;
  }

  async function connect() {
    const mine = new AbortController();
    abort = mine;
    on.state(CONNECTING, '', 0);
    watch(mine);
    try {
      const response = await fetch(path, {
        headers: headers(),
        signal: mine.signal,
        cache: 'no-store',
      });
      if (abort !== mine) {
        return;
      }
      if (response.status !== 200) {
        const detail = await detailOf(response);
        if (abort === mine && response.status < 500) {
          stop();
          on.state(REFUSED, detail, response.status);
        }
        again(mine, detail);
        return;
      }
      on.state(LIVE, '', 200);
      await read(mine, response.body);
      again(mine, 'the edge closed the stream');
    } catch {
      again(mine, 'cannot reach the edge');
    }
  }

  return {
    start() {
      stop();
      failures = 0;
      connect();
    },
    stop,
  };
}
