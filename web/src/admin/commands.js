// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// Queries and commands of the page. Every function resolves to the parsed reply, or throws a
// Refused.

export class Refused extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

const TIMEOUT_MS = 12000;

async function parse(response) {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

export function createCommands({ token, fetch = (...all) => globalThis.fetch(...all) }) {
  async function ask(path, options = {}) {
    const headers = { ...options.headers };
    if (token() !== '') {
      headers.Authorization = `Bearer ${token()}`;
    }
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), TIMEOUT_MS);
    try {
      const response = await fetch(path, { ...options, headers, signal: abort.signal });
      const answer = await parse(response);
      if (!response.ok) {
        throw new Refused(response.status, answer.detail ?? `status ${response.status}`);
      }
      return answer;
    } catch (error) {
      throw error instanceof Refused ? error : new Refused(0, 'cannot reach the edge');
    } finally {
      clearTimeout(timer);
    }
  }

  const post = (path, value) =>
    ask(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(value),
    });

  const command = (name, ...args) => post('admin/commands', { command: name, arguments: args });

  return {
    topics: () => command('topics', '', '1000'),
    members: (topic) => command('presence', topic, '', '200'),
    clients: (edge, topic) => command('edge', edge, 'clients', topic, '', '200'),
    disconnect: (edge, client) => command('edge', edge, 'disconnect', 'client', client),
    drain: (edge) => command('edge', edge, 'drain'),
    undrain: (edge) => command('edge', edge, 'undrain'),
    publish: (topic, data, type) =>
      post('publish', { topic, data, ...(type === '' ? {} : { type }) }),
    history: (topic) => ask(`history?${new URLSearchParams({ topic, limit: '20' })}`),
  };
}
