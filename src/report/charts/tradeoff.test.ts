import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placeLabels } from '../../page/charts/labels.ts';
import { type TradeoffChart, tradeoffChart } from './tradeoff.ts';

const bounds = { left: 50, right: 430, top: 0, bottom: 280 };

describe('placeLabels', () => {
  it('keeps the labels of six markers at any places apart and inside', () => {
    const place = fc.record({ x: fc.integer({ min: 50, max: 426 }), y: fc.integer({ min: 12, max: 280 }) });
    fc.assert(
      fc.property(fc.array(place, { minLength: 1, maxLength: 6 }), (markers) => {
        const labels = placeLabels(markers, bounds);
        labels.forEach((a, i) => {
          expect(a.x).toBeGreaterThanOrEqual(bounds.left);
          expect(a.x).toBeLessThanOrEqual(bounds.right);
          expect(a.y).toBeGreaterThanOrEqual(bounds.top);
          expect(a.y).toBeLessThanOrEqual(bounds.bottom);
          for (const b of labels.slice(i + 1)) {
            expect(Math.abs(a.x - b.x) >= 11.9 || Math.abs(a.y - b.y) >= 13.9).toBe(true);
          }
        });
      }),
    );
  });

  it('writes straight above a marker that stands alone', () => {
    expect(placeLabels([{ x: 200, y: 100 }], bounds)).toEqual([{ x: 200, y: 85 }]);
  });
});

describe('tradeoffChart', () => {
  const chart = (change: Partial<TradeoffChart>) =>
    tradeoffChart({
      title: 'Accuracy and time',
      label: 'chart',
      xTitle: 'ms',
      legend: { line: 'policy', chosen: 'chosen', exit: 'an exit', whole: 'all of it', other: 'another' },
      line: [
        { x: 1, y: 0.8 },
        { x: 3, y: 0.95 },
      ],
      points: [
        { kind: 'exit', sign: '1', x: 1, y: 0.8, description: 'exit 1' },
        { kind: 'chosen', sign: '', x: 2, y: 0.9, description: 'the policy' },
      ],
      percent: (share, digits) => `${(100 * share).toFixed(digits)} %`,
      ...change,
    }).toString();

  it('has time from zero on, unless everything takes about as long', () => {
    expect(chart({})).toMatch(/text-anchor="middle">0</);
    const close = chart({
      line: [
        { x: 9.6, y: 0.8 },
        { x: 10, y: 0.9 },
      ],
      points: [],
    });
    expect(close).not.toMatch(/text-anchor="middle">0</);
    expect(close).toContain('>9.6<');
  });

  it('explains the kinds of points that there are, and draws the chosen one last', () => {
    const page = chart({});
    expect(page).toContain('an exit</span>');
    expect(page).not.toContain('another');
    expect(page.indexOf('<title>the policy')).toBeGreaterThan(page.indexOf('<title>exit 1'));
  });

  it('draws any points, also all at one place, without a number that is none', () => {
    const point = fc.record({
      x: fc.double({ min: 0, max: 1e4, noNaN: true }),
      y: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(point, { minLength: 1, maxLength: 8 }), (line) => {
        const points = line.map((p) => ({ ...p, kind: 'other' as const, sign: 'A', description: '' }));
        expect(chart({ line, points })).not.toMatch(/NaN|Infinity|undefined/);
      }),
    );
  });
});
