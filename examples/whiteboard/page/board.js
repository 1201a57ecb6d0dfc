/**
 * The page of the whiteboard. Which board it shows stands in its address: `?board=name`.
 *
 * `now.strokes`, `now.cursors` and `now.people` are those of the board, written by the server for its group. The
 * picture is painted anew from the strokes in every frame in which they changed, so all pages show the same.
 */

const now = window.now;
const BOARD = new URLSearchParams(location.search).get('board') || 'hello';

/** In units of the board. */
const WIDTHS = [4, 10, 24];
const INKS = ['Black', 'Red', 'Orange', 'Green', 'Blue', 'Violet'];

/** Points of a stroke are so far apart, in units of the board. */
const STEP = 3;

const element = (id) => document.getElementById(id);
const copy = (id) => element(id).content.cloneNode(true).firstElementChild;
const notice = (words) => (element('notice').textContent = words);
const status = (words) => (element('status').textContent = words);

// The pens.

function penOf(group, value, label, property, text) {
  const pen = copy('pen');
  const input = pen.querySelector('input');
  Object.assign(input, { name: group, value });
  pen.querySelector('.swatch').style.setProperty(property, text);
  pen.querySelector('.unseen').textContent = label;
  element(group).append(pen);
  return input;
}

const inks = INKS.map((label, ink) => penOf('inks', ink, label, '--of', `var(--ink-${ink})`));
const widths = WIDTHS.map((width) => penOf('widths', width, `${width} wide`, '--size', `${4 + width}px`));
const chosen = (pens) => Number(pens.find((pen) => pen.checked).value);

inks[Math.floor(Math.random() * inks.length)].checked = true;
widths[1].checked = true;

// What this page draws. Its strokes are shown at once; each until the server has all of it, for then it is in
// `now.strokes`: what the server wrote ahead of its answer has arrived ahead of it.

const canvas = element('board');

/** The strokes that the server may not have all of. */
const drawn = new Set();

/** The one that is being drawn, and how many of its numbers went out. */
let stroke, sent;

/** Where the pen is, if it is over the board; and whether that has to be told. */
let cursor = null;
let moved = false;

/** Where an event is, in units of the board. */
function place({ clientX, clientY }) {
  const { width, height } = now.core.options;
  const box = canvas.getBoundingClientRect();
  const within = (share, size) => Math.round(Math.min(Math.max(share, 0), 1) * size);
  return [within((clientX - box.left) / box.width, width), within((clientY - box.top) / box.height, height)];
}

function begin(point) {
  stroke = { ink: chosen(inks), width: chosen(widths), points: [...point] };
  sent = stroke.points.length;
  drawn.add(stroke);
  attempt(() => now.begin(stroke.ink, stroke.width, point));
}

function lengthen(point) {
  const { points } = stroke;
  const [x, y] = points.slice(-2);
  if (Math.hypot(point[0] - x, point[1] - y) < STEP) return;
  points.push(...point);
  if (points.length < 2 * now.core.options.points) return;
  finish(); // the server takes no more points
  begin(point);
}

async function finish() {
  const finished = stroke;
  send();
  stroke = undefined;
  await attempt(() => now.end());
  drawn.delete(finished);
  later();
}

/** Tells the server what is new. */
function send() {
  if (stroke && sent < stroke.points.length) now.draw.send(stroke.points.slice(sent));
  sent = stroke?.points.length;
  if (moved) now.point.send(cursor);
  moved = false;
}

async function attempt(action) {
  if (!isIn) return;
  try {
    await action();
    notice('');
  } catch (error) {
    notice(`Not done: ${error.message}.`);
  }
}

/** The pen is over a point of the board, or over none. */
function moveTo(point) {
  [cursor, moved] = [point, true];
  later();
}

canvas.addEventListener('pointerdown', (event) => {
  if (!isIn || !event.isPrimary || event.button) return;
  canvas.setPointerCapture(event.pointerId);
  if (stroke) finish();
  moveTo(place(event));
  begin(cursor);
});

canvas.addEventListener('pointermove', (event) => {
  if (!isIn || !event.isPrimary) return;
  moveTo(place(event));
  // A fast pen is at several points in one frame.
  if (stroke) [...event.getCoalescedEvents(), event].map(place).forEach(lengthen);
});

for (const event of ['pointerup', 'pointercancel']) canvas.addEventListener(event, ({ isPrimary }) => isPrimary && stroke && finish());
canvas.addEventListener('pointerleave', ({ isPrimary }) => isIn && isPrimary && moveTo(null));

element('undo').addEventListener('click', () => attempt(() => now.undo()));
element('clear').addEventListener('click', () => element('clearing').showModal());
element('clearing').addEventListener('close', ({ target }) => target.returnValue && attempt(() => now.clear()));
addEventListener('keydown', (event) => {
  if (event.key !== 'z' || !(event.ctrlKey || event.metaKey) || event.target.matches('#name')) return;
  event.preventDefault();
  attempt(() => now.undo());
});

