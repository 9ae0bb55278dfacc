// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// What the tabs of a browser share: one stream for all their rooms, and one outbox. It runs in a
// SharedWorker or in one of the tabs (transport.js); tabs and core speak in messages that can be
// cloned.
//
//   tab -> core   {do: 'join', tab, topics, member, token}  also when one of them has changed
//                 {do: 'leave', tab} {do: 'token', token}
//                 {do: 'send', items} {do: 'retry', id} {do: 'discard', id} {do: 'reconnect'}
//   core -> tabs  {is: 'state', core, state, since, reason, detail}
//                 {is: 'live', core, topics}             these are listened to now
//                 {is: 'record', id, data, topics, time} {is: 'gap', detail}
//                 {is: 'presence', …detail} {is: 'typing', data}
//                 {is: 'outbox', items} {is: 'stored', item, id} {is: 'done', id}
//                 {is: 'token', token, needed}           needed: why, or ''

import { createApi, problemOf } from './api.js';
import { createOutbox, makeId, outcomeOf } from './outbox.js';
import { createDemux } from './demux.js';
import { CONNECTED, CONNECTING, createStream } from './stream.js';
import { createWatchdog } from './watchdog.js';

const HEARD_MAX = 80; // topics of one connection, those that were left too; the hub takes 100
const QUERY_MAX = 4000; // bytes of topics in a URL; the hub takes 8 KiB with the token and all

// The first of the topics, as many as a URL can hold.
function fitting(topics) {
  let size = 0;
  return topics.filter((topic) => {
    size += encodeURIComponent(topic).length + '&topic='.length;
    return size <= QUERY_MAX;
  });
}

