// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// The messages of one room: each once, in the order of the log, whatever order they arrive in. They
// are identified by their SSE id, `epoch-offset`. Epochs cannot be compared; the one seen first
// counts as older.

const ID = /^([a-z0-9]{1,7})-(\d{1,20})$/;

// Returns {epoch, offset}, or null if the text is not an id of the hub.
export function parseId(text) {
  const match = ID.exec(text ?? '');
  return match && { epoch: match[1], offset: BigInt(match[2]) };
}

// Returns true if the first is later; ids of different logs cannot be compared.
export function isAfter(a, b) {
  const [left, right] = [parseId(a), parseId(b)];
  return left !== null && left.epoch === right?.epoch && left.offset > right.offset;
}

function compare(a, b) {
  if (a.rank !== b.rank) {
    return a.rank - b.rank;
  }
  if (a.offset !== b.offset) {
    return a.offset < b.offset ? -1 : 1;
  }
  return Number(a.kind === 'gap') - Number(b.kind === 'gap'); // a gap comes after its message
}

// Returns the index of the first item that is not before this one.
function placeOf(items, item) {
  let low = 0;
  let high = items.length;
  if (high > 0 && compare(items[high - 1], item) < 0) {
    return high; // nearly always
  }
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compare(items[middle], item) < 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

// `limit` is the number of items kept; beyond it the oldest are dropped.
export function createMessages({ limit = 20000 } = {}) {
  const items = [];
  const epochs = [];
  let gaps = 0;

  function rankOf(epoch) {
    const known = epochs.indexOf(epoch);
    return known >= 0 ? known : epochs.push(epoch) - 1;
  }

  // Returns false if an equal item exists, or if the item is older than all that are kept.
  function insert(item) {
    const at = placeOf(items, item);
    if (at < items.length && compare(items[at], item) === 0) {
      return false;
    }
    if (at === 0 && items.length >= limit) {
      return false;
    }
    items.splice(at, 0, item);
    items.splice(0, items.length - limit);
    return true;
  }

  const find = (step, from) => {
    for (let i = from; i >= 0 && i < items.length; i += step) {
      if (items[i].kind === 'message') {
        return items[i].id;
      }
    }
    return '';
  };

  return {
    // Sorted; the caller reads only.
    items,
    isFull: () => items.length >= limit,

    // Ids of messages; '' if there are none.
    oldest: () => find(1, 0),
    newest: () => find(-1, items.length - 1),

    // Adds {id, …}. Returns true if it is new.
    add(message) {
      const place = parseId(message.id);
      return (
        place !== null &&
        insert({
          ...message,
          kind: 'message',
          key: message.id,
          rank: rankOf(place.epoch),
          offset: place.offset,
        })
      );
    },

    // The stream has reported a gap: the next messages do not join those here. `detail` is the data
    // of belfry.gap. Messages after the head that it names are no longer in the log and are
    // removed.
    gap({ reason = '', head = '' } = {}) {
      const end = parseId(head);
      if (reason === 'unknown' && end && epochs.includes(end.epoch)) {
        const rank = rankOf(end.epoch);
        while (items.length > 0 && items.at(-1).rank === rank && items.at(-1).offset > end.offset) {
          items.pop();
        }
      }
      const last = items.at(-1);
      gaps += 1;
      insert({
        kind: 'gap',
        key: `gap-${gaps}`,
        reason,
        rank: last ? last.rank : -1,
        offset: last ? last.offset : 0n,
      });
    },
  };
}
