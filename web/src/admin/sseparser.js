// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// Parses Server-Sent Events from text that arrives in pieces, as the HTML standard does.

// `on.event({type, data, id})`, `on.retry(milliseconds)`. Returns a function that takes the next
// piece.
export function createParser(on) {
  let rest = '';
  let type = '';
  let data = [];
  let id = '';

  function dispatch() {
    if (data.length > 0) {
      on.event({ type: type || 'message', data: data.join('\n'), id });
    }
    type = '';
    data = [];
  }

  function field(name, value) {
    if (name === 'event') {
      type = value;
    } else if (name === 'data') {
      data.push(value);
    } else if (name === 'id' && !value.includes('\0')) {
      id = value;
    } else if (name === 'retry' && /^\d+$/.test(value)) {
      on.retry(Number(value));
    }
  }

  function line(text) {
    const colon = text.indexOf(':');
    if (text === '') {
      dispatch();
    } else if (colon !== 0) {
      const end = colon < 0 ? text.length : colon;
      field(text.slice(0, end), text.slice(end + 1).replace(/^ /, ''));
    }
  }

  return (piece) => {
    rest += piece;
    // A CR at the end may be half of a CRLF.
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop();
    lines.forEach(line);
  };
}
