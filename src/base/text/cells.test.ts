import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plain, plainJson, plainLines } from './cells.ts';

const steers = (c: string) => /^[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]$/u.test(c);

describe('plain', () => {
  it('lets nothing through that steers a terminal, and leaves letters and emoji alone', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect([...plain(text)].some(steers)).toBe(false);
        expect([...plainLines(text).replaceAll('\n', '')].some(steers)).toBe(false);
        expect([...plainJson(text)].some(steers)).toBe(false);
        expect(JSON.parse(plainJson({ text }))).toEqual({ text });
      }),
    );
    expect(plain('\x1b[31mred')).toBe('\ufffd[31mred');
    expect(plain('良品 👨‍👩‍👧 café')).toBe('良品 👨‍👩‍👧 café');
    expect(JSON.parse(plainJson({ a: [1, '\u{e0001}'] }, 2))).toEqual({ a: [1, '\u{e0001}'] });
  });
});
