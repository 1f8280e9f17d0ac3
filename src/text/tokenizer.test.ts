import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { learnMerges } from './learn-bpe.ts';
import { LEAST_TOKENS, learnTokenizer } from './learn-tokenizer.ts';
import { tidy } from './tidy.ts';
import { openTokenizer } from './tokenizer.ts';

/** What reference/text/record.py wrote of Hugging Face's own library, in Rust. */
const fixture: {
  readonly lines: string[];
  readonly odd: string[];
  readonly files: Readonly<Record<'wordpiece' | 'clip', object>>;
  readonly ids: Readonly<Record<'wordpiece' | 'clip' | 'learned', number[][]>>;
} = JSON.parse(readFileSync(new URL('fixtures/tokenizers.json', import.meta.url), 'utf8'));

const learned = learnTokenizer(fixture.lines, 320);

describe.each([
  ['wordpiece', fixture.files.wordpiece],
  ['clip', fixture.files.clip],
  ['learned', learned],
] as const)('%s', (name, file) => {
  const tokenizer = openTokenizer(JSON.parse(JSON.stringify(file)));

  it('makes of odd texts what the library in Rust makes of them', () => {
    const found = fixture.odd.map((text) => [text, tokenizer.encode(text, 1000).ids]);
    expect(found).toEqual(fixture.odd.map((text, i) => [text, fixture.ids[name][i]]));
  });

  it('takes any text, cuts what is too long and says so', () => {
    const [first, last] = [tokenizer.encode('', 8).ids[0], tokenizer.encode('', 8).ids.at(-1)];
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), fc.integer({ min: 3, max: 40 }), (raw, most) => {
        const text = tidy(raw);
        const whole = tokenizer.encode(text, 10_000);
        const { ids, cut } = tokenizer.encode(text, most);
        expect(whole.cut).toBe(false);
        expect(ids.every((id) => Number.isInteger(id) && id >= 0 && id < tokenizer.size)).toBe(true);
        expect(cut).toBe(whole.ids.length > most);
        expect(ids.length).toBe(Math.min(most, whole.ids.length));
        expect([ids[0], ids.at(-1)]).toEqual([first, last]);
        if (cut) expect(ids.slice(0, -1)).toEqual(whole.ids.slice(0, most - 1));
      }),
      { numRuns: 200 },
    );
  });

  it('cuts a text of a megabyte in no time', () => {
    const began = performance.now();
    const { ids, cut } = tokenizer.encode('heart '.repeat(200_000), 32);
    expect([ids.length, cut]).toEqual([32, true]);
    expect(performance.now() - began).toBeLessThan(1000);
  });
});

describe('a learnt tokenizer', () => {
  it('knows frequent words as one token, and everything else as parts', () => {
    const captions = ['a red heart', 'a red dog', 'a red car', 'two red hearts', 'the heart'];
    const tokenizer = openTokenizer(learnTokenizer(captions, LEAST_TOKENS + 40));
    const words = (text: string) => tokenizer.encode(text, 100).ids.length - 2;
    expect(words('a red heart')).toBe(3);
    expect(words('A RED HEART')).toBe(3);
    expect(words('雪')).toBe(4);
    expect(tokenizer.encode('a red heart', 100).ids).not.toEqual(tokenizer.encode('a red dog', 100).ids);
  });

  it('is the same for the same captions, in whatever order they come', () => {
    const [a, b] = [fixture.lines, [...fixture.lines].reverse()].map((lines) =>
      JSON.stringify(learnTokenizer(lines, 300)),
    );
    expect(a).toBe(b);
  });

  it('learns the most frequent pair first, overlapping ones from the left', () => {
    const merges = learnMerges(new Map(Object.entries({ aaab: 3, ab: 2, c: 9 })), 10);
    expect(merges[0]).toEqual(['a', 'a']);
    expect(merges).toContainEqual(['a', 'b']);
    expect(learnMerges(new Map([['ab', 1]]), 10)).toEqual([]);
  });
});

it('says what is no tokenizer', () => {
  expect(() => openTokenizer({ model: { type: 'nonsense' } })).toThrow(/no tokenizer that can be used/);
  expect(() => openTokenizer('text')).toThrow(/no tokenizer that can be used/);
});
