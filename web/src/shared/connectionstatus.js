// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// The state of the connection as the tabs show it, and the reason why there is none.

import { problemOf } from './api.js';
import { CONNECTED, CONNECTING } from './stream.js';

// `send(status)` is called after each change; `online()` returns whether the device has a network.
export function createConnectionStatus({ send, online, now }) {
  let status = { state: CONNECTING, since: now(), reason: '', detail: '' };

  const whyUnreachable = () => (online() ? 'unreachable' : 'offline');

  function show(fields) {
    const since = (fields.state ?? status.state) === status.state ? status.since : now();
    status = { ...status, reason: '', detail: '', ...fields, since };
    send(status);
  }

  return {
    send: () => send(status),

    connected: () => show({ state: CONNECTED }),

    // The stream has no connection: `state` is its new state.
    lost(state) {
      const { reason, detail } = status;
      const guess = status.state === CONNECTED && online() ? 'lost' : whyUnreachable();
      const known = reason !== '' && reason !== 'lost'; // refused() has found out
      show(known ? { state, reason, detail } : { state, reason: guess });
    },

    // Derives the reason from the reply to a request with the same rights.
    refused(result) {
      const { status: code } = result;
      if (code === 401) {
        show({ reason: 'token', detail: problemOf(result) });
      } else if (code >= 400) {
        show({ reason: code < 500 ? 'refused' : 'unavailable', detail: problemOf(result) });
      } else {
        show({ reason: code === 200 ? 'lost' : whyUnreachable() });
      }
    },
  };
}
