// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// A proxy in front of an edge. It sees all requests of a browser (playwright does not see those of
// a SharedWorker), and can break connections.

import { createServer, request as forward } from 'node:http';

export class Proxy {
  constructor(target) {
    this.target = new URL(target);
    this.requests = []; // {method, url, open}
    this.bytes = 0; // size of all responses, including heads
    this.cut = () => false; // (url) => boolean: whether to break the connection of a request
    this.server = createServer((request, response) => this.pass(request, response));
  }

  // Ends with the test.
  static async start(t, target) {
    const proxy = new Proxy(target);
    await new Promise((resolve) => {
      proxy.server.listen(0, '127.0.0.1', resolve);
    });
    t.after(() => {
      proxy.server.closeAllConnections();
      proxy.server.close();
    });
    return proxy;
  }

  get url() {
    return `http://127.0.0.1:${this.server.address().port}/`;
  }

  pass(request, response) {
    if (this.cut(request.url)) {
      request.socket.destroy();
      return;
    }
    const { hostname, port } = this.target;
    const { method, url, headers } = request;
    const entry = { method, url, open: true };
    this.requests.push(entry);
    const onward = forward({ hostname, port, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.rawHeaders);
      this.bytes += answer.rawHeaders.join('').length;
      answer.on('data', (chunk) => (this.bytes += chunk.length));
      answer.pipe(response);
      answer.on('error', () => response.destroy());
    });
    onward.on('error', () => response.destroy());
    response.on('close', () => {
      entry.open = false;
      onward.destroy();
    });
    request.pipe(onward);
  }

  // Breaks all connections, and from now on those of requests for which `cut` returns true.
  breakAll(cut) {
    this.cut = cut;
    this.server.closeAllConnections();
  }

  heal() {
    this.cut = () => false;
  }

  // Returns the number of requests whose URL has this beginning; `open`: only those still open.
  count(beginning, { open = false, method = 'GET' } = {}) {
    const one = (each) =>
      each.url.startsWith(beginning) && each.method === method && (!open || each.open);
    return this.requests.filter(one).length;
  }
}

// Selects the requests without which the page still loads, but does not work.
export const isApi = (url) =>
  /^\/(subscribe|subscriptions|publish|history|presence|topics)/.test(url);
