// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// The people who are here. A member of the hub is one text; this page's members are `name#tag`,
// where the tag tells people of the same name apart. A reader with a token has the name in the
// token.

const TAG = /#([0-9a-f]{6})$/;
const SHOWN_MAX = 1000;

export function memberOf(name, me) {
  const free = name.replace(/^urn:uuid:/, 'urn uuid '); // the hub keeps these for itself
  return `${free}#${me.slice(0, 6)}`;
}

// {member, name, mine}
export function personOf(member, me) {
  const tag = TAG.exec(member)?.[1];
  return {
    member,
    name: tag === undefined ? member : member.slice(0, -7),
    mine: tag !== undefined && tag === me.slice(0, 6),
  };
}

// The people of one topic; `count` may be larger than the list. Somebody with a new name is listed
// under both names until the hub has noticed; the newest one counts.
export function createRoster() {
  const members = new Set();
  let count = 0;

  function listed() {
    const latest = new Map();
    members.forEach((member) => latest.set(TAG.exec(member)?.[1] ?? member, member));
    return [...latest.values()];
  }

  return {
    members: listed,
    count: () => Math.max(count - members.size, 0) + listed().length,

    // Returns false if events were missed; the hub does not repeat them.
    isWhole: () => members.size === Math.min(count, SHOWN_MAX),

    // Takes the reply of /presence.
    set(answer) {
      members.clear();
      answer.members.forEach(({ member }) => members.add(member));
      count = answer.count;
    },

    // Takes a belfry.presence event.
    apply({ event, member, count: now }) {
      const known = members.delete(member);
      if (event !== 'leave' && (known || members.size < SHOWN_MAX)) {
        members.add(member); // as the newest
      }
      count = now ?? Math.max(count, members.size);
    },
  };
}

// The reader first, then by name.
export function listPeople(members, me, locale) {
  const { compare } = new Intl.Collator(locale);
  return members
    .map((member) => personOf(member, me))
    .sort((a, b) => Number(b.mine) - Number(a.mine) || compare(a.name, b.name));
}
