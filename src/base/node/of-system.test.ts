import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { YosegiError } from '../errors.ts';
import { isOfSystem } from './of-system.ts';

it('what the system says is told from what is wrong with a request, also behind other words', async () => {
  const cause: unknown = await readFile('/no/such/file').catch((error: unknown) => error);
  expect(isOfSystem(cause)).toBe(true);
  expect(isOfSystem(new YosegiError('cannot read it', { cause }))).toBe(true);
  expect(isOfSystem(new YosegiError('unknown model'))).toBe(false);
  expect(isOfSystem('no')).toBe(false);
});
