// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// Connects this tab to the core that all tabs share. The core runs in a SharedWorker; else in the
// tab that holds a Web Lock, and the others reach it by BroadcastChannel; else in this tab alone.
// `onReady()` is called when there is a (new) core, which does not know this tab yet.

import { createSharedConnection } from './sharedconnection.js';

const NAME = 'belfry';

function viaWorker({ version, onMessage, onReady, onFail }) {
  // Another version's worker is another worker.
  const worker = new SharedWorker('worker.js', { name: `${NAME}-${version}` });
  const { port } = worker;
  worker.onerror = onFail;
  port.onmessage = ({ data }) => onMessage(data);
  queueMicrotask(onReady);
  return { send: (message) => port.postMessage(message), close: () => port.close() };
}

function viaLock({ version, onMessage, onReady }) {
  const channel = new BroadcastChannel(`${NAME}-${version}`);
  let core = null;
  let release = () => {};

  channel.onmessage = ({ data }) => {
    if (data.do !== undefined) {
      core?.handle(data);
    } else if (data.is === 'ready') {
      onReady();
    } else if (data.is === 'who') {
      if (core) {
        channel.postMessage({ is: 'ready' });
      }
    } else {
      onMessage(data);
    }
  };
  channel.postMessage({ is: 'who' });
  const done = new Promise((resolve) => (release = resolve));
  navigator.locks.request(`${NAME}-${version}`, () => {
    core = createSharedConnection({
      broadcast(message) {
        channel.postMessage(message);
        onMessage(structuredClone(message));
      },
    });
    channel.postMessage({ is: 'ready' });
    onReady();
    return done;
  });
  return {
    send: (message) => (core ? core.handle(message) : channel.postMessage(message)),
    close() {
      core?.close();
      core = null;
      channel.close();
      release();
    },
  };
}

function alone({ onMessage, onReady }) {
  const core = createSharedConnection({ broadcast: (message) => onMessage(message) });
  queueMicrotask(onReady);
  return { send: core.handle, close: core.close };
}

// {send(message), close()}
export function openTransport(options) {
  const openers = [];
  if (globalThis.SharedWorker) {
    openers.push(viaWorker);
  }
  if (navigator.locks && globalThis.BroadcastChannel) {
    openers.push(viaLock);
  }
  openers.push(alone);

  let transport;
  function next() {
    try {
      transport = openers.shift()({ ...options, onFail: next });
    } catch {
      next(); // forbidden, say
    }
  }
  next();
  return { send: (message) => transport.send(message), close: () => transport.close() };
}
