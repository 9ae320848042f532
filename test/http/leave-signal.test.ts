import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Leaving } from '../../src/http/leave-signal.ts';

test('all who listen at their turn are told once, with the first reason', () => {
  const leaving = new Leaving();
  const told: string[] = [];
  const gone = (): void => void told.push('gone');
  const late = (): void => void told.push('late');
  leaving.addEventListener('abort', () => {
    told.push('first');
    leaving.removeEventListener('abort', late);
  });
  leaving.addEventListener('abort', gone);
  leaving.addEventListener('abort', late);
  leaving.addEventListener('abort', () => told.push('last'));
  leaving.removeEventListener('abort', gone);
  leaving.abort('left');
  leaving.abort('left again');
  leaving.addEventListener('abort', gone);
  assert.deepEqual(told, ['first', 'last']);
  assert.deepEqual([leaving.aborted, leaving.reason], [true, 'left']);
});
