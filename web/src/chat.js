// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// The chat as one tab has it, for the components: what they show is in refs, what they want is
// called. The stream and the outbox are in the core (shared/core.js), which all tabs share.

import { computed, ref, shallowRef } from 'vue';
import { createPresence } from './people/presence.js';
import { createConversation } from './rooms/conversation.js';
import { browserStorage, tabStorage } from './shared/storage.js';
import { createUnsent } from './rooms/unsent.js';
import { createReadMarkers } from './rooms/readmarkers.js';
import { createRoomList } from './rooms/roomlist.js';
import { roomOf, topicOf } from './rooms/rooms.js';
import { memberOf } from './people/roster.js';
import { createApi } from './shared/api.js';
import { makeId, WAITING } from './shared/outbox.js';
import { CONNECTING } from './shared/stream.js';
import { cleanName, readBody, writeBody } from './text/text.js';

function identity() {
  const me = browserStorage.get('me') || makeId();
  browserStorage.set('me', me);
  return me;
}

// `open({onMessage, onReady})` gives the transport; `isSeen()` says whether the reader looks at the
// newest messages of the room now.
export function createChat({ open, isSeen }) {
  const me = identity();
  const tab = makeId();
  const unsent = createUnsent(browserStorage);
  const roomList = createRoomList(browserStorage);
  const conversations = new Map(); // topic -> conversation
  const handed = new Map(); // id -> item: given to the core, which has not shown it yet
  let core = '';
  let live = [];

  const room = ref('');
  const topic = computed(() => topicOf(room.value));
  const rooms = shallowRef(roomList.all());
  const nickname = ref(browserStorage.get('nickname'));
  const connection = shallowRef({ state: CONNECTING, since: Date.now(), reason: '', detail: '' });
  const access = shallowRef({ token: tabStorage.get('token'), needed: '' });
  const list = shallowRef({ items: [], older: '', loaded: false, loading: false });
  const outbox = shallowRef([]);
  const news = shallowRef(null); // the last message that came in while one looked at its room

  const api = createApi({ token: () => access.value.token });
  const isMine = (data) => readBody(data).key?.startsWith(me) === true;
  const readMarkers = createReadMarkers({ api, topic, isSeen, isMine });
  const name = () => cleanName(nickname.value);
  const member = () => memberOf(name(), me);
  const presence = createPresence({
    api,
    me,
    topic,
    name,
    member: () => (access.value.token === '' ? member() : ''),
  });

  // ---- the room that is shown ----

  const current = () => conversations.get(topic.value);

  function look() {
    if (current()?.loaded) {
      readMarkers.look(current().newest());
    }
  }

  function showList() {
    const { items, older, loaded, loading } = current();
    list.value = { items: [...items], older, loaded, loading };
    look();
  }

  function readRecord({ id, data, time }) {
    const body = readBody(data);
    return { ...body, id, mine: isMine(data), at: time ?? body.at ?? Date.now() };
  }

  function conversationOf(of) {
    if (!conversations.has(of)) {
      const conversation = createConversation({
        topic: of,
        history: api.history,
        read: readRecord,
        onChange: () => of === topic.value && showList(),
      });
      conversations.set(of, conversation);
    }
    return conversations.get(of);
  }

  function enter(next) {
    room.value = next;
    roomList.add(next);
    rooms.value = roomList.all();
    readMarkers.enter();
    const conversation = conversationOf(topic.value);
    if (live.includes(topic.value)) {
      presence.load(topic.value);
      if (!conversation.loaded) {
        conversation.load();
      }
    }
    showList();
    presence.show();
    join();
  }

  // ---- to and from the core ----

  function join() {
    const topics = [...new Set([...rooms.value.map(topicOf), topic.value])];
    const { token } = access.value;
    transport.send({ do: 'join', tab, topics, member: member(), token });
  }

  async function onLive(message) {
    const fresh = message.topics.filter((of) => core !== message.core || !live.includes(of));
    core = message.core;
    live = message.topics;
    if (live.includes(topic.value)) {
      presence.load(topic.value);
      if (!current().loaded && !fresh.includes(topic.value)) {
        current().load();
      }
    }
    fresh.forEach((of) => conversations.get(of)?.load());
    for (const of of fresh) {
      await readMarkers.load(of); // one after the other: there are few connections
      look();
    }
  }

  function onRecord(record) {
    const message = readRecord(record);
    presence.onMessage(message.key);
    for (const of of record.topics) {
      if (!message.mine && roomOf(of) !== null) {
        readMarkers.arrived(of, record.id);
      }
      if (conversations.get(of)?.add(record) && of === topic.value && !message.mine) {
        news.value = message;
      }
    }
    look();
  }

  function onToken({ token, needed }) {
    const changed = token !== access.value.token;
    access.value = { token, needed };
    tabStorage.set('token', token);
    if (changed) {
      presence.allowed();
    }
  }

  function showOutbox(items) {
    const known = new Set(items.map(({ id }) => id));
    items.forEach(({ id }) => handed.delete(id));
    const others = [...handed.values()].filter(({ id }) => !known.has(id));
    outbox.value = [...items, ...others];
  }

  const take = {
    state: (message) => (connection.value = message),
    live: onLive,
    record: onRecord,
    gap: ({ detail }) => conversations.forEach((each) => each.gap(detail)),
    presence: presence.onPresence,
    typing: ({ data }) => presence.onTyping(data),
    outbox: ({ items }) => showOutbox(items),
    stored: ({ item, id }) => conversations.get(item.topic)?.add({ id, data: item.data }),
    done({ id }) {
      handed.delete(id);
      unsent.drop(id);
    },
    token: onToken,
  };

  const transport = open({
    onMessage: (message) => take[message.is]?.(message),
    onReady() {
      join();
      transport.send({ do: 'send', items: unsent.list() });
    },
  });

  // ---- what the reader does ----

  function send(text) {
    const id = makeId(`${me}-`);
    const at = Date.now();
    const data = writeBody({ user: name(), text, at, key: id, topic: topic.value });
    const item = { id, topic: topic.value, data };
    unsent.put(item, at);
    handed.set(id, { ...item, state: WAITING, problem: '' });
    readMarkers.unmark();
    presence.sent();
    showOutbox(outbox.value.filter((each) => !handed.has(each.id)));
    transport.send({ do: 'send', items: [item] });
  }

  function rename(next) {
    nickname.value = next;
    browserStorage.set('nickname', next);
  }

  // Another tab has remembered something.
  function onStorageChange(what, value) {
    if (what === 'nickname') {
      nickname.value = value;
    } else if (what === 'rooms') {
      rooms.value = roomList.all();
      join();
    } else if (what !== null) {
      readMarkers.onStorageChange(what, value);
    }
  }

  return {
    me,
    room,
    topic,
    rooms,
    nickname,
    connection,
    access,
    marker: readMarkers.marker,
    list,
    outbox,
    counts: readMarkers.counts,
    people: presence.people,
    typists: presence.typists,
    news,
    enter,
    send,
    rename,
    look,
    onStorageChange,
    announce: join, // the new name
    typed: presence.typed,
    loadOlder: () => current().loadOlder(),
    retry: (id) => transport.send({ do: 'retry', id }),
    discard: (id) => transport.send({ do: 'discard', id }),
    reconnect: () => transport.send({ do: 'reconnect' }),
    setToken: (token) => transport.send({ do: 'token', token: token.trim() }),

    leaveRoom(left) {
      roomList.remove(left);
      rooms.value = roomList.all();
      readMarkers.leave(topicOf(left));
      conversations.get(topicOf(left))?.close();
      conversations.delete(topicOf(left));
      presence.forget(topicOf(left));
      join();
    },

    close() {
      transport.send({ do: 'leave', tab });
      transport.close();
    },

    // Rooms that there are on the server, as far as one may know.
    async findRooms() {
      const { status, answer } = await api.topics('chat');
      const all = status === 200 ? answer.topics.map((each) => roomOf(each.topic)) : [];
      return all.filter((each) => each !== null && !rooms.value.includes(each));
    },
  };
}
