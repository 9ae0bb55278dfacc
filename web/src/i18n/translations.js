// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// The texts of each language, and the choice of a reader's language.

import en from './en.js';
import zh from './zh.js';

export const TRANSLATIONS = { en, zh };
export const LANGUAGES = { en: 'English', zh: '中文' };

const short = (tag) => String(tag).toLowerCase().split('-')[0];

// Returns the first wanted language that exists; `kept` is the reader's choice, '' for none.
export function choose(kept, wanted) {
  return [kept, ...wanted].map(short).find((tag) => Object.hasOwn(TRANSLATIONS, tag)) ?? 'en';
}

// Returns the reader's locale for that language, such as `en-GB` for `en`.
export function localeFor(language, wanted) {
  return wanted.find((tag) => short(tag) === language) ?? language;
}

// Returns the text of 'name' or 'group.name', with `values` filled in; '' if there is none.
export function translate(language, name, values) {
  const found = name.split('.').reduce((texts, part) => texts?.[part], TRANSLATIONS[language]);
  return typeof found === 'function' ? found(values) : (found ?? '');
}
