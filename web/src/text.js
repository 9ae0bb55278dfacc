// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// What a message says. The page publishes JSON, {user, text, at, key}; anybody may publish anything
// else, and it is shown as it is, from "anonymous".

export const ANONYMOUS = 'anonymous';
export const NAME_MAX = 40;
export const TEXT_MAX = 4000;

function parseObject(data) {
  try {
    const value = JSON.parse(data);
    return value !== null && typeof value === 'object' ? value : {};
  } catch {
    return {};
  }
}

export function cleanName(name) {
  const text = typeof name === 'string' ? name.replace(/\s+/g, ' ').trim() : '';
  return Array.from(text).slice(0, NAME_MAX).join('') || ANONYMOUS;
}

// `at` is the writer's clock in ms, or null.
export function readBody(data) {
  const body = parseObject(data);
  const text = [body.text, body.message].find((value) => typeof value === 'string');
  if (text === undefined) {
    return { user: ANONYMOUS, text: data, at: null, key: null };
  }
  return {
    user: cleanName(body.user),
    text,
    at: Number.isFinite(body.at) ? body.at : null,
    key: typeof body.key === 'string' ? body.key : null,
  };
}

export function writeBody({ user, text, at, key }) {
  return JSON.stringify({ user, text, at, key });
}
