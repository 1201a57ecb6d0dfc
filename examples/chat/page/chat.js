/** The page of the chat. Everything that others wrote is put in as text, never as HTML. */

const now = window.now;

/** How many messages the page keeps. */
const MOST = 500;

const element = (id) => document.getElementById(id);
const log = element('log');
const messages = element('messages');
const text = element('text');
const naming = element('naming');
const name = element('name');

// Messages.

/** The number of the last message shown: a message may come twice, as news and among the recent ones. */
let last = 0;

/** The message shown before, to which one of the same person's is joined. */
let before = {};

now.receive_message = (message) => {
  showRecent(); // this page may be new here, or have missed some
  show(message);
};

function showRecent() {
  now.core.snapshot('recent').forEach(show);
}

function show(message) {
  if (message.number <= last) return;
  last = message.number;
  const item = row(message);
  item.classList.toggle('more', message.client_id === before.client_id && message.name === before.name);
  before = message;
  append(item);
}

/** A message as a row of the log, whose sender is this page or another. */
function row({ client_id, name, text, sent }) {
  const item = element('message').content.cloneNode(true).firstElementChild;
  item.classList.toggle('mine', client_id === now.core.clientId);
  item.querySelector('.who').textContent = name;
  item.querySelector('.text').textContent = text;
  item.querySelector('time').dateTime = sent.toISOString();
  item.querySelector('time').textContent = sent.toLocaleTimeString([], { timeStyle: 'short' });
  paint(item.querySelector('.avatar'), name);
  return item;
}

/** Follows the log to its end, unless it is being read further up. */
function append(item) {
  const follows = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
  messages.append(item);
  while (messages.children.length > MOST) messages.firstElementChild.remove();
  if (follows || item.matches('.mine')) log.scrollTop = log.scrollHeight;
}

/** A letter and a colour for a name. */
function paint(avatar, name) {
  const [first = '?'] = name.trim();
  avatar.textContent = first.toUpperCase();
  avatar.style.setProperty('--hue', [...name].reduce((hue, letter) => (hue * 31 + letter.codePointAt(0)) % 360, 7));
}

element('sending').addEventListener('submit', async (event) => {
  event.preventDefault();
  const said = text.value;
  if (!said.trim()) return;
  if (!now.name) return ask();
  text.value = '';
  element('notice').textContent = '';
  const waiting = row({ client_id: now.core.clientId, name: now.name, text: said, sent: new Date() });
  waiting.classList.add('waiting', 'mine');
  waiting.ariaHidden = 'true'; // it is read out when it has arrived
  append(waiting);
  try {
    await now.ready();
    await now.distribute_message(said);
  } catch (error) {
    element('notice').textContent = `Not sent: ${error.reason ?? error.message}`;
    text.value ||= said;
  } finally {
    waiting.remove();
  }
});

// Who is here.

now.core.watch('people', showPeople);
showPeople(now.people);

function showPeople(people = {}) {
  element('people').replaceChildren(...Object.entries(people).map(person));
  element('count').textContent = Object.keys(people).length || '';
}

function person([client_id, name]) {
  const item = element('person').content.cloneNode(true).firstElementChild;
  item.querySelector('.who').textContent = name;
  item.querySelector('.you').textContent = client_id === now.core.clientId ? ' (you)' : '';
  paint(item.querySelector('.avatar'), name);
  return item;
}

// The own name: remembered, changed with the button at the top.

now.core.watch('name', (name) => {
  element('own-name').textContent = name ?? '';
  element('rename').hidden = !name;
  remember(name);
});

now.core.on('error', (error) => {
  if (error.name === 'Refused' && error.path[0] === 'name') ask(error.reason);
});

function ask(refusal = '') {
  element('refusal').textContent = refusal;
  if (naming.open) return;
  name.value = now.name ?? '';
  naming.showModal();
  name.select();
}

naming.querySelector('form').addEventListener('submit', (event) => {
  event.preventDefault();
  naming.close();
  now.name = name.value.trim();
  text.focus();
});
element('later').addEventListener('click', () => naming.close());
element('rename').addEventListener('click', () => ask());

function remember(name) {
  try {
    if (name) localStorage.setItem('name', name);
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

// The connection.

const status = (words) => (element('status').textContent = words);

function connected() {
  showRecent();
  status('');
}

now.ready(connected);
now.core.on('disconnect', () => status('reconnecting…'));
now.core.on('reconnect', connected);
for (const event of ['connect_failed', 'reconnect_failed']) now.core.on(event, () => status('not connected; reload the page'));

const known = remembered();
if (known) now.name = known;
else ask();
