import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { YosegiError } from './errors.ts';
import { jsonOf } from './json.ts';

const read = (text: string, name: string) => jsonOf(text, (problem) => new YosegiError(`${name} ${problem}`));

describe('jsonOf', () => {
  it('gives the value, or says what is wrong with it', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(read(JSON.stringify(value), 'x')).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
    expect(() => read('{"a":', 'split.json')).toThrow(/^split\.json is not JSON \(/);
    for (const open of ['[', '{"a":']) {
      expect(() => read(open.repeat(1e6), 'split.json')).toThrow('split.json is nested deeper than 200 levels');
    }
    // Brackets inside strings are no levels, whatever quotes are escaped there.
    const text = JSON.stringify({ a: `\\"${'['.repeat(1000)}\\` });
    expect(read(text, 'x')).toEqual(JSON.parse(text));
    expect(read(`"${'x'.repeat(5e6)}"`, 'x')).toHaveLength(5e6);
  });
});
