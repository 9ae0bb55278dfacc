// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// Finds the processes started by `belfry up` in /proc, by program and by listening port.

import { readdir, readFile, readlink } from 'node:fs/promises';
import { basename } from 'node:path';

async function readOr(path, otherwise) {
  try {
    return await readFile(path, 'latin1');
  } catch {
    return otherwise; // it has ended
  }
}

// Returns [{pid, program}] of the running children.
export async function childrenOf(parent) {
  const found = [];
  for (const name of await readdir('/proc')) {
    const stat = /^\d+$/.test(name) ? await readOr(`/proc/${name}/stat`, '') : '';
    // pid (comm) state ppid …; comm may contain any character, also brackets.
    const [state, ppid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (Number(ppid) === parent && state !== 'Z') {
      const [program = ''] = (await readOr(`/proc/${name}/cmdline`, '')).split('\0');
      found.push({ pid: Number(name), program: basename(program) });
    }
  }
  return found;
}

async function listeningInodes(port) {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const lines = `${await readOr('/proc/net/tcp', '')}${await readOr('/proc/net/tcp6', '')}`.split(
    '\n',
  );
  return lines
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(`:${hex}`) && fields[3] === '0A') // 0A = LISTEN
    .map((fields) => `socket:[${fields[9]}]`);
}

async function holdsOne(pid, inodes) {
  try {
    for (const fd of await readdir(`/proc/${pid}/fd`)) {
      if (inodes.includes(await readlink(`/proc/${pid}/fd/${fd}`).catch(() => ''))) {
        return true;
      }
    }
  } catch {
    // it has ended
  }
  return false;
}

// Returns the child of `parent` that runs `program` and, if `port` is given, listens on it; or
// undefined.
export async function findChild(parent, program, port) {
  const inodes = port === undefined ? null : await listeningInodes(port);
  for (const child of await childrenOf(parent)) {
    if (child.program === program && (inodes === null || (await holdsOne(child.pid, inodes)))) {
      return child.pid;
    }
  }
  return undefined;
}
