/** The page of the dashboard: a card for each machine, in which plots and numbers follow what its bot tells. */

import { Plot, PLOTS, bytes } from './plots.js';

const now = window.now;

const element = (id) => document.getElementById(id);

/** The cards, by the machine's name. */
const cards = new Map();

/** A machine's card. */
class Card {
  constructor(name) {
    this.element = element('machine').content.cloneNode(true).firstElementChild;
    this.element.querySelector('.name').textContent = name;
    this.plots = PLOTS.map((kind) => new Plot(this.element, kind));
  }

  /** Shows the machine as it is now; nothing is done if nothing has changed. */
  show(machine) {
    if (machine === this.machine) return;
    this.machine = machine;
    const { online, history } = machine;
    const last = history.at(-1);
    if (!last) return;
    this.element.classList.toggle('offline', !online);
    this.element.querySelector('.state').textContent = online ? 'online' : `offline since ${time(last.at)}`;
    this.element.querySelector('.about').textContent = about(last);
    for (const plot of this.plots) plot.show(history);
  }

  redraw() {
    for (const plot of this.plots) plot.redraw();
  }

  remove() {
    for (const plot of this.plots) plot.remove();
    this.element.remove();
  }
}

function about({ cpu, memory, load, temperature }) {
  const parts = [cpu.length === 1 ? '1 core' : `${cpu.length} cores`, bytes(memory.total), `load ${load.toFixed(2)}`];
  if (temperature !== null) parts.push(`${Math.round(temperature)} °C`);
  return parts.join(' · ');
}

function time(seconds) {
  return new Date(seconds * 1000).toLocaleTimeString([], { timeStyle: 'short' });
}

/** Brings the cards in line with the machines. What is frozen and the same has not changed. */
function showMachines() {
  const machines = now.core.snapshot('machines') ?? {};
  for (const [name, card] of cards) {
    if (name in machines) continue;
    card.remove();
    cards.delete(name);
  }
  for (const name of Object.keys(machines).sort()) {
    if (!cards.has(name)) add(name);
    cards.get(name).show(machines[name]);
  }
  element('empty').hidden = cards.size > 0;
}

/** Puts a new card where its name belongs. */
function add(name) {
  const card = new Card(name);
  const next = [...cards.keys()].filter((other) => other > name).sort()[0];
  element('machines').insertBefore(card.element, next ? cards.get(next).element : null);
  cards.set(name, card);
}

now.core.watch('machines', showMachines);
showMachines();

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  for (const card of cards.values()) card.redraw();
});

// The connection.

const status = (words) => (element('status').textContent = words);

now.ready(() => status(''));
now.core.on('disconnect', () => status('reconnecting…'));
now.core.on('reconnect', () => status(''));
for (const event of ['connect_failed', 'reconnect_failed']) now.core.on(event, () => status('not connected; reload the page'));
