// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// The topics of the one stream: all topics that any tab wants. The live stream is changed where
// possible; otherwise a new connection is made.

const HEARD_MAX = 80; // topics of one connection, those that were left too; the hub takes 100
const QUERY_MAX = 4000; // bytes of topics in a URL; the hub takes 8 KiB with the token and all

// Returns the first topics, up to the number that fits into a URL.
export function fitting(topics) {
  let size = 0;
  return topics.filter((topic) => {
    size += encodeURIComponent(topic).length + '&topic='.length;
    return size <= QUERY_MAX;
  });
}

// `change(session, {add, remove})` asks the hub to change the live stream and resolves to its
// reply; `restart()` makes a new connection; `onLive(topics)` is called when the topics of the
// stream have changed.
export function createSubscription({ change, restart, onLive }) {
  const tabs = new Map(); // tab -> the topics it wants
  let topics = []; // wanted by any of them
  let asked = []; // by the connection that is being made
  let live = []; // listened to
  let heard = []; // listened to at any time of this connection
  let session = '';
  let changing = false;

  function setLive(next) {
    live = next;
    onLive(live);
  }

  // Makes the live stream listen to the topics wanted now, without a new connection where possible.
  async function follow() {
    const add = topics.filter((topic) => !live.includes(topic));
    const remove = live.filter((topic) => !topics.includes(topic));
    if (changing || session === '' || add.length + remove.length === 0) {
      return;
    }
    const mine = session;
    const wanted = topics;
    heard = [...new Set([...heard, ...add])];
    changing = true;
    const { status } =
      heard.length <= HEARD_MAX ? await change(mine, { add, remove }) : { status: 0 };
    changing = false;
    if (session === mine && status !== 204) {
      restart();
      return;
    }
    if (session === mine) {
      setLive(wanted);
    }
    follow();
  }

  function update() {
    topics = [...new Set([...tabs.values()].flat())].sort();
    if (topics.length === 0) {
      return; // the last tab is about to go
    }
    if (session !== '') {
      follow();
    } else if (String(fitting(topics)) !== String(asked)) {
      restart();
    }
  }

  return {
    topics: () => topics,
    live: () => live,
    heard: () => heard,
    isOpen: () => session !== '',
    isStarted: () => asked.length > 0,

    // Sets the topics that a tab wants.
    set(tab, wanted) {
      tabs.set(tab, wanted);
      update();
    },

    remove(tab) {
      tabs.delete(tab);
      update();
    },

    // A connection is being made.
    connecting() {
      session = '';
      asked = fitting(topics); // the others follow
      heard = asked;
    },

    // The hub has named the session of the connection.
    opened(id) {
      session = id;
      setLive(asked);
      follow();
    },

    // The connection is lost.
    lost: () => (session = ''),
  };
}
