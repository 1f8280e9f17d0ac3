import { describe, expect, it } from 'vitest';
import { checkQuiet, disturbedText } from './load.ts';

describe('checkQuiet', () => {
  it('lets a quiet machine race, by the last minute alone', () => {
    expect(() => checkQuiet([0.5, 6, 6], 2, false)).not.toThrow();
    expect(() => checkQuiet([1.9, 0, 0], 8, false)).not.toThrow();
  });

  it('refuses on a busy one, saying what it saw and how to race all the same', () => {
    expect(() => checkQuiet([0.51, 0, 0], 2, false)).toThrow(
      /load average 0\.5, 0\.0, 0\.0 .* on 2 cores, .* at most 0\.5\. .*--busy/,
    );
    expect(() => checkQuiet([2.1, 0, 0], 8, false)).toThrow(/busy/);
  });

  it('does not refuse where it is told to race', () => {
    expect(() => checkQuiet([40, 40, 40], 2, true)).not.toThrow();
  });
});

describe('disturbedText', () => {
  it('says nothing of a quiet machine, on which the bench itself keeps the cores busy', () => {
    expect(disturbedText({ before: [0.3, 1, 1], after: [2.8, 2, 2], cores: 2 })).toBe('');
  });

  it('marks what other work disturbed before', () => {
    const text = disturbedText({ before: [3.6, 1, 1], after: [2, 2, 2], cores: 2 });
    expect(text).toMatch(/^> \*\*Disturbed: .*\(load average 3\.6 on 2 cores before the bench began\)/);
    expect(text).toMatch(/Do not quote the ratios.*\n\n$/);
  });

  it('marks what came while it ran', () => {
    const text = disturbedText({ before: [0.1, 0, 0], after: [5.2, 3, 3], cores: 2 });
    expect(text).toContain('(5.2 when it ended, of which it keeps 2 busy itself)');
  });
});
