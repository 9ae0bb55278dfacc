// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// The body of a message. The page publishes JSON, {user, text, at, key, topic}. Anything else that
// is published is shown as it is, without a name.

const NOBODY = 'anonymous'; // in the log
export const NAME_MAX = 40;
export const TEXT_MAX = 4000; // that the page writes
const SHOWN_MAX = 20000; // of what others publish: a record may have 1 MiB

export function parseObject(data) {
  try {
    const value = JSON.parse(data);
    return value !== null && typeof value === 'object' ? value : {};
  } catch {
    return {};
  }
}

export function shorten(text, most = SHOWN_MAX) {
  return text.length > most ? `${text.slice(0, most)} …` : text;
}

// Returns a name that can be shown; '' means anonymous.
export function cleanName(name) {
  const text =
    typeof name === 'string' ? name.replace(/[\s\u0000-\u001f\u007f]+/g, ' ').trim() : '';
  return Array.from(text).slice(0, NAME_MAX).join('').trim();
}

// `at` is the writer's clock in ms, or null.
export function readBody(data) {
  const body = parseObject(data);
  const text = [body.text, body.message].find((value) => typeof value === 'string');
  if (text === undefined) {
    return { user: '', text: data, at: null, key: null };
  }
  return {
    user: cleanName(body.user === NOBODY ? '' : body.user),
    text,
    at: Number.isFinite(body.at) ? body.at : null,
    key: typeof body.key === 'string' ? body.key : null,
  };
}

export function writeBody({ user, text, at, key, topic }) {
  return JSON.stringify({ user: user || NOBODY, text, at, key, topic });
}
