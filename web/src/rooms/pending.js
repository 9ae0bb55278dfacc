// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// Messages of this browser that the hub has not stored yet, for the components: those in the core's
// outbox, and those that the core has not reported yet.

import { shallowRef } from 'vue';
import { WAITING } from '../shared/outbox.js';

// `unsent` keeps them across reloads.
export function createPending(unsent) {
  const submitted = new Map(); // id -> item: given to the core, which has not reported it yet
  const items = shallowRef([]);

  // Takes the items of the core's outbox.
  function show(reported) {
    reported.forEach(({ id }) => submitted.delete(id));
    items.value = [...reported, ...submitted.values()];
  }

  return {
    items,
    show,

    submit(item, at) {
      unsent.put(item, at);
      submitted.set(item.id, { ...item, state: WAITING, problem: '' });
      show(items.value.filter(({ id }) => !submitted.has(id)));
    },

    done(id) {
      submitted.delete(id);
      unsent.drop(id);
    },
  };
}
