// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// The rows of the message list, made from the items of messages.js: a heading where a day begins,
// the name only where the writer changes or has paused, and a line above the first new message.

import { parseId } from './messages.js';

const PAUSE = 5 * 60 * 1000;
const days = new WeakMap(); // item -> its day; there are thousands of items, and days are dear

function dayOf(item) {
  let day = days.get(item);
  if (day === undefined) {
    day = item.at === null ? null : new Date(item.at).toDateString();
    days.set(item, day);
  }
  return day;
}

function follows(before, item) {
  const close = before !== null && Math.abs((item.at ?? 0) - (before.at ?? 0)) < PAUSE;
  return close && before.user === item.user && before.mine === item.mine;
}

// Returns the first message of somebody else after the mark, the id of the last message read.
function firstNew(items, mark) {
  const place = parseId(mark);
  const beyond = (item) =>
    item.kind === 'message' &&
    !item.mine &&
    item.id.startsWith(`${place.epoch}-`) &&
    item.offset > place.offset;
  return place && items.find(beyond);
}

export function toRows(items, mark = '') {
  const marked = firstNew(items, mark);
  let before = null; // the message above
  let day = null; // the last known one
  return items.map((item) => {
    if (item.kind === 'gap') {
      before = null;
      return { key: item.key, item, newDay: false, follows: false, isNew: false };
    }
    const today = dayOf(item);
    const newDay = today !== null && today !== day;
    const isNew = item === marked;
    const row = { key: item.key, item, newDay, isNew, follows: false };
    row.follows = !newDay && !isNew && follows(before, item);
    before = item;
    day = today ?? day;
    return row;
  });
}
