// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// The core: what the tabs of a browser share, one stream for all their rooms and one outbox. It
// runs in a SharedWorker or in one of the tabs (transport.js); tabs and core exchange messages that
// can be cloned.
//
//   tab -> core   {do: 'join', tab, topics, member, token}  also when one of them has changed
//                 {do: 'leave', tab} {do: 'token', token}
//                 {do: 'send', items} {do: 'retry', id} {do: 'discard', id} {do: 'reconnect'}
//   core -> tabs  {is: 'state', core, state, since, reason, detail}
//                 {is: 'live', core, topics}             the topics of the stream now
//                 {is: 'record', id, data, topics, time} {is: 'gap', detail}
//                 {is: 'presence', …detail} {is: 'typing', data}
//                 {is: 'outbox', items} {is: 'stored', item, id} {is: 'done', id}
//                 {is: 'token', token, needed}           needed: the reason, or ''

import { createApi, problemOf } from './api.js';
import { createTopicLookup } from './topiclookup.js';
import { createOutbox, makeId, outcomeOf } from './outbox.js';
import { createConnectionStatus } from './connectionstatus.js';
import { CONNECTED, createStream } from './stream.js';
import { createSubscription, fitting } from './subscription.js';
import { createWatchdog } from './watchdog.js';

function keyOf(data) {
  try {
    return JSON.parse(data)?.key;
  } catch {
    return undefined;
  }
}

// The token of all tabs, and the reason why the hub requires another one.
function createAccess({ broadcast }) {
  let token = '';
  let needed = '';

  const send = () => broadcast({ is: 'token', token, needed });

  return {
    send,
    token: () => token,
    set(next) {
      token = next;
      needed = '';
      send();
    },
    need(why) {
      needed = why;
      send();
    },
  };
}

// Each function below makes one part of the core. `core` holds all of them: {broadcast, name,
// member, access, api, status, outbox, topicLookup, subscription, stream, watchdog}.

const sendOutbox = ({ broadcast, outbox }) =>
  broadcast({ is: 'outbox', items: outbox.items.map((item) => ({ ...item })) });

const sendLive = ({ broadcast, name, subscription }) =>
  broadcast({ is: 'live', core: name, topics: subscription.live() });

function makeOutbox(core) {
  const { api, broadcast, access } = core;
  return createOutbox({
    send: async ({ topic, id, data }) => outcomeOf(await api.publish({ topic, id, data })),
    onStored(item, id) {
      broadcast({ is: 'stored', item: { ...item }, id });
      if (core.subscription.live().includes(item.topic) && core.subscription.isOpen()) {
        core.watchdog.stored(item.id);
      }
    },
    onDone: (id) => broadcast({ is: 'done', id }),
    onToken: access.need,
    onChange: () => sendOutbox(core),
  });
}

function makeTopicLookup({ api, broadcast }) {
  return createTopicLookup({
    async lookup({ topics, ...page }) {
      const whole = fitting(topics).length === topics.length;
      const { status, answer } = await api.history({ ...page, topics: whole ? topics : ['*'] });
      if (status === 200) {
        return answer;
      }
      return status === 400 || status === 410 ? { records: [] } : null;
    },
    deliver: (record) => broadcast({ is: 'record', ...record }),
  });
}

function makeSubscription(core) {
  return createSubscription({
    change: core.api.change,
    restart: () => core.stream.start(),
    onLive: () => sendLive(core),
  });
}

function makeUrl({ subscription, member, access }, lastId) {
  const topics = fitting(subscription.topics());
  const query = new URLSearchParams(topics.map((topic) => ['topic', topic]));
  query.set('hello', '1');
  query.set('presence', '1');
  query.set('name', member);
  if (access.token() !== '') {
    query.set('authorization', access.token());
  }
  if (lastId !== '') {
    query.set('last_event_id', lastId);
  }
  return `subscribe?${query}`;
}

// EventSource does not report why it was refused, so a request with the same rights is sent.
// Resolves to true if trying again is useless.
async function explain({ api, subscription, status, access }) {
  const result = await api.history({ topics: subscription.topics().slice(0, 1), limit: 1 });
  status.refused(result);
  if (result.status === 401) {
    access.need(problemOf(result));
  }
  return result.status === 401;
}

function makeStream(core, makeSource) {
  const { broadcast, subscription, status, outbox, topicLookup, access } = core;
  return createStream({
    makeSource,
    makeUrl: (lastId) => makeUrl(core, lastId),
    explain: () => explain(core),
    on: {
      state(state) {
        if (state === CONNECTED) {
          status.connected();
          outbox.flush();
        } else {
          subscription.lost();
          status.lost(state);
        }
      },
      connect() {
        core.watchdog.reset();
        subscription.connecting();
      },
      hello: (detail) => subscription.opened(detail.session ?? ''),
      message({ id, data }) {
        const key = keyOf(data);
        core.watchdog.shown(key);
        outbox.seen(key);
        topicLookup.take({ id, data }, { heard: subscription.heard(), open: access.token() === '' });
      },
      gap: (detail) => broadcast({ is: 'gap', detail }),
      presence: (detail) => broadcast({ is: 'presence', ...detail }),
      typing: (data) => broadcast({ is: 'typing', data }),
    },
  });
}

// Handlers for the messages of tabs.
function makeHandlers(core) {
  const { subscription, status, access, outbox, stream } = core;

  function setToken(token) {
    access.set(token);
    outbox.flush();
  }

  return {
    join({ tab, topics, member, token }) {
      const started = subscription.isStarted();
      const adopts = access.token() === '' && token !== '';
      const renamed = member !== core.member;
      core.member = member;
      if (adopts) {
        setToken(token);
      }
      subscription.set(tab, topics);
      if (started && (adopts || renamed)) {
        stream.start();
      }
      status.send();
      access.send();
      sendOutbox(core);
      if (subscription.isOpen()) {
        sendLive(core);
      }
    },
    leave: ({ tab }) => subscription.remove(tab),
    token({ token }) {
      setToken(token);
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
}

// `broadcast(message)` sends to all tabs; the others are for tests.
export function createSharedConnection({
  broadcast,
  createApi: makeApi = createApi,
  makeSource,
  online = () => globalThis.navigator?.onLine !== false,
  now = Date.now,
}) {
  const core = { broadcast, name: makeId(), member: '' };
  core.access = createAccess(core);
  core.api = makeApi({ token: core.access.token });
  core.status = createConnectionStatus({
    send: (status) => broadcast({ is: 'state', core: core.name, ...status }),
    online,
    now,
  });
  core.outbox = makeOutbox(core);
  core.topicLookup = makeTopicLookup(core);
  core.subscription = makeSubscription(core);
  core.stream = makeStream(core, makeSource);
  core.watchdog = createWatchdog({ onMissing: () => core.stream.start() });
  const handlers = makeHandlers(core);

  return {
    handle: (message) => handlers[message.do]?.(message),
    close: core.stream.close,
  };
}
