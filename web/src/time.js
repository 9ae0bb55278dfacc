// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// Times as the reader's locale writes them.

const clockFormat = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const dayFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'full' });
const fullFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });

// A time that no date can hold is nobody's business but its writer's.
function format(formatter, at) {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? '' : formatter.format(date);
}

export const clock = (at) => format(clockFormat, at);
export const day = (at) => format(dayFormat, at);
export const full = (at) => format(fullFormat, at);

export function machine(at) {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
