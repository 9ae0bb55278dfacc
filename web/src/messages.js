// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// The messages of one room: each once, in the order of the log, whatever order they arrive in.
// They are known by their SSE id, `epoch-offset`. Epochs don't compare; the one seen first is
// older.

const ID = /^([a-z0-9]{1,7})-(\d{1,20})$/;

// {epoch, offset}, or null when the text is no id of ours.
export function parseId(text) {
  const match = ID.exec(text ?? '');
  return match && { epoch: match[1], offset: BigInt(match[2]) };
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

// `limit` is the number of items kept; beyond it the oldest go.
export function createMessages({ limit = 1000 } = {}) {
  const items = [];
  const epochs = [];
  let gaps = 0;

  function rankOf(epoch) {
    const known = epochs.indexOf(epoch);
    return known >= 0 ? known : epochs.push(epoch) - 1;
  }

  // False when an equal one is there, or when it is older than all that is kept.
  function insert(item) {
    let at = items.length;
    while (at > 0 && compare(items[at - 1], item) > 0) {
      at -= 1;
    }
    if (at > 0 && compare(items[at - 1], item) === 0) {
      return false;
    }
    if (at === 0 && items.length >= limit) {
      return false;
    }
    items.splice(at, 0, item);
    items.splice(0, items.length - limit);
    return true;
  }

  return {
    // Sorted; the caller reads only.
    items,

    // Takes {id, …}. True when it is new.
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

    // The stream has told of a gap: what follows does not join what is here. `detail` is the data
    // of belfry.gap. Messages past the head it names are no longer in the log, and leave the list.
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
