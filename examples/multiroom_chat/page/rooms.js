/**
 * The page of the rooms. Which room it is in stands in its address: `#tea`.
 *
 * What the server wrote for everyone is `now.rooms`; `now.room`, `now.topic`, `now.people` and `now.recent`
 * are those of the room, and go when the room is left. What others wrote is put in as text, never as HTML.
 */

const now = window.now;

/** How many messages the page keeps. */
const MOST = 500;

/** In milliseconds: typing is told so often, and shown for a little longer. */
const TYPING = 2000;

const element = (id) => document.getElementById(id);
const copy = (id) => element(id).content.cloneNode(true).firstElementChild;
const notice = (words) => (element('notice').textContent = words);
const status = (words) => (element('status').textContent = words);

// The own name: remembered, changed with the button at the top.

const naming = element('naming');
let name = remembered();

async function introduce(wanted) {
  try {
    await now.ready();
    await now.introduce(wanted);
  } catch (error) {
    ask(error.message, wanted);
    return;
  }
  name = wanted;
  remember(name);
  element('own-name').textContent = name;
  element('rename').hidden = false;
  enter();
}

function ask(refusal = '', suggested = name) {
  element('refusal').textContent = refusal;
  element('name').value = suggested ?? '';
  if (!naming.open) naming.showModal();
  element('name').select();
}

naming.querySelector('form').addEventListener('submit', (event) => {
  event.preventDefault();
  naming.close();
  introduce(element('name').value.trim());
});
element('rename').addEventListener('click', () => ask());

function remember(name) {
  try {
    localStorage.setItem('name', name);
  } catch {
    // The browser keeps nothing for this page: it will ask again.
  }
}

function remembered() {
  try {
    return localStorage.getItem('name');
  } catch {
    return null;
  }
}

// The rooms there are, as links.

now.core.watch('rooms', showRooms);

function showRooms(rooms = {}) {
  const places = Object.keys(rooms).sort((a, b) => a.localeCompare(b));
  element('rooms').replaceChildren(...places.map((room) => place(room, rooms[room])));
}

function place(room, count) {
  const item = copy('place');
  item.querySelector('a').href = address(room);
  if (room === now.room) item.querySelector('a').ariaCurrent = 'page';
  item.querySelector('.which').textContent = room;
  item.querySelector('.count').textContent = count;
  return item;
}

const address = (room) => `#${encodeURIComponent(room.slice(1))}`;

function addressed() {
  try {
    return decodeURIComponent(location.hash);
  } catch {
    return location.hash; // no room is called so: the server will say it
  }
}

/** Goes to the room of the page's address. */
async function enter() {
  const room = addressed();
  notice('');
  try {
    await now.ready();
    if (room) await now.change_room(room);
    else await now.leave_room();
    if (room && !naming.open) element('text').focus();
  } catch (error) {
    notice(`You cannot go there: ${error.message}.`);
    history.replaceState(null, '', now.room ? address(now.room) : '#');
  }
}

addEventListener('hashchange', () => (name ? enter() : ask()));

// A new one.

