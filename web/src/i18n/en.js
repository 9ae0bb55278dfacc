// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers

const plural = (count, one, many) => (count === 1 ? one : many.replace('#', count));

function names(list) {
  const first = list.slice(0, -1).join(', ');
  return first === '' ? `${list[0]} is typing…` : `${first} and ${list.at(-1)} are typing…`;
}

export default {
  mainRoom: 'Main room',
  rooms: 'Rooms',
  roomName: 'Create or join a room',
  enter: 'Go to room',
  leave: ({ room }) => `Leave ${room}`,
  menu: 'Rooms and people',
  close: 'Close',
  copyLink: 'Copy link',
  copied: 'Copied',
  unread: ({ count }) => plural(count, '1 unread message', '# unread messages'),
  hereNow: 'Here now',
  you: 'you',
  more: ({ count }) => `and ${count} more`,
  people: ({ count }) => plural(count, '1 person here', '# people here'),
  language: 'Language',
  token: 'Token',
  tokenSet: 'Token set',

  connected: 'Connected',
  connecting: 'Connecting…',
  reconnecting: ({ time }) => `Reconnecting since ${time}`,
  stopped: 'Not connected',
  why: {
    offline: 'This device is offline.',
    lost: 'The connection was lost.',
    unreachable: 'The server is not responding.',
    unavailable: 'The server is temporarily unavailable.',
    refused: 'The server refused the request.',
    token: 'The server requires a token.',
  },
  waiting: ({ count }) =>
    plural(count, '1 message is waiting to be sent.', '# messages are waiting to be sent.'),
  tryNow: 'Try now',
  giveToken: 'Enter a token',

  messages: 'Messages',
  empty: 'No messages yet. Say hello!',
  waitingForServer: 'Waiting for the server…',
  beginning: 'This is the beginning of the conversation.',
  loadingOlder: 'Loading older messages…',
  loadOlder: 'Load older messages',
  newMessages: 'New messages',
  toNewest: 'Jump to the latest',
  anonymous: 'anonymous',
  stored: 'Stored',
  sending: 'Sending…',
  retrying: 'No response yet, trying again…',
  queued: 'Will be sent when the connection is back.',
  locked: 'Waiting for a token.',
  failed: ({ problem }) => `Not sent: ${problem}`,
  unreachable: 'the server could not store it',
  tryAgain: 'Try again',
  discard: 'Discard',
  gap: 'Some messages are no longer available.',
  gapWhy: {
    expired: 'They are older than the history that the server keeps.',
    epoch: 'The server has started a new log.',
    unknown: 'The server does not know the last message shown here.',
  },

  typing: ({ people }) => (people.length > 3 ? 'Several people are typing…' : names(people)),
  yourName: 'Your name',
  message: 'Message',
  writeToAll: 'Message everyone',
  writeTo: ({ room }) => `Message ${room}`,
  hint: 'Press Enter to send, Shift+Enter for a new line.',
  send: 'Send',

  tokenTitle: 'Token for this server',
  tokenHelp: 'Ask the operator of this server for a token. It is forgotten when you close this page.',
  tokenProblem: ({ detail }) => `The server replied: ${detail}`,
  use: 'Use token',
  forget: 'Forget token',
  notNow: 'Not now',
};
