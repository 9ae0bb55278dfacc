// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// A colour per name: one of the classes .hue-0 … .hue-7 of style.css.

const HUES = 8;

export function hueOf(name) {
  const letters = Array.from(name, (letter) => letter.codePointAt(0));
  const sum = letters.reduce((before, letter) => (before * 31 + letter) % 9973, 7);
  return `hue-${sum % HUES}`;
}
