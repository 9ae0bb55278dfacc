// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// The chat of one tab, for the components: refs for what they show, functions for what they do. The
// stream and the outbox are in the core (shared/sharedconnection.js), which all tabs share.

import { computed, ref, shallowRef } from 'vue';
import { createPresence } from './people/presence.js';
import { createIdentity } from './people/identity.js';
import { createConversationStore } from './rooms/conversationstore.js';
import { createPending } from './rooms/pending.js';
import { createReadMarkers } from './rooms/readmarkers.js';
import { createRoomList } from './rooms/roomlist.js';
import { roomOf, topicOf } from './rooms/rooms.js';
import { createUnsentStore } from './rooms/unsentstore.js';
import { createApi } from './shared/api.js';
import { makeId } from './shared/outbox.js';
import { browserStorage, tabStorage } from './shared/storage.js';
import { CONNECTING } from './shared/stream.js';
import { readBody, writeBody } from './text/messagebody.js';

// Each function below makes one part of the chat. `chat` holds what they share, see createChat().

function makeParts(isSeen) {
  const room = ref('');
  const topic = computed(() => topicOf(room.value));
  const access = shallowRef({ token: tabStorage.get('token'), needed: '' });
  const api = createApi({ token: () => access.value.token });
  const reader = createIdentity();
  const { me, name, isMine } = reader;
  const roomList = createRoomList(browserStorage);
  return {
    tab: makeId(),
    room,
    topic,
    access,
    api,
    reader,
    roomList,
    rooms: shallowRef(roomList.all()),
    connection: shallowRef({ state: CONNECTING, since: Date.now(), reason: '', detail: '' }),
    news: shallowRef(null), // the last message that arrived in the room that is shown
    readMarkers: createReadMarkers({ api, topic, isSeen, isMine }),
    presence: createPresence({
      api,
      me,
      topic,
      name,
      member: () => (access.value.token === '' ? reader.member() : ''),
    }),
    unsent: createUnsentStore(browserStorage),
  };
}

// Turns a record into a message to show.
function readRecord({ isMine }, { id, data, time }) {
  const body = readBody(data);
  return { ...body, id, mine: isMine(data), at: time ?? body.at ?? Date.now() };
}

// Loads a room that is entered, or that the stream has begun to listen to.
function makeLoader({ topic, presence, conversations, readMarkers, markSeen }) {
  let core = '';
  let live = [];

  return {
    // The current room has changed.
    enter() {
      if (live.includes(topic.value)) {
        presence.load(topic.value);
        if (!conversations.current().loaded) {
          conversations.load(topic.value);
        }
      }
    },

    // The stream listens to these topics.
    async onLive(message) {
      const fresh = message.topics.filter((of) => core !== message.core || !live.includes(of));
      core = message.core;
      live = message.topics;
      if (live.includes(topic.value)) {
        presence.load(topic.value);
        if (!conversations.current().loaded && !fresh.includes(topic.value)) {
          conversations.load(topic.value);
        }
      }
      fresh.forEach(conversations.load);
      for (const of of fresh) {
        await readMarkers.load(of); // one after the other: there are few connections
        markSeen();
      }
    },
  };
}

// Handlers for the messages of the core.
function makeHandlers(chat) {
  const { topic, access, connection, news, reader } = chat;
  const { conversations, pending, presence, readMarkers, loader } = chat;

  function onRecord(record) {
    const message = readRecord(reader, record);
    presence.onMessage(message.key);
    for (const of of record.topics) {
      if (!message.mine && roomOf(of) !== null) {
        readMarkers.arrived(of, record.id);
      }
      if (conversations.add(of, record) && of === topic.value && !message.mine) {
        news.value = message;
      }
    }
    chat.markSeen();
  }

  function onToken({ token, needed }) {
    const changed = token !== access.value.token;
    access.value = { token, needed };
    tabStorage.set('token', token);
    if (changed) {
      presence.allowed();
    }
  }

  return {
    state: (message) => (connection.value = message),
    live: loader.onLive,
    record: onRecord,
    gap: ({ detail }) => conversations.gap(detail),
    presence: presence.onPresence,
    typing: ({ data }) => presence.onTyping(data),
    outbox: ({ items }) => pending.show(items),
    stored: ({ item, id }) => conversations.add(item.topic, { id, data: item.data }),
    done: ({ id }) => pending.done(id),
    token: onToken,
  };
}

