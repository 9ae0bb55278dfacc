// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// Positions of the rows of a long list of which only the visible ones are rendered. Uses measured
// heights, and their average for the other rows. All in px.

const WHOLE = 200; // so short a list is made whole: the browser's own search finds all of it
const GUESS = 56;

export function createRowLayout() {
  const heights = new Map(); // key -> px
  let keys = [];
  let places = new Map(); // key -> index
  let tops = [0]; // tops[i]: of row i; the last one: the end of all
  let measured = 0;
  let stale = false;

  function average() {
    return heights.size > 0 ? measured / heights.size : GUESS;
  }

  function refresh() {
    if (stale) {
      const guess = average();
      tops = [0];
      keys.forEach((key, i) => tops.push(tops[i] + (heights.get(key) ?? guess)));
      stale = false;
    }
  }

  // Returns the row at this height.
  function rowAt(y) {
    let low = 0;
    let high = keys.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (tops[middle] <= y) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return Math.max(low, 0);
  }

  return {
    setKeys(next) {
      keys = next;
      places = new Map(next.map((key, i) => [key, i]));
      stale = true;
    },

    // Returns true if the height differs from the known one.
    measure(key, height) {
      const known = heights.get(key);
      if (known !== undefined && Math.abs(known - height) < 0.1) {
        return false;
      }
      measured += height - (known ?? 0);
      heights.set(key, height);
      stale = true;
      return true;
    },

    // All heights are void, for example because the window was resized.
    forget() {
      heights.clear();
      measured = 0;
      stale = true;
    },

    // Returns the rows to render for this part of the list: [from, to), and the space before and
    // after them. top = Infinity: the end.
    range(wanted, height) {
      refresh();
      const end = tops.at(-1);
      if (keys.length <= WHOLE) {
        return { from: 0, to: keys.length, before: 0, after: 0 };
      }
      const top = Math.min(wanted, end - height);
      const from = rowAt(top - height);
      const to = Math.min(rowAt(top + 2 * height) + 1, keys.length);
      return { from, to, before: tops[from], after: end - tops[to] };
    },

    // Returns an anchor for this height, {key, offset}. The offset counts from the row's end, which
    // stays in place if the row gets or loses a heading. No row before `first` is used.
    anchor(y, first = 0) {
      refresh();
      const i = Math.max(rowAt(y), Math.min(first, keys.length - 1));
      return keys.length > 0 ? { key: keys[i], offset: y - tops[i + 1] } : null;
    },

    // Returns the height of an anchor, or null if its row was removed.
    find(anchor) {
      refresh();
      const i = anchor && places.get(anchor.key);
      return i === undefined || i === null ? null : tops[i + 1] + anchor.offset;
    },
  };
}
