import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { languages } from '../../../page/format.ts';
import { renderReport } from '../../../report/render.ts';
import { epochs, input, run, summary } from '../../../report/testing/input.ts';
import { faults, text } from '../../places/testing/page.ts';
import { type SegmentEvaluation, segmentEvaluation } from '../evaluation.ts';
import { madeUp } from '../testing/evaluation.ts';
import { segmentFindings, type segmentLevels } from './findings.ts';
import { segmentPage } from './page.ts';

const pictures = new Map([['a/1.png', 'data:image/jpeg;base64,AAAA']]);
const render = (lang: 'en' | 'ja', e = madeUp(), more = {}) =>
  renderReport(
    input({
      run: run({ task: 'segment', classes: e.classes.map(({ name }) => name) }),
      task: { page: segmentPage },
      epochs: epochs(20, (i) => ({
        train: { iou: 0.9 - 0.5 / (i + 1) },
        val: { iou: 0.88 - 0.5 / (i + 1), loss: 0.1 },
      })),
      evaluation: e,
      pictures,
      runFolder: 'runs/steel',
      dataSummary: summary({ classes: e.classes.map(({ name }) => ({ name, train: 200, val: 20, test: 100 })) }),
      ...more,
    }),
    lang,
  );
const part = (page: string, id: string) => new RegExp(`<section id="${id}".*?</section>`, 's').exec(page)?.[0] ?? '';

const nowhere = { found: 0, missed: 0, foundPixels: [], missedPixels: [], falseAlarms: 0 };
const extremes: Record<string, Partial<SegmentEvaluation>> = {
  'found nothing': {
    iou: 0,
    confusion: [
      [100_000, 0, 0],
      [1000, 0, 0],
      [2000, 0, 0],
    ],
    classes: madeUp().classes.map((c, i) =>
      i === 0 ? c : { ...c, iou: 0, dice: 0, recall: 0, precision: null, boundaryF: 0 },
    ),
    regions: { ...nowhere, missed: 3, missedPixels: [9, 90, 900] },
  },
  'nothing to find': {
    iou: 0,
    confusion: [
      [100_000, 0, 3],
      [0, 0, 0],
      [0, 0, 0],
    ],
    classes: madeUp().classes.map((c, i) => {
      const none = { pictures: 0, support: 0, iou: null, dice: null, recall: null, precision: null };
      return i === 0 ? c : { ...c, ...none, boundaryIou: null, boundaryF: null };
    }),
    pictures: { positive: 0, negative: 240, auroc: null, threshold: null, missed: null, falseAlarms: 0 },
    regions: nowhere,
    worst: [],
  },
  'no empty picture': {
    pictures: { positive: 240, negative: 0, auroc: null, threshold: null, missed: null, falseAlarms: null },
  },
};

