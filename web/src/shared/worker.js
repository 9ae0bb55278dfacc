// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// The SharedWorker: a core for all tabs of this browser that loaded the same version of the page.

import { createSharedConnection } from './sharedconnection.js';

const ports = new Set();
const core = createSharedConnection({
  broadcast(message) {
    ports.forEach((port) => port.postMessage(message));
  },
});

globalThis.onconnect = ({ ports: [port] }) => {
  ports.add(port);
  port.onmessage = ({ data }) => {
    if (data.do === 'leave') {
      ports.delete(port);
    }
    core.handle(data);
  };
};
