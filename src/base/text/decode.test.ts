import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { YosegiError } from '../errors.ts';
import { decodeText } from './decode.ts';

const utf16 = (text: string, big: boolean) => {
  const bytes = Buffer.from(text, 'utf16le');
  return new Uint8Array(big ? bytes.swap16() : bytes);
};
const marked = (mark: number[], bytes: Uint8Array) => Uint8Array.from([...mark, ...bytes]);

describe('decodeText', () => {
  it('reads UTF-8 and UTF-16, with and without a mark', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (drawn) => {
        const text = drawn.replaceAll('\0', '').replace(/^\ufeff+/, '');
        const utf8 = new TextEncoder().encode(text);
        expect(decodeText(utf8, 'x')).toBe(text);
        expect(decodeText(marked([0xef, 0xbb, 0xbf], utf8), 'x')).toBe(text);
        expect(decodeText(marked([0xff, 0xfe], utf16(text, false)), 'x')).toBe(text);
        expect(decodeText(marked([0xfe, 0xff], utf16(text, true)), 'x')).toBe(text);
      }),
    );
    for (const text of ['{"classes": ["良品", "傷"]}', '良品\n傷\n']) {
      expect(decodeText(utf16(text, false), 'x')).toBe(text);
      expect(decodeText(utf16(text, true), 'x')).toBe(text);
    }
  });

  it('reads Shift-JIS', () => {
    // 良品, then a line break and half-width katakana ｷｽﾞ.
    expect(decodeText(Uint8Array.of(0x97, 0xc7, 0x95, 0x69, 10, 0xb7, 0xbd, 0xde), 'x')).toBe('良品\nｷｽﾞ');
  });

  it('refuses what is no text, by name, and never throws anything else', () => {
    expect(() => decodeText(Uint8Array.of(0x89, 0x50, 0, 0, 1, 0xff), 'labels.txt')).toThrow(
      /labels\.txt is not text in UTF-8, UTF-16 or Shift-JIS/,
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          expect(typeof decodeText(bytes, 'x')).toBe('string');
        } catch (error) {
          expect(error).toBeInstanceOf(YosegiError);
        }
      }),
    );
  });
});