// Once a frame, at most: what is new goes out, and the picture is painted.

let isDue = false;

function later() {
  if (!isDue) requestAnimationFrame(frame);
  isDue = true;
}

function frame() {
  isDue = false;
  send();
  paint();
}

/** The strokes that are done, painted once: those below all others. A snapshot's are the same objects each time. */
const ground = document.createElement('canvas');
let grounded = [];

function paint() {
  if (!now.core.options.width) return; // not connected yet
  const strokes = Object.entries(now.core.snapshot('strokes') ?? {}).sort(([a], [b]) => a - b).map(([, stroke]) => stroke);
  if (grounded.some((stroke, place) => stroke !== strokes[place])) wipe(); // one was taken away
  for (const stroke of strokes.slice(grounded.length)) {
    if (!stroke.done) break;
    draw(ground, stroke);
    grounded.push(stroke);
  }
  canvas.getContext('2d').clearRect(0, 0, canvas.width, canvas.height);
  canvas.getContext('2d').drawImage(ground, 0, 0);
  for (const stroke of [...strokes.slice(grounded.length), ...drawn]) draw(canvas, stroke);
  canvas.ariaLabel = `${strokes.length} strokes`;
  canvas.ariaBusy = drawn.size > 0;
}

function wipe() {
  grounded = [];
  ground.width = canvas.width;
  ground.height = canvas.height;
}

function draw(sheet, { ink, width, points }) {
  const pen = sheet.getContext('2d');
  pen.save();
  pen.scale(sheet.width / now.core.options.width, sheet.height / now.core.options.height);
  pen.lineCap = pen.lineJoin = 'round';
  pen.lineWidth = width;
  pen.strokeStyle = getComputedStyle(canvas).getPropertyValue(`--ink-${ink}`);
  pen.beginPath();
  pen.moveTo(points[0], points[1]);
  for (let i = 2; i < points.length - 2; i += 2) {
    pen.quadraticCurveTo(points[i], points[i + 1], (points[i] + points[i + 2]) / 2, (points[i + 1] + points[i + 3]) / 2);
  }
  pen.lineTo(points.at(-2) + 0.01, points.at(-1)); // a dot is a line, too
  pen.stroke();
  pen.restore();
}

now.core.watch('strokes', later);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', resize);
new ResizeObserver(resize).observe(canvas);

function resize() {
  canvas.width = canvas.clientWidth * devicePixelRatio;
  canvas.height = canvas.clientHeight * devicePixelRatio;
  wipe();
  later();
}

// Who is here, and where they point.

now.core.watch('people', () => {
  element('people').replaceChildren(...Object.values(now.people ?? {}).map((person) => dress(copy('person'), person)));
  showCursors();
});
now.core.watch('cursors', showCursors);

/** The others' cursors by client id. */
const cursors = new Map();

function showCursors() {
  const points = now.core.snapshot('cursors') ?? {};
  for (const [id, shown] of cursors) {
    if (points[id]) continue;
    shown.remove();
    cursors.delete(id);
  }
  for (const [id, point] of Object.entries(points)) {
    if (id !== now.core.clientId) showCursor(id, point);
  }
}

function showCursor(id, [x, y]) {
  if (!cursors.has(id)) {
    cursors.set(id, copy('cursor'));
    element('cursors').append(cursors.get(id));
  }
  const { width, height } = now.core.options;
  const shown = dress(cursors.get(id), now.people[id]);
  shown.style.left = `${(x / width) * 100}%`;
  shown.style.top = `${(y / height) * 100}%`;
}

function dress(shown, { name, ink }) {
  shown.style.setProperty('--of', `var(--ink-${ink})`);
  shown.querySelector('bdi').textContent = name;
  return shown;
}

// Taking part: at first, in a session that is not the former one, and with another name or ink.

/** Has this page been let in? */
let isIn = false;

async function takePart() {
  const name = element('name').value.trim() || 'Somebody';
  try {
    await now.ready();
    await now.take_part(BOARD, name, chosen(inks));
    isIn = true;
    notice('');
  } catch (error) {
    notice(`You cannot draw here: ${error.message}.`);
  }
}

function joined() {
  status('');
  takePart();
  later();
}

element('name').addEventListener('change', () => (remember(element('name').value), takePart()));
element('inks').addEventListener('change', takePart);

function remember(name) {
  try {
    localStorage.setItem('name', name);
  } catch {
    // The browser keeps nothing for this page.
  }
}

function remembered() {
  try {
    return localStorage.getItem('name') ?? '';
  } catch {
    return '';
  }
}

element('name').value = remembered();
element('board-name').textContent = BOARD;
now.ready(joined);
now.core.on('disconnect', () => status('reconnecting…'));
now.core.on('reconnect', (resumed) => (resumed ? status('') : now.ready(joined)));
for (const event of ['connect_failed', 'reconnect_failed']) now.core.on(event, () => status('not connected; reload the page'));
