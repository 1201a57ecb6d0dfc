/** The page of the shopping list. What others wrote is put in as text, never as HTML. */

const now = window.now;

const element = (id) => document.getElementById(id);
const text = element('text');
const guests = element('guests');

// The list.

/** The rows that are shown, by the number of their thing. */
const rows = new Map();

function showThings(things = {}) {
  for (const [number, row] of rows) {
    if (number in things) continue;
    row.remove();
    rows.delete(number);
  }
  for (const [number, thing] of Object.entries(things)) {
    const row = rows.get(number) ?? addRow(number);
    row.querySelector('span').textContent = thing.text;
    row.querySelector('input').checked = thing.done;
  }
  element('empty').hidden = rows.size > 0;
  element('remove').hidden = !Object.values(things).some((thing) => thing.done);
}

function addRow(number) {
  const row = element('thing').content.cloneNode(true).firstElementChild;
  row.querySelector('input').addEventListener('change', (event) => {
    call('set_done', number, event.target.checked);
  });
  rows.set(number, row);
  element('things').append(row);
  return row;
}

element('adding').addEventListener('submit', (event) => {
  event.preventDefault();
  if (!text.value.trim()) return;
  call('add_thing', text.value);
  text.value = '';
});

element('remove').addEventListener('click', () => call('remove_done'));

/** Calls a function of the server's, and shows why that failed, if it does. */
async function call(name, ...given) {
  element('notice').textContent = '';
  try {
    await now.ready();
    await now[name](...given);
  } catch (error) {
    element('notice').textContent = error.reason ?? error.message;
    showThings(now.core.snapshot('shopping'));
  }
}

now.core.watch('shopping', showThings);
showThings(now.core.snapshot('shopping')); // it may be there already

// The guests.

function showGuests(count) {
  if (count === undefined) return;
  guests.disabled = false;
  guests.value = count;
  element('count').textContent = count > 1 ? `For ${count} guests` : 'For one guest';
}

guests.addEventListener('input', () => (now.guests = guests.valueAsNumber));

now.core.watch('guests', showGuests);
showGuests(now.core.snapshot('guests'));

// The connection.

const status = (words) => (element('status').textContent = words);

now.ready(() => status(''));
now.core.on('disconnect', () => status('reconnecting…'));
now.core.on('reconnect', () => status(''));
for (const event of ['connect_failed', 'reconnect_failed']) now.core.on(event, () => status('not connected; reload the page'));
