// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// Formats times as a locale writes them.

const STYLES = {
  clock: { timeStyle: 'short' },
  day: { dateStyle: 'full' },
  full: { dateStyle: 'full', timeStyle: 'medium' },
};
const formats = new Map(); // making one is slow

function formatOf(locale, style) {
  const name = `${locale} ${style}`;
  if (!formats.has(name)) {
    formats.set(name, new Intl.DateTimeFormat(locale, STYLES[style]));
  }
  return formats.get(name);
}

// A time outside the range of dates is left out.
export function format(locale, style, at) {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? '' : formatOf(locale, style).format(date);
}

export function machine(at) {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
