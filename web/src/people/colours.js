// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// Returns the colour of a name: one of the classes .hue-0 … .hue-7 of chat.css.

const COLOURS = 8;

export function colourOf(name) {
  const letters = Array.from(name, (letter) => letter.codePointAt(0));
  const sum = letters.reduce((before, letter) => (before * 31 + letter) % 9973, 7);
  return `hue-${sum % COLOURS}`;
}
