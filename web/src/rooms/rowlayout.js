// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// Where the rows of a long list are, when only those in sight are made: the heights that were
// measured, and the average of them for the others. All in px.

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

  // The row at this height.
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

    // True when it differs from what was known.
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

    // All is of another size now, say because the window is.
    forget() {
      heights.clear();
      measured = 0;
      stale = true;
    },

    // Which rows to make for this part of the list: [from, to), and the room before and after them;
    // top = Infinity: for the end.
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

    // What is at this height: {key, offset}, the offset being from the row's end, which stays when
    // the row gets or loses a heading; no row before the `first` one.
    anchor(y, first = 0) {
      refresh();
      const i = Math.max(rowAt(y), Math.min(first, keys.length - 1));
      return keys.length > 0 ? { key: keys[i], offset: y - tops[i + 1] } : null;
    },

    // The height of an anchor, or null when its row is gone.
    find(anchor) {
      refresh();
      const i = anchor && places.get(anchor.key);
      return i === undefined || i === null ? null : tops[i + 1] + anchor.offset;
    },
  };
}
