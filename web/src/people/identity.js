// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// The reader of this page: which browser it is, and the nickname.

import { ref } from 'vue';
import { makeId } from '../shared/outbox.js';
import { browserStorage } from '../shared/storage.js';
import { cleanName, readBody } from '../text/messagebody.js';
import { memberOf } from './roster.js';

function identity() {
  const me = browserStorage.get('me') || makeId();
  browserStorage.set('me', me);
  return me;
}

export function createIdentity() {
  const me = identity();
  const nickname = ref(browserStorage.get('nickname'));
  const name = () => cleanName(nickname.value);

  return {
    me,
    nickname,
    name,
    member: () => memberOf(name(), me),

    // Returns true if the data of a record is from this browser.
    isMine: (data) => readBody(data).key?.startsWith(me) === true,

    rename(next) {
      nickname.value = next;
      browserStorage.set('nickname', next);
    },
  };
}
