// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// Makes the pages of /docs from those of deploy/docs: markdown-it, and what the edge's pages have
// beyond Markdown.

import GithubSlugger from 'github-slugger';
import MarkdownIt from 'markdown-it';

// The pages that the edge serves, in the order of their menu: NAME.md at /docs/NAME, README.md at
// /docs.
export const PAGES = [
  'README',
  'getting-started',
  'subscribing',
  'publishing',
  'tokens',
  'mercure',
  'http',
];
const LONG_PATH = 33; // characters

const md = new MarkdownIt();
const { escapeHtml } = md.utils;
const { rules } = md.renderer;

rules.fence = (tokens, at) => {
  const { content, info } = tokens[at];
  const words = info.split(' ');
  // What an earlier command shows is not joined to the command before it.
  const kind = words.includes('background') ? 'later' : 'output';
  const attribute = words.includes('output') ? ` class="${kind}"` : '';
  return `<pre tabindex="0"${attribute}><code>${escapeHtml(content)}</code></pre>\n`;
};
rules.table_open = () => '<div class="wide" tabindex="0"><table>\n';
rules.table_close = () => '</table></div>\n';

const codeInline = rules.code_inline;
rules.code_inline = (tokens, at, ...more) => {
  const html = codeInline(tokens, at, ...more);
  return tokens[at].attrGet('class') === 'path' ? html.replace(/(?<![</])\//g, '/<wbr>') : html;
};

// The address of a page on the page `here`.
function pageAddress(name, here) {
  if (name === 'README') {
    return here === 'README' ? 'docs' : '../docs';
  }
  return here === 'README' ? `docs/${name}` : name;
}

// The address on the page `here` of what a page links to; null if the edge does not serve it.
function address(href, here, names) {
  const [, name, fragment] = /^([\w-]+)\.md(#.*)?$/.exec(href) ?? [];
  if (name === undefined) {
    return /^(https?:|#)/.test(href) ? href : null;
  }
  return names.includes(name) ? pageAddress(name, here) + (fragment ?? '') : null;
}

// Leaves of a link that leads nowhere only its text. No link is within another.
function resolveLinks(children, resolve) {
  let served = true;
  return children.filter((token) => {
    if (token.type === 'link_open') {
      const href = resolve(token.attrGet('href'));
      served = href !== null;
      token.attrSet('href', href);
    }
    return served || (token.type !== 'link_open' && token.type !== 'link_close');
  });
}

const plain = ({ children }) => children.map(({ content }) => content).join('');

// A row about a problem can be linked to: that is where the `type` of a problem leads. A long path
// may be broken at its slashes.
function adaptRow(row, { children: [first, ...rest] }) {
  if (first?.type === 'code_inline') {
    const [, problem] = /^\/problems\/([a-z-]+)$/.exec(first.content) ?? [];
    if (problem !== undefined && rest.length === 0) {
      row.attrSet('id', `problem-${problem}`);
    }
    if (first.content.length >= LONG_PATH) {
      first.attrSet('class', 'path');
    }
  }
}

function adapt(tokens, resolve) {
  const slugger = new GithubSlugger();
  for (const [at, token] of tokens.entries()) {
    const [, next, afterNext] = tokens.slice(at, at + 3);
    if (token.type === 'inline') {
      token.children = resolveLinks(token.children, resolve);
    } else if (token.type === 'heading_open') {
      token.attrSet('id', slugger.slug(plain(next)));
    } else if (token.type === 'tr_open') {
      adaptRow(token, afterNext);
    } else if (token.type === 'th_open' && next.content === '') {
      token.tag = 'td'; // an empty header is not a header
      afterNext.tag = 'td';
    }
  }
}

function menu(here, titles, contents) {
  const items = [...titles].map(([name, title]) => {
    const current = name === here ? ' aria-current="page"' : '';
    const inner = current && contents ? `\n<ul>\n${contents}</ul>\n` : '';
    return `<li><a href="${pageAddress(name, here)}"${current}>${escapeHtml(title)}</a>${inner}</li>\n`;
  });
  return items.join('');
}

function frame(here, titles, contents, body) {
  const base = here === 'README' ? '' : '../';
  const title = here === 'README' ? 'Belfry documentation' : `${titles.get(here)} · Belfry`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${escapeHtml(title)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" type="image/svg+xml" href="${base}favicon.svg">
<link rel="stylesheet" href="${base}docs.css">
</head>
<body>
<header><a class="name" href="${pageAddress('README', here)}">Belfry</a>\
<a href="${base}openapi.json">OpenAPI</a></header>
<nav aria-label="Pages">
<ul>
${menu(here, titles, contents)}</ul>
</nav>
<main>
${body}</main>
</body>
</html>
`;
}

// The headings of a page that its menu shows.
function tableOfContents(tokens) {
  const items = tokens.map((token, at) => {
    if (token.type !== 'heading_open' || token.tag !== 'h2') {
      return '';
    }
    const text = md.renderer.renderInline(tokens[at + 1].children, md.options, {});
    return `<li><a href="#${token.attrGet('id')}">${text}</a></li>\n`;
  });
  return items.join('');
}

// Takes {name: Markdown} in the order of the menu, and returns {name: HTML}. Each page begins with
// its title.
export function renderPages(sources) {
  const names = Object.keys(sources);
  const parsed = names.map((name) => [name, md.parse(sources[name], {})]);
  const titles = new Map(parsed.map(([name, tokens]) => [name, plain(tokens[1])]));
  const pages = parsed.map(([name, tokens]) => {
    adapt(tokens, (href) => address(href, name, names));
    const body = md.renderer.render(tokens, md.options, {});
    return [name, frame(name, titles, tableOfContents(tokens), body)];
  });
  return Object.fromEntries(pages);
}
