// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// Pages of other origins: a web server with an empty page and the packages of the clients.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join, normalize } from 'node:path';

async function readScript(folder, path) {
  const inside = normalize(decodeURIComponent(path));
  assert.ok(!inside.includes('..'));
  // Modules of some packages import each other without the extension, which only bundlers accept.
  const name = inside.endsWith('.js') ? inside : `${inside}.js`;
  return readFile(join(folder, 'node_modules', name), 'utf8');
}

// Serves `/` and, below /npm/, scripts of the packages in `folder`, until the end of the test.
// `name` is a host name of the loopback interface. Returns the origin.
export async function site(t, folder, name = '127.0.0.1') {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://site');
    try {
      const [type, body] = pathname.startsWith('/npm/')
        ? ['text/javascript', await readScript(folder, pathname.slice('/npm/'.length))]
        : ['text/html', '<!doctype html><title>Elsewhere</title><link rel="icon" href="data:,">'];
      response.writeHead(200, { 'Content-Type': `${type}; charset=utf-8` }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://${name}:${server.address().port}`;
}
