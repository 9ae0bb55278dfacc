// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// Requests to the hub's routes. A reply is {status, answer, after}: status 0 if there was no reply
// (`late`: it took too long), `answer` is the parsed JSON or {}, `after` the milliseconds of
// Retry-After or null.

const TIMEOUT_MS = 12000;

function parseAnswer(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

function retryAfter(response) {
  const seconds = Number.parseInt(response.headers.get('Retry-After') ?? '', 10);
  return Number.isFinite(seconds) ? seconds * 1000 : null;
}

// Returns the text of a refusal, for people.
export function problemOf({ status, answer }) {
  const said = [answer.detail, answer.title].find((value) => typeof value === 'string');
  return said ?? `refused (${status})`;
}

function pageQuery({ topics, before, after, limit }) {
  const query = new URLSearchParams(topics.map((topic) => ['topic', topic]));
  for (const [name, value] of Object.entries({ before, after, limit })) {
    if (value) {
      query.set(name, String(value));
    }
  }
  return query;
}

// `token()` returns the current token, or ''.
export function createApi({
  token = () => '',
  fetch = (...all) => globalThis.fetch(...all),
  timeout = TIMEOUT_MS,
} = {}) {
  async function ask(path, options = {}) {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), timeout);
    const headers = { ...options.headers };
    if (token() !== '') {
      headers.Authorization = `Bearer ${token()}`;
    }
    try {
      const response = await fetch(path, { ...options, headers, signal: abort.signal });
      const text = await response.text();
      return { status: response.status, answer: parseAnswer(text), after: retryAfter(response) };
    } catch {
      return { status: 0, answer: {}, after: null, late: abort.signal.aborted };
    } finally {
      clearTimeout(timer);
    }
  }

  function post(path, value) {
    const headers = { 'Content-Type': 'application/json' };
    return ask(path, { method: 'POST', headers, body: JSON.stringify(value) });
  }

  // A reply without its list is not from the hub, and counts as no reply.
  async function list(path, name) {
    const result = await ask(path);
    const strange = result.status === 200 && !Array.isArray(result.answer[name]);
    return strange ? { ...result, status: 0 } : result;
  }

  return {
    publish: (record) => post('publish', record),
    // Changes the topics of the stream that has this session: {add, remove}.
    change: (session, change) => post(`subscriptions/${encodeURIComponent(session)}`, change),
    // {topics, before, after, limit}
    history: (page) => list(`history?${pageQuery(page)}`, 'records'),
    presence: (topic) => list(`presence?${new URLSearchParams({ topic })}`, 'members'),
    topics: (after) => list(`topics?${new URLSearchParams({ after, limit: '1000' })}`, 'topics'),
  };
}