const making = element('making');
element('make').addEventListener('click', () => (element('new-room').value = '', making.showModal()));
element('never-mind').addEventListener('click', () => making.close());
making.querySelector('form').addEventListener('submit', (event) => {
  event.preventDefault();
  making.close();
  location.hash = element('new-room').value.trim().replace(/^#/, '').replace(/\s+/g, '-');
});

// The room that this page is in.

now.core.watch('room', catchUp);
now.core.watch('topic', showTopic);
now.core.watch('people', showPeople);

function showTopic(topic = '') {
  if (document.activeElement !== element('topic')) element('topic').value = topic;
}

element('topic-form').addEventListener('submit', (event) => (event.preventDefault(), element('topic').blur()));
element('topic').addEventListener('blur', () => {
  const topic = element('topic').value;
  if (topic.trim() && topic !== now.topic) attempt('Not changed', () => now.change_topic(topic));
  else showTopic(now.topic);
});

function showPeople(people = {}) {
  element('people').replaceChildren(...Object.values(people).map(person));
}

function person(name) {
  const item = copy('person');
  item.querySelector('.who').textContent = name;
  paint(item.querySelector('.avatar'), name);
  return item;
}

/** A letter and a colour for a name. */
function paint(avatar, name) {
  const [first = '?'] = name.trim();
  avatar.textContent = first.toUpperCase();
  avatar.style.setProperty('--hue', [...name].reduce((hue, letter) => (hue * 31 + letter.codePointAt(0)) % 360, 7));
}

// What is said there.

const log = element('log');
const messages = element('messages');
const text = element('text');

/** The room whose messages are shown, the number of the last of them, and the message shown before. */
let shown, last, before;

/** A message is news here and among the recent ones: it is shown once, by its number. */
now.receive_message = (message) => {
  catchUp(); // this page may just have come into the room, or have missed some
  show(message);
};

function catchUp() {
  if (now.room !== shown) {
    [shown, last, before] = [now.room, 0, {}];
    messages.replaceChildren();
    showRooms(now.rooms);
    element('rooms').querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    element('room').textContent = shown ?? '';
    element('inside').hidden = !shown;
    element('outside').hidden = !!shown;
  }
  now.core.snapshot('recent')?.forEach(show);
}

function show(message) {
  if (message.number <= last) return;
  last = message.number;
  stopTyping(message.client_id);
  append(message.client_id ? row(message) : happening(message));
  before = message;
}

/** Something that somebody said, as a row of the log. */
function row({ client_id, name, text, sent }) {
  const item = copy('message');
  item.classList.toggle('mine', client_id === now.core.clientId);
  item.classList.toggle('more', client_id === before.client_id && name === before.name);
  item.querySelector('.who').textContent = name;
  item.querySelector('.text').textContent = text;
  item.querySelector('time').dateTime = sent.toISOString();
  item.querySelector('time').textContent = sent.toLocaleTimeString([], { timeStyle: 'short' });
  paint(item.querySelector('.avatar'), name);
  return item;
}

/** Something that has happened, as a row of the log. */
function happening({ text }) {
  const item = document.createElement('li');
  item.className = 'happened';
  item.textContent = text;
  return item;
}

/** Follows the log to its end, unless it is being read further up. */
function append(item) {
  const follows = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
  messages.append(item);
  while (messages.children.length > MOST) messages.firstElementChild.remove();
  if (follows || item.matches('.mine')) log.scrollTop = log.scrollHeight;
}

element('sending').addEventListener('submit', async (event) => {
  event.preventDefault();
  const said = text.value;
  if (!said.trim()) return;
  text.value = '';
  toldTyping = -Infinity;
  const waiting = row({ client_id: now.core.clientId, name, text: said, sent: new Date() });
  waiting.classList.add('waiting');
  waiting.ariaHidden = 'true'; // it is read out when it has arrived
  append(waiting);
  if (!(await attempt('Not sent', () => now.distribute_message(said)))) text.value ||= said;
  waiting.remove();
});

/** Does something, or says why it was not done. */
async function attempt(failed, action) {
  notice('');
  try {
    await action();
    return true;
  } catch (error) {
    notice(`${failed}: ${error.message}.`);
    return false;
  }
}

// Who is typing. The server tells all but the one who types.

let toldTyping = -Infinity;
const typists = new Map();

text.addEventListener('input', () => {
  if (!text.value || performance.now() - toldTyping < TYPING) return;
  toldTyping = performance.now();
  now.typing.send();
});

now.show_typing = (client_id) => {
  stopTyping(client_id);
  typists.set(client_id, setTimeout(() => stopTyping(client_id), TYPING * 1.5));
  showTyping();
};

function stopTyping(client_id) {
  clearTimeout(typists.get(client_id));
  if (typists.delete(client_id)) showTyping();
}

function showTyping() {
  const names = [...typists.keys()].map((client_id) => now.people?.[client_id]).filter(Boolean);
  const who = names.length < 3 ? names.join(' and ') : `${names.length} people`;
  element('typing').textContent = names.length ? `${who} ${names.length > 1 ? 'are' : 'is'} typing…` : '';
}

// The connection. A session that is not resumed, say after a restart of the server, begins as the first one did.

function begin() {
  status('');
  showRooms(now.rooms);
  if (name) introduce(name);
  else ask();
}

now.ready(begin);
now.core.on('disconnect', () => status('reconnecting…'));
now.core.on('reconnect', (resumed) => (resumed ? status('') : now.ready(begin)));
for (const event of ['connect_failed', 'reconnect_failed']) now.core.on(event, () => status('not connected; reload the page'));
