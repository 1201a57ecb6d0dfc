/** What `npm run types` compiles: the types of functions, streams and errors as a page uses them. */

import { connect, RemoteError, type RemoteFunction, type Stream } from '../src/now';

interface Row {
  id: number;
  name?: string;
}

interface Api {
  add(a: number, b: number): number;
  rows(city: string): Iterable<Row>;
  generated(): Generator<Row, void, unknown>;
  later(): AsyncGenerator<string>;
  promised(): Promise<AsyncIterable<number>>;
  list(): Row[];
  text(): string;
  bytes(): Uint8Array;
  row(): Row;
  anything(): any;
  nothing(): void;
}

const now = connect<Api>();

export async function calls() {
  const sum: number = await now.add(1, 2);
  const list: Row[] = await now.list();
  const text: string = await now.text();
  const bytes: Uint8Array = await now.bytes();
  const row: Row = await now.row();
  const name: string = (await now.anything()).some.name;
  await now.nothing();
  return [sum, list, text, bytes, row, name];
}

export async function streams() {
  const ids: number[] = [];
  for await (const row of now.rows('Oslo')) ids.push(row.id);
  for await (const row of now.rows.with({ timeout: 5 })('Oslo')) ids.push(row.id);
  for await (const number of now.promised()) ids.push(number);
  for await (const row of now.list()) ids.push(row.id);
  const generated: Stream<Row> = await now.generated();
  const later: Stream<string> = await now.later();
  await generated.return();
  await later[Symbol.asyncDispose]();
  // @ts-expect-error a stream is no number
  const number: number = await now.rows('Oslo');
  // @ts-expect-error a list is data, and no stream
  const stream: Stream<Row> = await now.list();
  return [ids, number, stream];
}

export function callbacks(lent: RemoteFunction<(a: number) => string>): Promise<string> {
  const answer = lent(1);
  lent.release();
  lent[Symbol.dispose]();
  return answer;
}

export function errors() {
  const { trace, cause } = new RemoteError('no', 'Mine', undefined, { cause: new Error('why') });
  return [trace?.length, cause?.message];
}
