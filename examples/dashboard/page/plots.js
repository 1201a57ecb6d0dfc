/** What is plotted of a machine, drawn with uPlot. */

const { uPlot } = window;

const percent = (value) => `${Math.round(value)} %`;
const rate = (value) => `${bytes(value)}/s`;
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** A number of bytes, for people. */
export function bytes(value) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(value) / 3));
  const scaled = value / 1000 ** power;
  return `${scaled.toFixed(scaled < 10 && power ? 1 : 0)} ${units[power]}`;
}

/**
 * The kinds of plots: what each line shows of a machine's figures; of `faint` there may be any number of lines, which go
 * without a number.
 */
export const PLOTS = [
  { title: 'CPU', format: percent, top: () => 100, lines: { 'all cores': ({ cpu }) => mean(cpu) }, faint: ({ cpu }) => cpu },
  { title: 'Memory', format: bytes, top: ({ memory }) => memory.total, lines: { used: ({ memory }) => memory.used } },
  {
    title: 'Network',
    format: rate,
    lines: { received: ({ network }) => network.received, sent: ({ network }) => network.sent },
  },
  { title: 'Disk', format: rate, lines: { read: ({ disk }) => disk.read, written: ({ disk }) => disk.written } },
];

const COLOURS = ['--first', '--second'];
const HEIGHT = 112;

/** The least time that a plot spans, and the longest pause that a line bridges, in seconds. */
const SPAN = 10;
const PAUSE = 10;

/** The least top of a plot without one of its own: below, there is nothing to see. */
const LEAST_TOP = 1000;

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name);

const copy = (id) => document.getElementById(id).content.cloneNode(true).firstElementChild;

/** One plot in a card, with the numbers of the latest figures, or of those under the pointer. */
export class Plot {
  #kind;
  #figure = copy('plot');
  #place = this.#figure.querySelector('.place');
  #outputs;
  #history = [];
  #data = [[]];
  #plot;
  #resized = new ResizeObserver(() => this.#fit());

  constructor(card, kind) {
    this.#kind = kind;
    this.#figure.querySelector('.title').textContent = kind.title;
    this.#place.ariaLabel = `${kind.title} over the last minutes`;
    this.#outputs = Object.keys(kind.lines).map((name, index) => this.#reading(name, index));
    card.append(this.#figure);
    this.#resized.observe(this.#place);
  }

  /** Shows a machine's figures. */
  show(history) {
    this.#history = history;
    this.#data = columns(history, this.#kind);
    if (this.#plot?.series.length === this.#data.length) this.#plot.setData(this.#data);
    else this.#draw();
    this.#read(this.#plot.cursor.idx);
  }

  /** Draws it again, in the colours that there are now. */
  redraw() {
    this.#plot?.redraw();
  }

  remove() {
    this.#resized.disconnect();
    this.#plot?.destroy();
  }

  #reading(name, index) {
    const reading = copy('reading');
    reading.classList.add(`line-${index}`);
    reading.querySelector('.what').textContent = name;
    this.#figure.querySelector('figcaption').append(reading);
    return reading.querySelector('b');
  }

  /** Writes the numbers at this column of the data, or the latest. */
  #read(column) {
    const last = this.#data[0].length - 1;
    for (const [index, output] of this.#outputs.entries()) {
      const value = this.#data[index + 1][column ?? last];
      output.textContent = value == null ? '' : this.#kind.format(value);
    }
  }

  #fit() {
    this.#plot?.setSize({ width: this.#place.clientWidth, height: HEIGHT });
  }

  #draw() {
    this.#plot?.destroy();
    this.#plot = new uPlot(this.#options(), this.#data, this.#place);
  }

  #options() {
    const { lines, format } = this.#kind;
    const count = Object.keys(lines).length;
    const series = this.#data.slice(1).map((_, index) => (index < count ? strong(index, count) : FAINT));
    return {
      width: this.#place.clientWidth,
      height: HEIGHT,
      padding: [6, 26, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, sync: { key: 'machines', scales: ['x', null] } },
      scales: { x: { range: (_, first, last) => [Math.min(first, last - SPAN), last] }, y: { range: () => [0, this.#top()] } },
      series: [{}, ...series],
      axes: [axis({ size: 28, gap: 8, space: 70, values: times }), axis({ size: 64, space: 28, values: (_, ticks) => ticks.map(format) })],
      hooks: { setCursor: [({ cursor }) => this.#read(cursor.idx)] },
    };
  }

  #top() {
    const last = this.#history.at(-1);
    if (this.#kind.top) return this.#kind.top(last);
    return 1.1 * Math.max(LEAST_TOP, ...this.#data.slice(1).flat());
  }
}

const FAINT = { stroke: () => colour('--faint'), width: 1, points: { show: false } };

/** A line with a number; what is below it is filled where it is alone. */
function strong(index, count) {
  const stroke = () => colour(COLOURS[index]);
  const fill = count === 1 ? () => colour('--fill') : undefined;
  return { stroke, fill, width: 1.75, points: { show: false } };
}

function axis(options) {
  const line = { stroke: () => colour('--line'), width: 1 };
  return { stroke: () => colour('--quiet'), font: '11px system-ui', gap: 4, grid: line, ticks: { show: false }, ...options };
}

/** The times below a plot: hours and minutes, or seconds too where those are what differs. */
function times(_, ticks, __, ___, step) {
  const options = { hour: '2-digit', minute: '2-digit', ...(step < 60 && { second: '2-digit' }), hourCycle: 'h23' };
  return ticks.map((tick) => new Date(tick * 1000).toLocaleTimeString([], options));
}

/** The history as uPlot takes it: the times, then the values of each line, with a hole where there was a pause. */
function columns(history, { lines, faint = () => [] }) {
  const rows = [];
  for (const [index, sample] of history.entries()) {
    const before = history[index - 1]?.at;
    if (sample.at - before > PAUSE) rows.push([before + 1]);
    rows.push([sample.at, ...Object.values(lines).map((line) => line(sample)), ...faint(sample)]);
  }
  const width = Math.max(...rows.map((row) => row.length));
  return Array.from({ length: width }, (_, column) => rows.map((row) => row[column] ?? null));
}
