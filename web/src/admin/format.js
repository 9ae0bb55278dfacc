// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const one = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

export const count = (n) => whole.format(n ?? 0);

export function perSecond(n) {
  return n === null || n === undefined ? '–' : (n < 100 ? one : whole).format(n);
}

export function milliseconds(n) {
  return n === null || n === undefined ? '–' : `${n < 10 ? n.toFixed(2) : one.format(n)} ms`;
}

export function bytes(n) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  while (n >= 1024 && unit < units.length - 1) {
    n /= 1024;
    unit += 1;
  }
  return `${one.format(n)} ${units[unit]}`;
}

export function duration(ms) {
  const seconds = Math.floor(ms / 1000);
  const parts = [
    [86400, 'd'],
    [3600, 'h'],
    [60, 'min'],
    [1, 's'],
  ];
  const at = parts.findIndex(([size]) => seconds >= size);
  if (at < 0) {
    return '0 s';
  }
  const [size, name] = parts[at];
  const next = parts[at + 1];
  const rest = next ? Math.floor((seconds % size) / next[0]) : 0;
  return `${Math.floor(seconds / size)} ${name}${rest > 0 ? ` ${rest} ${next[1]}` : ''}`;
}

export function clock(ms) {
  return new Date(ms).toLocaleTimeString(undefined, { hour12: false });
}
