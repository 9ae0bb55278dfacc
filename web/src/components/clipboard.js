// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers

// Returns true on success. Pages over plain http:// have only the old API.
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement('textarea');
    field.value = text;
    field.className = 'unseen';
    document.body.append(field);
    field.select();
    const done = document.execCommand('copy');
    field.remove();
    return done;
  }
}
