// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// What this browser remembers. Storage may be full or forbidden: then it forgets.

export function recall(name) {
  try {
    return localStorage.getItem(`belfry.${name}`) ?? '';
  } catch {
    return '';
  }
}

export function remember(name, value) {
  try {
    localStorage.setItem(`belfry.${name}`, value);
  } catch {
    // Only comfort is lost.
  }
}
