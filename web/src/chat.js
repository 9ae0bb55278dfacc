// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// The chat as one tab has it, for the components: what they show is in refs, what they want is
// called. The stream and the outbox are in the core (shared/core.js), which all tabs share.

import { computed, ref, shallowRef } from 'vue';
import { createCompany } from './people/company.js';
import { createConversation } from './rooms/conversation.js';
import { browserMemory, tabMemory } from './shared/memory.js';
import { createQueue } from './rooms/queue.js';
import { createReading } from './rooms/reading.js';
import { createRoomList } from './rooms/roomlist.js';
import { roomOf, topicOf } from './rooms/rooms.js';
import { memberOf } from './people/roster.js';
import { createApi } from './shared/api.js';
import { makeId, WAITING } from './shared/outbox.js';
import { CONNECTING } from './shared/stream.js';
import { cleanName, readBody, writeBody } from './text/text.js';

function identity() {
  const me = browserMemory.recall('me') || makeId();
  browserMemory.remember('me', me);
  return me;
}

// `open({onMessage, onReady})` gives the carrier; `isSeen()` says whether the reader looks at the
// newest messages of the room now.
export function createChat({ open, isSeen }) {
  const me = identity();
  const tab = makeId();
  const queue = createQueue(browserMemory);
  const roomList = createRoomList(browserMemory);
  const conversations = new Map(); // topic -> conversation
  const handed = new Map(); // id -> item: given to the core, which has not shown it yet
  let core = '';
  let live = [];

  const room = ref('');
  const topic = computed(() => topicOf(room.value));
  const rooms = shallowRef(roomList.all());
  const nickname = ref(browserMemory.recall('nickname'));
  const connection = shallowRef({ state: CONNECTING, since: Date.now(), reason: '', detail: '' });
  const access = shallowRef({ token: tabMemory.recall('token'), needed: '' });
  const list = shallowRef({ items: [], older: '', loaded: false, loading: false });
  const outbox = shallowRef([]);
  const news = shallowRef(null); // the last message that came in while one looked at its room

  const api = createApi({ token: () => access.value.token });
  const isMine = (data) => readBody(data).key?.startsWith(me) === true;
  const reading = createReading({ api, topic, isSeen, isMine });
  const name = () => cleanName(nickname.value);
  const member = () => memberOf(name(), me);
  const company = createCompany({
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
      reading.look(current().newest());
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
    reading.enter();
    const conversation = conversationOf(topic.value);
    if (live.includes(topic.value)) {
      company.load(topic.value);
      if (!conversation.loaded) {
        conversation.load();
      }
    }
    showList();
    company.show();
    join();
  }

  // ---- to and from the core ----

  function join() {
    const topics = [...new Set([...rooms.value.map(topicOf), topic.value])];
    const { token } = access.value;
    carrier.send({ do: 'join', tab, topics, member: member(), token });
  }

  async function onLive(message) {
    const fresh = message.topics.filter((of) => core !== message.core || !live.includes(of));
    core = message.core;
    live = message.topics;
    if (live.includes(topic.value)) {
      company.load(topic.value);
      if (!current().loaded && !fresh.includes(topic.value)) {
        current().load();
      }
    }
    fresh.forEach((of) => conversations.get(of)?.load());
    for (const of of fresh) {
      await reading.load(of); // one after the other: there are few connections
      look();
    }
  }

  function onRecord(record) {
    const message = readRecord(record);
    company.onMessage(message.key);
    for (const of of record.topics) {
      if (!message.mine && roomOf(of) !== null) {
        reading.arrived(of, record.id);
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
    tabMemory.remember('token', token);
    if (changed) {
      company.allowed();
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
    presence: company.onPresence,
    typing: ({ data }) => company.onTyping(data),
    outbox: ({ items }) => showOutbox(items),
    stored: ({ item, id }) => conversations.get(item.topic)?.add({ id, data: item.data }),
    done({ id }) {
      handed.delete(id);
      queue.drop(id);
    },
    token: onToken,
  };

  const carrier = open({
    onMessage: (message) => take[message.is]?.(message),
    onReady() {
      join();
      carrier.send({ do: 'send', items: queue.list() });
    },
  });

  // ---- what the reader does ----

  function send(text) {
    const id = makeId(`${me}-`);
    const at = Date.now();
    const data = writeBody({ user: name(), text, at, key: id, topic: topic.value });
    const item = { id, topic: topic.value, data };
    queue.put(item, at);
    handed.set(id, { ...item, state: WAITING, problem: '' });
    reading.unmark();
    company.sent();
    showOutbox(outbox.value.filter((each) => !handed.has(each.id)));
    carrier.send({ do: 'send', items: [item] });
  }

  function rename(next) {
    nickname.value = next;
    browserMemory.remember('nickname', next);
  }

  // Another tab has remembered something.
  function onRemembered(what, value) {
    if (what === 'nickname') {
      nickname.value = value;
    } else if (what === 'rooms') {
      rooms.value = roomList.all();
      join();
    } else if (what !== null) {
      reading.onRemembered(what, value);
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
    marker: reading.marker,
    list,
    outbox,
    counts: reading.counts,
    people: company.people,
    typists: company.typists,
    news,
    enter,
    send,
    rename,
    look,
    onRemembered,
    announce: join, // the new name
    typed: company.typed,
    loadOlder: () => current().loadOlder(),
    retry: (id) => carrier.send({ do: 'retry', id }),
    discard: (id) => carrier.send({ do: 'discard', id }),
    nudge: () => carrier.send({ do: 'nudge' }),
    setToken: (token) => carrier.send({ do: 'token', token: token.trim() }),

    leaveRoom(left) {
      roomList.remove(left);
      rooms.value = roomList.all();
      reading.leave(topicOf(left));
      conversations.get(topicOf(left))?.close();
      conversations.delete(topicOf(left));
      company.forget(topicOf(left));
      join();
    },

    close() {
      carrier.send({ do: 'leave', tab });
      carrier.close();
    },

    // Rooms that there are on the server, as far as one may know.
    async findRooms() {
      const { status, answer } = await api.topics('chat');
      const all = status === 200 ? answer.topics.map((each) => roomOf(each.topic)) : [];
      return all.filter((each) => each !== null && !rooms.value.includes(each));
    },
  };
}
