import { expect, it } from 'vitest';
import { memberNames } from './member-names.ts';

it('names members after their folders, each once, in plain characters', () => {
  expect(memberNames(['runs/parts', 'old/Parts/', './runs/傷 (2)', '../傷', '/a/b c'])).toEqual([
    'parts',
    'Parts-2',
    '2_',
    'task',
    'b_c',
  ]);
});
