import { expect, it } from 'vitest';
import { isolated } from './isolate.ts';

const run = (act: string, seconds = 30) => isolated(import.meta.url, '../testing/misbehave.child', [act], { seconds });

it('brings home values and errors', async () => {
  expect(await run('value')).toEqual({ ok: true, value: { a: 1, list: new Float32Array([1, 2]) } });
  expect(await run('error')).toEqual({ ok: false, kind: 'failed', reason: 'the reason' });
});

it('survives a crash, an early end and an uncaught exception', async () => {
  expect(await run('crash')).toEqual({
    ok: false,
    kind: 'crashed',
    reason: 'it crashed (SIGILL)',
    signal: 'SIGILL',
  });
  const exit = { ok: false, kind: 'crashed', reason: 'it ended without an answer (exit code 3): last words' };
  expect(await run('exit')).toEqual(exit);
  expect(await run('throw')).toMatchObject({ ok: false, kind: 'crashed' });
});

it('stops what does not end, with its answer if it has given one', async () => {
  expect(await run('hang', 1)).toEqual({ ok: false, kind: 'late', reason: 'it was stopped after 1 s' });
  expect(await run('cling')).toEqual({ ok: true, value: 7 });
});
