#!/usr/bin/env -S node --experimental-websocket
/**
 * The chat in a terminal, in Node: what others say appears above the line that you type.
 *
 * Start it with `node --experimental-websocket terminal.mjs http://127.0.0.1:8080 ann`; Node 22 and newer need no flag.
 * Without a terminal it says each line that it is given.
 */

import { userInfo } from 'node:os';
import { argv, stdin, stdout } from 'node:process';
import * as readline from 'node:readline';
import { setTimeout } from 'node:timers/promises';

import { connect } from '../../greennow/static/now.mjs';

const [, , url, name = userInfo().username] = argv;

/** What could move the cursor, clear the screen, or turn the text around. */
const UNSEEN = /[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g;

/** How long what was typed may take to be sent at the end, in milliseconds. */
const PATIENCE = 5000;

const typing = readline.createInterface({ input: stdin, output: stdin.isTTY ? stdout : undefined, prompt: '> ' });

/** Shows a line, above the one that is being typed. */
function show(text) {
  const shown = text.replace(UNSEEN, '\ufffd');
  if (!stdin.isTTY) return console.log(shown);
  readline.cursorTo(stdout, 0);
  readline.moveCursor(stdout, 0, -typing.getCursorPos().rows);
  readline.clearScreenDown(stdout);
  console.log(shown);
  typing.prompt(true);
}

// now.js tells the console what went wrong, such as a name that is refused: here that is a line like others.
console.error = (error) => show(`* ${error.reason ?? error.message ?? error}`);

const now = connect(url);

// What others say.

/** The number of the last message shown; one may come twice, as news and among the recent ones. */
let last = 0;

/** Shows a message, once. Who types one sees it already. */
function showMessage({ number, client_id, name, text, sent }) {
  if (number <= last) return;
  last = number;
  if (stdin.isTTY && client_id === now.core.clientId) return;
  show(`${sent.toTimeString().slice(0, 5)} ${name}: ${text}`);
}

function showRecent() {
  now.core.snapshot('recent').forEach(showMessage);
}

now.name = name;
now.receive_message = (message) => {
  showRecent(); // this program may be new here, or have missed some
  showMessage(message);
};
now.ready(showRecent);
const stopTelling = now.core.on('disconnect', () => show('* reconnecting…'));
now.core.on('reconnect', () => {
  show('* connected again');
  showRecent();
});

// What is typed.

async function say(line) {
  await now.ready();
  const [command, ...words] = line.split(' ');
  if (command === '/name') now.name = words.join(' ').trim();
  else if (command === '/people') show(`* here: ${Object.values(now.core.snapshot('people')).join(', ')}`);
  else if (line.trim()) await now.distribute_message(line);
}

/** The lines that are on their way. */
const saying = new Set();

typing.on('line', (line) => {
  const said = say(line).catch((error) => show(`* not sent: ${error.reason ?? error.message}`));
  saying.add(said);
  said.finally(() => saying.delete(said));
  typing.prompt();
});

typing.on('close', async () => {
  await Promise.race([Promise.all(saying), setTimeout(PATIENCE, undefined, { ref: false })]);
  stopTelling();
  now.core.close();
});

if (stdin.isTTY) typing.prompt();