// Sends the core the topics that this tab wants, and its reader.
function join({ tab, topic, rooms, reader, access, transport }) {
  const topics = [...new Set([...rooms.value.map(topicOf), topic.value])];
  const { token } = access.value;
  transport.send({ do: 'join', tab, topics, member: reader.member(), token });
}

function makeRoomActions(chat) {
  const { room, topic, rooms, roomList, api } = chat;
  const { conversations, presence, readMarkers, loader } = chat;

  return {
    enter(next) {
      room.value = next;
      roomList.add(next);
      rooms.value = roomList.all();
      readMarkers.enter();
      conversations.open(topic.value);
      loader.enter();
      conversations.show();
      presence.show();
      join(chat);
    },

    leaveRoom(left) {
      roomList.remove(left);
      rooms.value = roomList.all();
      readMarkers.leave(topicOf(left));
      conversations.close(topicOf(left));
      presence.forget(topicOf(left));
      join(chat);
    },

    loadOlder: () => conversations.current().loadOlder(),

    // Resolves to the rooms on the server, as far as the reader may know them.
    async findRooms() {
      const { status, answer } = await api.topics('chat');
      const all = status === 200 ? answer.topics.map((each) => roomOf(each.topic)) : [];
      return all.filter((each) => each !== null && !rooms.value.includes(each));
    },
  };
}

function makeMessageActions({ topic, reader, pending, presence, readMarkers, transport }) {
  return {
    send(text) {
      const id = makeId(`${reader.me}-`);
      const at = Date.now();
      const data = writeBody({ user: reader.name(), text, at, key: id, topic: topic.value });
      const item = { id, topic: topic.value, data };
      readMarkers.unmark();
      presence.sent();
      pending.submit(item, at);
      transport.send({ do: 'send', items: [item] });
    },

    typed: presence.typed,
    retry: (id) => transport.send({ do: 'retry', id }),
    discard: (id) => transport.send({ do: 'discard', id }),
  };
}

function makeTabActions(chat) {
  const { tab, rooms, roomList, reader, readMarkers, transport } = chat;

  return {
    rename: reader.rename,
    announce: () => join(chat), // the new name
    reconnect: () => transport.send({ do: 'reconnect' }),
    setToken: (token) => transport.send({ do: 'token', token: token.trim() }),

    // Another tab has changed what is stored under this name.
    onStorageChange(name, value) {
      if (name === 'nickname') {
        reader.nickname.value = value;
      } else if (name === 'rooms') {
        rooms.value = roomList.all();
        join(chat);
      } else if (name !== null) {
        readMarkers.onStorageChange(name, value);
      }
    },

    close() {
      transport.send({ do: 'leave', tab });
      transport.close();
    },
  };
}

function openTransport(chat, open) {
  const handlers = makeHandlers(chat);
  return open({
    onMessage: (message) => handlers[message.is]?.(message),
    onReady() {
      join(chat);
      chat.transport.send({ do: 'send', items: chat.unsent.list() });
    },
  });
}

// `open({onMessage, onReady})` returns the transport; `isSeen()` returns whether the newest
// messages of the room are visible.
export function createChat({ open, isSeen }) {
  const chat = makeParts(isSeen);
  const { topic, api, reader, readMarkers, presence } = chat;

  // The reader has seen the newest message of the current room, if isSeen().
  chat.markSeen = () => {
    const conversation = chat.conversations.current();
    if (conversation?.loaded) {
      readMarkers.seen(conversation.newest());
    }
  };
  chat.conversations = createConversationStore({
    topic,
    history: api.history,
    read: (record) => readRecord(reader, record),
    onShow: chat.markSeen,
  });
  chat.pending = createPending(chat.unsent);
  chat.loader = makeLoader(chat);
  chat.transport = openTransport(chat, open);

  return {
    me: reader.me,
    nickname: reader.nickname,
    room: chat.room,
    topic,
    rooms: chat.rooms,
    connection: chat.connection,
    access: chat.access,
    news: chat.news,
    list: chat.conversations.list,
    outbox: chat.pending.items,
    marker: readMarkers.marker,
    counts: readMarkers.counts,
    people: presence.people,
    typists: presence.typists,
    markSeen: chat.markSeen,
    ...makeRoomActions(chat),
    ...makeMessageActions(chat),
    ...makeTabActions(chat),
  };
}