export function createCore({
  broadcast,
  createApi: makeApi = createApi,
  makeSource,
  online = () => globalThis.navigator?.onLine !== false,
  now = Date.now,
}) {
  const name = makeId();
  const tabs = new Map(); // tab -> the topics it wants
  let topics = []; // wanted by any of them
  let asked = []; // by the connection that is being made
  let live = []; // listened to
  let heard = []; // listened to at any time of this connection
  let session = '';
  let changing = false;
  let member = '';
  let token = '';
  let needed = '';
  let shown = { state: CONNECTING, since: now(), reason: '', detail: '' };

  const api = makeApi({ token: () => token });

  function show(fields) {
    const since = (fields.state ?? shown.state) === shown.state ? shown.since : now();
    shown = { ...shown, reason: '', detail: '', ...fields, since };
    broadcast({ is: 'state', core: name, ...shown });
  }

  const tellToken = () => broadcast({ is: 'token', token, needed });
  const tellLive = () => broadcast({ is: 'live', core: name, topics: live });
  const tellOutbox = () =>
    broadcast({ is: 'outbox', items: outbox.items.map((item) => ({ ...item })) });

  function needToken(why) {
    needed = why;
    tellToken();
  }

  const outbox = createOutbox({
    send: async ({ topic, id, data }) => outcomeOf(await api.publish({ topic, id, data })),
    onStored(item, id) {
      broadcast({ is: 'stored', item: { ...item }, id });
      if (live.includes(item.topic) && session !== '') {
        watchdog.stored(item.id);
      }
    },
    onDone: (id) => broadcast({ is: 'done', id }),
    onToken: needToken,
    onChange: () => tellOutbox(),
  });

  const demux = createDemux({
    async lookup({ topics: of, ...page }) {
      const whole = fitting(of).length === of.length;
      const { status, answer } = await api.history({ ...page, topics: whole ? of : ['*'] });
      if (status === 200) {
        return answer;
      }
      return status === 400 || status === 410 ? { records: [] } : null;
    },
    deliver: (record) => broadcast({ is: 'record', ...record }),
  });

  function makeUrl(lastId) {
    const query = new URLSearchParams(fitting(topics).map((topic) => ['topic', topic]));
    query.set('hello', '1');
    query.set('presence', '1');
    query.set('name', member);
    if (token !== '') {
      query.set('authorization', token);
    }
    if (lastId !== '') {
      query.set('last_event_id', lastId);
    }
    return `subscribe?${query}`;
  }

  // EventSource does not say why it was refused: a question with the same rights does.
  async function explain() {
    const result = await api.history({ topics: topics.slice(0, 1), limit: 1 });
    const { status } = result;
    if (status === 401) {
      show({ reason: 'token', detail: problemOf(result) });
      needToken(problemOf(result));
    } else if (status >= 400) {
      show({ reason: status < 500 ? 'refused' : 'unavailable', detail: problemOf(result) });
    } else {
      show({ reason: status === 200 ? 'lost' : whyUnreachable() });
    }
    return status === 401;
  }

  const whyUnreachable = () => (online() ? 'unreachable' : 'offline');

  function onState(state) {
    if (state === CONNECTED) {
      show({ state });
      outbox.flush();
    } else {
      session = '';
      const { reason, detail } = shown;
      const guess = shown.state === CONNECTED && online() ? 'lost' : whyUnreachable();
      const known = reason !== '' && reason !== 'lost'; // explain() has found out
      show(known ? { state, reason, detail } : { state, reason: guess });
    }
  }

  // Makes the live stream listen to what is wanted now, without a new connection where possible.
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
      heard.length <= HEARD_MAX ? await api.change(mine, { add, remove }) : { status: 0 };
    changing = false;
    if (session === mine && status !== 204) {
      stream.start();
      return;
    }
    if (session === mine) {
      live = wanted;
      tellLive();
    }
    follow();
  }

  const stream = createStream({
    makeSource,
    makeUrl,
    explain,
    on: {
      state: onState,
      connect() {
        watchdog.reset();
        session = '';
        asked = fitting(topics); // the others follow
        heard = asked;
      },
      hello(detail) {
        session = detail.session ?? '';
        live = asked;
        tellLive();
        follow();
      },
      message({ id, data }) {
        const key = keyOf(data);
        watchdog.shown(key);
        outbox.seen(key);
        demux.take({ id, data }, { heard, open: token === '' });
      },
      gap: (detail) => broadcast({ is: 'gap', detail }),
      presence: (detail) => broadcast({ is: 'presence', ...detail }),
      typing: (data) => broadcast({ is: 'typing', data }),
    },
  });

  const watchdog = createWatchdog({ onMissing: () => stream.start() });

  function want() {
    topics = [...new Set([...tabs.values()].flat())].sort();
    if (topics.length === 0) {
      return; // the last tab is about to go
    }
    if (session !== '') {
      follow();
    } else if (String(fitting(topics)) !== String(asked)) {
      stream.start();
    }
  }

  function setToken(next) {
    token = next;
    needed = '';
    tellToken();
    outbox.flush();
  }

  const take = {
    join(message) {
      const begun = asked.length > 0;
      const adopts = token === '' && message.token !== '';
      const renamed = message.member !== member;
      member = message.member;
      tabs.set(message.tab, message.topics);
      if (adopts) {
        setToken(message.token);
      }
      want();
      if (begun && (adopts || renamed)) {
        stream.start();
      }
      broadcast({ is: 'state', core: name, ...shown });
      tellToken();
      tellOutbox();
      if (session !== '') {
        tellLive();
      }
    },
    leave({ tab }) {
      tabs.delete(tab);
      want();
    },
    token(message) {
      setToken(message.token);
      stream.start();
    },
    send: ({ items }) => items.forEach(outbox.add),
    retry: ({ id }) => outbox.retry(id),
    discard: ({ id }) => outbox.discard(id),
    reconnect() {
      stream.reconnect();
      outbox.flush();
    },
  };

  return {
    handle: (message) => take[message.do]?.(message),
    close: () => stream.close(),
  };
}

function keyOf(data) {
  try {
    return JSON.parse(data)?.key;
  } catch {
    return undefined;
  }
}