describe.each(languages)('the page of a segmenter in %s', (lang) => {
  const page = render(lang);

  it('has all its sections and no faults, whatever was found', () => {
    expect(segmentEvaluation.parse(madeUp())).toEqual(madeUp());
    expect(faults(page)).toEqual([]);
    for (const id of ['classes', 'regions', 'examples', 'confusion', 'whole']) {
      expect(part(page, id)).toContain('<h2');
    }
    for (const change of Object.values(extremes)) {
      segmentEvaluation.parse(madeUp(change));
      expect(faults(render(lang, madeUp(change)))).toEqual([]);
    }
    expect(faults(render(lang, madeUp(), { evaluation: undefined, pictures: new Map() }))).toEqual([]);
  });

  it('says first how much of the area is found and how much of what is marked is right', () => {
    const seen = text(page);
    expect(seen).toContain(
      lang === 'en'
        ? 'It finds 94% of the area it should find; of the area it marks, 92% is right.'
        : '見つけるべき面積の94%を検出します。検出した面積のうち92%が正解です。',
    );
    expect(seen).toContain(lang === 'en' ? '236 of 240 were found, and 3 were marked' : '240個中236個を検出');
    expect(seen).toContain(lang === 'en' ? 'mark areas of 2 classes' : '2クラスの領域');
    expect(text(render(lang, madeUp(extremes['found nothing'])))).toContain(
      lang === 'en' ? 'It found nothing' : 'まったく見つけられません',
    );
  });

  it('leaves the background out of the classes, and says so', () => {
    const seen = part(page, 'classes');
    expect(seen.match(/<tr><th scope="row">/g)).toHaveLength(2);
    expect(text(seen)).toContain(
      lang === 'en' ? 'The background, “background”, is left out' : '背景（「background」）',
    );
  });

  it('draws what is right, missed and wrong on the pictures', () => {
    const seen = part(page, 'examples');
    expect(seen).toContain('viewBox="0 0 480 320"');
    expect(seen).toContain('<path class="area right" d="M160 0L320 0L320 160L160 160z"');
    expect(seen).toContain('<path class="area missed" d="M320 0L480 0L480 160L320 160z"');
    expect(seen).toContain(
      '<path class="area wrong" d="M0 160L320 160L320 320L0 320z" fill-rule="evenodd" fill="url(#hatch)"',
    );
  });

  it('shows names as text, whatever they contain', () => {
    const evil = '<img onerror=alert(1) src=x>"\'`&';
    const e = madeUp();
    const shown = render(
      lang,
      madeUp({
        classes: e.classes.map((c) => ({ ...c, name: evil, recall: 0.3, precision: 0.3, boundaryF: 0.1 })),
        worst: e.worst.map((w) => ({ ...w, file: evil })),
      }),
    );
    expect(shown).not.toContain('<img');
    expect(text(shown)).toContain('<img onerror=alert(1) src=x>"\'');
    expect(faults(shown)).toEqual([]);
  });

  it('lists mix-ups instead of a matrix too wide for a page', () => {
    const classes = Array.from({ length: 20 }, (_, c) => ({ ...madeUp().classes[1]!, name: `kind ${c}`, support: 10 }));
    const confusion = classes.map((_, t) => classes.map((__, p) => (t === p ? 9 : p === (t + 1) % 20 ? 1 : 0)));
    const shown = part(render(lang, madeUp({ classes, confusion })), 'confusion');
    expect(shown).not.toContain('class="matrix"');
    expect(text(shown)).toContain('kind 7 kind 8 1 10.0%');
  });

  it('says every finding in words', () => {
    for (const seen of Object.values(bad)) {
      for (const { title, text: told, action } of segmentPage(lang).findings(seen)) {
        expect(`${title}|${told}|${action}`).toMatch(/^[^|]+\|[^|]+\|[^|]+$/);
        expect(title + told + action).not.toMatch(/undefined|NaN|null|`/);
      }
    }
    expect(segmentPage(lang).findings(bad.undertrained)[0]!.unfinished).toBe(true);
  });

  it('stays a page without faults for any numbers', () => {
    const counts = fc.array(fc.array(fc.nat(30), { minLength: 3, maxLength: 3 }), { minLength: 3, maxLength: 3 });
    const share = fc.option(fc.double({ min: 0, max: 1, noNaN: true }));
    const areas = fc.array(fc.nat(1e7), { maxLength: 9 });
    fc.assert(
      fc.property(counts, share, areas, areas, (confusion, value, foundPixels, missedPixels) => {
        const support = confusion.map((row) => row.reduce((a, b) => a + b, 0));
        const classes = madeUp().classes.map((c, i) => ({
          ...c,
          support: support[i]!,
          recall: value,
          boundaryF: value,
        }));
        const regions = {
          found: foundPixels.length,
          missed: missedPixels.length,
          foundPixels,
          missedPixels,
          falseAlarms: 2,
        };
        expect(faults(render(lang, madeUp({ confusion, classes, regions })))).toEqual([]);
      }),
      { numRuns: 8, endOnFailure: true },
    );
  });
});

/** For each finding what brings it about. */
const bad: Record<keyof typeof segmentLevels, Parameters<typeof segmentFindings>[0]> = (() => {
  const of = (change: Partial<SegmentEvaluation>) => ({ evaluation: madeUp(change), epochs: 20 });
  const { pictures, classes, regions } = madeUp();
  const dent = (change: Partial<(typeof classes)[number]>) =>
    of({ classes: [classes[0]!, classes[1]!, { ...classes[2]!, ...change }] });
  return {
    nothingThere: of(extremes['nothing to find']!),
    nothingFound: of(extremes['found nothing']!),
    untested: dent({ pictures: 0 }),
    noEmpty: of(extremes['no empty picture']!),
    fewEmpty: of({ pictures: { ...pictures, negative: 30 } }),
    unsure: of({ pictures: { ...pictures, missed: 0.7 } }),
    smallMissed: of({ regions: { ...regions, missed: 9, missedPixels: Array(9).fill(10) } }),
    undertrained: { epochs: 1, best: { train: { iou: 0.2 }, val: { iou: 0.21 } } },
    gap: { epochs: 9, best: { train: { iou: 0.9 }, val: { iou: 0.6 } } },
    neverFound: dent({ recall: 0 }),
    missed: dent({ recall: 0.4 }),
    tooMuch: dent({ precision: 0.4 }),
    poorEdges: dent({ boundaryF: 0.3 }),
    falseRegions: of({ regions: { ...regions, falseAlarms: 90 } }),
    smallTest: of({ regions: { ...regions, found: 20 } }),
    fewTest: dent({ pictures: 4 }),
  };
})();

describe('what stands out about a segmenter', () => {
  it('is nothing where nothing is wrong', () => {
    const best = { train: { iou: 0.9 }, val: { iou: 0.88, loss: 0.1 } };
    expect(segmentFindings({ evaluation: madeUp(), epochs: 20, best })).toEqual([]);
    expect(segmentFindings({ epochs: 0 })).toEqual([]);
  });

  it.each(Object.entries(bad))('%s', (kind, seen) => {
    expect(segmentFindings(seen).map((f) => f.kind)).toContain(kind);
  });
});
