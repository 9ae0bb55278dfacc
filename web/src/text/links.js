// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// Finds the web addresses in a text, http and https only. All the rest stays text.

const URL_START = /\bhttps?:\/\/(?!\/)[^\s<>"'`\u0000-\u0020\u3000-\u303f\uff00-\uffef]+/giu;
const TRAILING = /[.,:;!?*_~…]+$/u;
const LONGEST = 2000; // to look at longer ones costs more than they are worth
const PAIRS = { ')': '(', ']': '[', '}': '{' };

function count(text, letter) {
  return text.split(letter).length - 1;
}

// Punctuation of the sentence is not part of the address, nor is a bracket opened before it.
function trim(url) {
  for (;;) {
    const text = url.replace(TRAILING, '');
    const last = text.at(-1);
    const closes = PAIRS[last] && count(text, last) > count(text, PAIRS[last]);
    const next = closes ? text.slice(0, -1) : text;
    if (next === url) {
      return url;
    }
    url = next;
  }
}

function isAddress(text) {
  try {
    const { protocol, hostname } = new URL(text);
    return /^https?:$/.test(protocol) && hostname !== '';
  } catch {
    return false;
  }
}

// Returns [{text, href}], href only for addresses; the texts joined are the whole text.
export function toPieces(text) {
  const pieces = [];
  let end = 0;
  for (const { 0: found, index } of text.matchAll(URL_START)) {
    const url = found.length <= LONGEST ? trim(found) : '';
    if (isAddress(url)) {
      pieces.push({ text: text.slice(end, index) }, { text: url, href: url });
      end = index + url.length;
    }
  }
  pieces.push({ text: text.slice(end) });
  return pieces.filter((piece) => piece.text !== '');
}
