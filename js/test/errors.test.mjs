/** Every sentence, every name, and the tree of the errors. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as errors from '../src/errors.js';

const { ConnectError, Detached, Disconnected, LimitExceeded, NoSuchFunction, NowError, ProtocolError, Refused, RemoteError } = errors;

const selfMade = new Error('why');

for (const [error, kinds, name, said, fields] of [
  [new Detached('now.a'), [NowError], 'Detached', 'Detached: now.a was deleted or replaced; read it again from now', { place: 'now.a' }],
  [new Refused('not yours', ['a', 0]), [NowError], 'Refused', 'Refused: now.a[0]: not yours', { reason: 'not yours', path: ['a', 0] }],
  [new RemoteError('no'), [NowError], 'RemoteError', 'no', { type: 'RemoteError', path: undefined }],
  [new RemoteError('no', 'ValueError', ['f']), [NowError], 'RemoteError', 'now.f() failed: ValueError: no', { type: 'ValueError', path: ['f'] }],
  [new RemoteError('no', 'RemoteError', ['f']), [NowError], 'RemoteError', 'now.f() failed: no', {}],
  [new NoSuchFunction('gone', 'released'), [RemoteError, NowError], 'NoSuchFunction', 'gone', { missing: 'released', type: 'NoSuchFunction' }],
  [new RemoteError('no', 'Mine', undefined, { trace: 'line 1', cause: selfMade }), [NowError], 'RemoteError', 'Mine: no', { trace: 'line 1', cause: selfMade }],
  [new ProtocolError('odd'), [NowError], 'ProtocolError', 'ProtocolError: odd (code 1002)', { reason: 'odd', code: 1002 }],
  [new LimitExceeded('max_message', 9, 'a message of 10 bytes'), [NowError], 'LimitExceeded', 'LimitExceeded: a message of 10 bytes: the limit max_message=9 was passed', { limit: 'max_message', value: 9 }],
  [new Disconnected(), [NowError], 'Disconnected', 'Disconnected: the connection is closed (code 1006)', { code: 1006 }],
  [new ConnectError('no server', 4401), [Disconnected, NowError], 'ConnectError', 'ConnectError: no server (code 4401)', { reason: 'no server', code: 4401 }],
]) {
  test(`${name} says "${said}"`, () => {
    assert.equal(String(error), said);
    assert.equal(error.name, name);
    for (const kind of [...kinds, Error]) assert.ok(error instanceof kind);
    for (const [field, value] of Object.entries(fields)) assert.deepEqual(error[field], value);
  });
}

test('every error is exported by the package, under its name', async () => {
  const exported = await import('../src/index.js');
  assert.deepEqual(Object.keys(exported).sort(), [...Object.keys(errors), 'connect'].sort());
});

test('the classes of the built module have their names, which platforms show', async () => {
  const built = await import('../../greennow/static/now.mjs');
  for (const [name, kind] of Object.entries(built)) {
    if (name !== 'connect') assert.deepEqual([kind.name, kind.prototype.name], [name, name]);
  }
});
