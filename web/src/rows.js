// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// What the list shows for the items of messages.js: a heading where a day begins, and the name only
// where the speaker changes or has paused.

const PAUSE = 5 * 60 * 1000;

function sameDay(a, b) {
  return new Date(a).toDateString() === new Date(b).toDateString();
}

export function toRows(items) {
  let before = null; // the message above
  let day = null; // the last known time
  return items.map((item) => {
    if (item.kind === 'gap') {
      before = null;
      return { item, newDay: false, follows: false };
    }
    const newDay = item.at !== null && (day === null || !sameDay(day, item.at));
    const close = before !== null && Math.abs((item.at ?? 0) - (before.at ?? 0)) < PAUSE;
    const follows = !newDay && close && before.user === item.user && before.mine === item.mine;
    before = item;
    day = item.at ?? day;
    return { item, newDay, follows };
  });
}
