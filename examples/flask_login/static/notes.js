/** The page of the notes. What others wrote is put in as text, never as HTML. */

const now = window.now;
const element = (id) => document.getElementById(id);
const tell = (words) => (element('notice').textContent = words);

function show() {
  element('notes').replaceChildren(...Object.entries(now.core.snapshot('notes') ?? {}).map(note));
}

function note([number, { by, text }]) {
  const item = element('note').content.cloneNode(true).firstElementChild;
  item.querySelector('p').textContent = text;
  item.querySelector('bdi').textContent = by;
  const button = item.querySelector('button');
  button.hidden = by !== now.me;
  button.addEventListener('click', () => now.take_down(number).catch((error) => tell(error.message)));
  return item;
}

now.core.watch('notes', show);
now.core.watch('me', show);

now.say = (words) => (element('status').textContent = words);

element('adding')?.addEventListener('submit', async (event) => {
  event.preventDefault();
  tell('');
  try {
    await now.add_note(element('text').value);
    element('text').value = '';
  } catch (error) {
    tell(error.message);
  }
});

now.ready(() => (element('status').textContent = ''));
now.core.on('disconnect', (reason) => (element('status').textContent = reason.reason));
now.core.on('reconnect', () => (element('status').textContent = ''));
