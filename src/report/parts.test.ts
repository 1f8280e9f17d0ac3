import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ticks } from '../page/charts/ticks.ts';
import { formatFor } from '../page/format.ts';
import { html, prose } from '../page/html.ts';
import { en } from './words/en.ts';
import { reasonInJapanese } from './words/ja-reasons.ts';

describe('html', () => {
  it('escapes text, keeps what is HTML already, joins lists and drops nothings', () => {
    const inner = html`<b>${'a < b & "c"'}</b>`;
    expect(String(html`<p title="${'"x\''}">${[inner, undefined, null, false, 0]}</p>`)).toBe(
      '<p title="&quot;x&#39;"><b>a &lt; b &amp; &quot;c&quot;</b>0</p>',
    );
  });

  it('marks code in sentences after escaping them', () => {
    expect(String(prose('run `yosegi eval "<a>"` now'))).toBe('run <code>yosegi eval &quot;&lt;a&gt;&quot;</code> now');
  });

  it('replaces what would turn the reading direction or break the file', () => {
    expect(String(html`${'a\u202eb\u0000c\ud800d'}`)).toBe('a\ufffdb\ufffdc\ufffdd');
  });
});

describe('formatFor', () => {
  const f = formatFor('en');
  it('never rounds to everything or nothing what is not', () => {
    expect([f.percent(1), f.percent(0.9999), f.percent(0.999), f.percent(0), f.percent(0.0001)]).toEqual([
      '100.0%',
      '>99.9%',
      '99.9%',
      '0.0%',
      '<0.1%',
    ]);
    expect([f.percent(0.997, 0), f.percent(0.002, 0)]).toEqual(['>99%', '<1%']);
  });

  it('gives money the decimals it needs, and survives currencies nobody knows', () => {
    const euros = [123.4, 12.3, 0.3, 0.0184, 0].map((x) => f.money(x, 'EUR'));
    expect(euros).toEqual(['€123', '€12.30', '€0.30', '€0.018', '€0.00']);
    expect(formatFor('ja').money(1234.5, 'JPY')).toBe('1,235円');
    expect(f.money(3.5, 'shells')).toBe('3.5 shells');
  });

  it('chooses units a person would', () => {
    const nbsp = /\u00a0/g;
    expect([45, 600, 9000, 400_000].map((s) => f.duration(s).replace(nbsp, ' '))).toEqual([
      '45 seconds',
      '10 minutes',
      '2.5 hours',
      '4.6 days',
    ]);
    expect([500, 4.56e6, 1.94e7, 2.5e9].map((n) => f.bytes(n).replace(nbsp, ' '))).toEqual([
      '1 kB',
      '4.6 MB',
      '19 MB',
      '2.5 GB',
    ]);
    expect(f.date('not a date')).toBe('not a date');
  });
});

describe('ticks', () => {
  it('are round and cover the range', () => {
    expect(ticks(0.07, 1.93, 4)).toEqual([0, 0.5, 1, 1.5, 2]);
    expect(ticks(0.31, 0.98, 4)).toEqual([0.2, 0.4, 0.6, 0.8, 1]);
    expect(ticks(3, 3)).toEqual([3]);
    const values = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(values, fc.double({ min: 1e-3, max: 1e6, noNaN: true }), (min, span) => {
        const found = ticks(min, min + span);
        const step = found[1]! - found[0]!;
        expect(found[0]!).toBeLessThanOrEqual(min + step * 1e-6);
        expect(found.at(-1)!).toBeGreaterThanOrEqual(min + span - step * 1e-6);
        expect(found.length).toBeLessThanOrEqual(9);
      }),
    );
  });
});

describe('words', () => {
  it('put one thing in the singular', () => {
    const words = en(formatFor('en'));
    expect(words.images(1)).toBe('1 image');
    expect(words.threads(2)).toBe('2 threads');
    expect(words.data.broken(1)).toBe('1 file could not be used');
  });

  it('keep a reason nobody foresaw as it is', () => {
    expect(reasonInJapanese('the file is empty (0 bytes)')).toBe(
      'ファイルが空（0バイト）（the file is empty (0 bytes)）',
    );
    expect(reasonInJapanese('struck by lightning')).toBe('struck by lightning');
  });
});
