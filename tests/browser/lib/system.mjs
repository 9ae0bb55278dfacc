// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// A complete Belfry for a test: `belfry up` with two edges, its own ports and its own directory.

import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findChild } from './processes.mjs';
import { DEADLINE_MS, waitUntil } from './waiting.mjs';

const EDGES = 2;
const OPERATIONS = 100; // P+100 is the broker's operations port, P+100+i that of edge i
const LOG_LINES = 60;

function bindable(port) {
  return new Promise((resolve) => {
    const trial = createServer();
    trial.once('error', () => resolve(false));
    trial.listen(port, '127.0.0.1', () => trial.close(() => resolve(true)));
  });
}

// Returns a port P such that all ports that `belfry up` derives from it are free. They are below
// the ephemeral range, so that no outgoing connection can take one while our server is down.
async function freePort() {
  const [first, last] = (process.env.BELFRY_BROWSER_PORTS ?? '24000-24999').split('-').map(Number);
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = first + Math.floor(Math.random() * (last - first - OPERATIONS - EDGES));
    const wanted = [0, 1, 2, OPERATIONS, OPERATIONS + 1, OPERATIONS + 2];
    const free = await Promise.all(wanted.map((offset) => bindable(port + offset)));
    if (free.every(Boolean)) {
      return port;
    }
  }
  throw new Error(`no free ports in ${first}-${last}`);
}

export class System {
  constructor(port, directory, environment) {
    this.port = port;
    this.directory = directory;
    this.environment = environment;
    this.up = null;
    this.log = [];
  }

  // `t` is the test. Everything is stopped after it, and a failure shows the end of the log.
  // `environment` may contain options of the programs, for example { BELFRY_RETRY: '1s' }.
  static async start(t, { environment = {} } = {}) {
    const directory = await mkdtemp(join(tmpdir(), 'belfry-browser-'));
    const system = new System(await freePort(), directory, environment);
    t.after(async () => {
      await system.stop();
      await rm(directory, { recursive: true, force: true });
    });
    await system.start();
    return system;
  }

  url(edge = 0) {
    return `http://127.0.0.1:${this.port + edge}/`;
  }

  async start({ data = 'data' } = {}) {
    const binary = join(process.env.BELFRY_BIN ?? '.', 'belfry');
    const args = [
      'up',
      '--port',
      this.port,
      '--edges',
      EDGES,
      '--data',
      join(this.directory, data),
    ];
    const up = spawn(binary, args.map(String), {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...this.environment },
    });
    this.up = up;
    this.ended = new Promise((resolve) => {
      up.once('error', (error) => resolve(error.message));
      up.once('close', (code, signal) => resolve(`ended: ${signal ?? code}`));
    });
    let ready = false;
    let dead = null;
    this.ended.then((how) => (dead = how));
    up.stdout.on('data', (text) => (ready ||= String(text).includes('belfry is up')));
    for (const output of [up.stdout, up.stderr]) {
      output.on('data', (text) => this.log.push(String(text)));
    }
    await waitUntil('belfry is up', () => ready || dead !== null, { shows: () => this.tail() });
    if (!ready) {
      throw new Error(`${binary} up: ${dead}\n${this.tail()}`);
    }
  }

  async stop() {
    if (this.up !== null) {
      this.up.kill('SIGTERM');
      const hard = setTimeout(() => this.up.kill('SIGKILL'), DEADLINE_MS);
      await this.ended;
      clearTimeout(hard);
      this.up = null;
    }
  }

  tail() {
    return this.log.join('').split('\n').slice(-LOG_LINES).join('\n');
  }

  broker() {
    return waitUntil('the broker’s process', () => findChild(this.up.pid, 'belfry-broker'));
  }

  edge(number) {
    return waitUntil(`the process of edge ${number}`, () =>
      findChild(this.up.pid, 'belfry-edge', this.port + number),
    );
  }

  // Publishes through an edge, without a page. Returns the JSON of the response.
  async publish(edge, query, body, headers = {}) {
    const response = await fetch(`${this.url(edge)}publish${query}`, {
      method: 'POST',
      body,
      headers,
    });
    const answer = await response.text();
    if (!response.ok) {
      throw new Error(`publish: ${response.status} ${answer}`);
    }
    return JSON.parse(answer);
  }
}
