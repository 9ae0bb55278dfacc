// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers

const plural = (count, one, many) => (count === 1 ? one : many.replace('#', count));

function names(list) {
  return list.length === 1 ? `${list[0]} is typing…` : `${list.join(' and ')} are typing…`;
}

export default {
  mainRoom: 'Main room',
  rooms: 'Rooms',
  roomName: 'Create or join a room',
  enter: 'Enter',
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
  tokenSet: 'Token: set',

  connected: 'Connected',
  connecting: 'Connecting…',
  reconnecting: ({ time }) => `Reconnecting since ${time}`,
  stopped: 'Not connected',
  why: {
    offline: 'This device is offline.',
    lost: 'The connection was lost.',
    unreachable: 'The server does not answer.',
    unavailable: 'The server is not available at the moment.',
    refused: 'The server refuses.',
    token: 'The server asks for a token.',
  },
  waiting: ({ count }) =>
    plural(count, '1 message waits to be sent.', '# messages wait to be sent.'),
  tryNow: 'Try now',
  giveToken: 'Enter a token',

  messages: 'Messages',
  empty: 'Nothing here yet. Say hello!',
  waitingForServer: 'Waiting for the server…',
  beginning: 'This is where it begins.',
  loadingOlder: 'Loading older messages…',
  loadOlder: 'Load older messages',
  newMessages: 'New messages',
  toNewest: 'To the newest',
  anonymous: 'anonymous',
  stored: 'Stored',
  sending: 'Sending…',
  retrying: 'No answer yet, trying again…',
  queued: 'Will be sent when there is a connection.',
  locked: 'Waits for a token.',
  failed: ({ problem }) => `Not sent: ${problem}`,
  unreachable: 'the server could not store it',
  tryAgain: 'Try again',
  discard: 'Discard',
  gap: 'Some messages are no longer available.',
  gapWhy: {
    expired: 'They are older than what the server keeps.',
    epoch: 'The server has begun a new log.',
    unknown: 'The server does not know the last one shown here.',
  },

  typing: ({ people }) => (people.length > 3 ? 'Several people are typing…' : names(people)),
  yourName: 'Your name',
  message: 'Message',
  writeToAll: 'Write to everybody',
  writeTo: ({ room }) => `Write to ${room}`,
  hint: 'Enter sends, Shift+Enter begins a new line.',
  send: 'Send',

  tokenTitle: 'A token for this server',
  tokenHelp: 'Who runs the server gives you one. It is forgotten when you close this page.',
  tokenProblem: ({ detail }) => `The server says: ${detail}`,
  use: 'Use it',
  forget: 'Forget it',
  notNow: 'Not now',
};
