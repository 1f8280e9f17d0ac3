import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { languages } from '../../../page/format.ts';
import { renderReport } from '../../../report/render.ts';
import { epochs, input, run, summary } from '../../../report/testing/input.ts';
import { faults, text } from '../../places/testing/page.ts';
import { type DetectEvaluation, detectEvaluation } from '../evaluation.ts';
import { madeUp } from '../testing/evaluation.ts';
import { detectFindings, type detectLevels } from './findings.ts';
import { detectPage } from './page.ts';

const pictures = new Map([['a/1.jpg', 'data:image/jpeg;base64,AAAA']]);
const render = (lang: 'en' | 'ja', e = madeUp(), more = {}) =>
  renderReport(
    input({
      run: run({ task: 'detect', classes: e.classes.map(({ name }) => name) }),
      task: { page: detectPage },
      epochs: epochs(20, (i) => ({ train: {}, val: { ap50: 0.96 - 0.5 / (i + 1), ap: 0.5 } })),
      evaluation: e,
      pictures,
      runFolder: 'runs/steel',
      dataSummary: summary({ classes: e.classes.map(({ name }) => ({ name, train: 200, val: 20, test: 100 })) }),
      ...more,
    }),
    lang,
  );
const part = (page: string, id: string) => new RegExp(`<section id="${id}".*?</section>`, 's').exec(page)?.[0] ?? '';

/** Nothing found, nothing there, nothing but empty pictures. */
const extremes: Record<string, Partial<DetectEvaluation>> = {
  'found nothing': {
    ap: 0,
    ap50: 0,
    ap75: 0,
    best: null,
    wishes: [{ missed: 0.1, point: null }],
    confusion: [
      [0, 0, 100],
      [0, 0, 100],
      [0, 0, 0],
    ],
  },
  'nothing to find': {
    objects: 0,
    ap: null,
    ap50: null,
    ap75: null,
    classes: madeUp().classes.map((c) => ({ ...c, support: 0, ap: null, ap50: null, ar100: null })),
    best: { score: 0.9, missed: 0, falseAlarms: 1, precision: 0 },
    confusion: [
      [0, 0, 0],
      [0, 0, 0],
      [9, 9, 0],
    ],
    pictures: { positive: 0, negative: 240, auroc: null, threshold: null, missed: null, falseAlarms: 0 },
    areas: { missed: [], all: [] },
    worst: [],
  },
  'no empty picture': {
    pictures: { positive: 240, negative: 0, auroc: null, threshold: null, missed: null, falseAlarms: null },
  },
};

describe.each(languages)('the page of a detector in %s', (lang) => {
  const page = render(lang);

  it('has all its sections and no faults, whatever was found', () => {
    expect(detectEvaluation.parse(madeUp())).toEqual(madeUp());
    expect(faults(page)).toEqual([]);
    for (const id of ['classes', 'thresholds', 'examples', 'confusion', 'small', 'whole']) {
      expect(part(page, id)).toContain('<h2');
    }
    for (const change of Object.values(extremes)) {
      detectEvaluation.parse(madeUp(change));
      expect(faults(render(lang, madeUp(change)))).toEqual([]);
    }
    expect(faults(render(lang, madeUp(), { evaluation: undefined, pictures: new Map() }))).toEqual([]);
  });

  it('says first how many of a hundred are found, how often it is wrong, and how far that may be trusted', () => {
    const seen = text(page);
    expect(seen).toContain(
      lang === 'en'
        ? 'Of 100 things, about 97 are found, with one false alarm in about 20 pictures.'
        : '100個のうち約97個を見つけます。誤検出は画像約20枚に1件です。',
    );
    expect(seen).toContain(lang === 'en' ? '193 of 200 things found, and 12 false alarms' : '200個中193個を検出');
    expect(seen).toMatch(lang === 'en' ? /between 93% and 98%/ : /93%〜98%/);
    expect(text(render(lang, madeUp(extremes['found nothing'])))).toContain(
      lang === 'en' ? 'None of the 200' : '1つも',
    );
    expect(text(render(lang, madeUp(extremes['nothing to find'])))).toContain(
      lang === 'en' ? 'hold nothing to find' : '見つけるべきもの',
    );
  });

  it('gives thresholds so that a command can use them, rounded down', () => {
    const seen = text(part(page, 'thresholds'));
    expect(seen).toContain('yosegi predict runs/steel');
    expect(seen).toContain('--threshold 0.324');
    expect(seen).toContain('0.401');
    expect(seen).toContain(lang === 'en' ? 'no threshold does this' : '満たせるしきい値はありません');
  });

  it('draws boxes on the pictures, also on those that are not there, never smaller than can be seen', () => {
    const seen = part(page, 'examples');
    expect(seen.match(/<image /g)).toHaveLength(1);
    expect(seen.match(/class="blank"/g)).toHaveLength(1);
    expect(seen).toContain('viewBox="0 0 480 360"');
    expect(seen).toContain('<rect class="edge right" x="120" y="180" width="96" height="132"/>');
    expect(seen.match(/class="edge missed"/g)).toHaveLength(3);
    const evil = new Map([['a/1.jpg', 'file:///etc/passwd']]);
    expect(render(lang, madeUp(), { pictures: evil })).not.toContain('passwd');
  });

  it('shows names as text, whatever they contain', () => {
    const evil = '<img onerror=alert(1) src=x>"\'`&';
    const e = madeUp();
    const shown = render(
      lang,
      madeUp({
        classes: e.classes.map((c) => ({ ...c, name: evil })),
        worst: e.worst.map((w) => ({ ...w, file: evil })),
        confusion: [
          [50, 30, 20],
          [30, 50, 20],
          [200, 90, 0],
        ],
      }),
    );
    expect(shown).not.toContain('<img');
    expect(text(shown)).toContain('<img onerror=alert(1) src=x>"\'');
    expect(faults(shown)).toEqual([]);
  });

  it('lists mistakes instead of a matrix too wide for a page', () => {
    const names = Array.from({ length: 25 }, (_, c) => `kind ${c}`);
    const confusion = Array.from({ length: 26 }, (_, t) =>
      Array.from({ length: 26 }, (__, p) => (t === 25 && p === 25 ? 0 : t === p ? 9 : p === (t + 1) % 26 ? 1 : 0)),
    );
    const classes = names.map((name) => ({ name, support: 10, ap: 0.5, ap50: 0.9, ar100: 0.6 }));
    const shown = part(render(lang, madeUp({ classes, confusion })), 'confusion');
    expect(shown).not.toContain('class="matrix"');
    expect(text(shown)).toContain('kind 7 kind 8 1');
  });

  it('says every finding in words', () => {
    const words = detectPage(lang).findings({ ...bad.undertrained });
    expect(words.map(({ kind, unfinished }) => [kind, unfinished])).toEqual([['undertrained', true]]);
    for (const seen of Object.values(bad)) {
      for (const { title, text: told, action } of detectPage(lang).findings({ ...seen })) {
        expect(`${title}|${told}|${action}`).toMatch(/^[^|]+\|[^|]+\|[^|]+$/);
        expect(title + told + action).not.toMatch(/undefined|NaN|null|`/);
      }
    }
  });

  it('stays a page without faults for any numbers', () => {
    const counts = fc.array(fc.array(fc.nat(30), { minLength: 3, maxLength: 3 }), { minLength: 3, maxLength: 3 });
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    const box = fc.tuple(fc.nat(900), fc.nat(900), fc.nat(900), fc.nat(900));
    const boxes = fc.array(box, { maxLength: 3 });
    fc.assert(
      fc.property(counts, share, share, boxes, boxes, (confusion, missed, falseAlarms, a, b) => {
        const best = { score: falseAlarms, missed, falseAlarms, precision: missed };
        const worst = [{ file: 'x', size: [900, 900] as [number, number], missed: a, wrong: b, right: a }];
        const classes = madeUp().classes.map((c, i) => {
          return { ...c, support: confusion[i]!.reduce((n, m) => n + m, 0), ap50: share ? missed : null };
        });
        expect(faults(render(lang, madeUp({ best, confusion, classes, worst })))).toEqual([]);
      }),
      { numRuns: 8, endOnFailure: true },
    );
  });
});

const best = (train: Record<string, number>, val: Record<string, number>) => ({ train, val });
const wishes = (falseAlarms: number | null) => [
  { missed: 0.1, point: falseAlarms === null ? null : { score: 0.1, missed: 0.1, falseAlarms, precision: 0.2 } },
];
const at = (change: object) => ({ best: { ...madeUp().best!, ...change } });

/** For each finding what brings it about. */
const bad: Record<keyof typeof detectLevels, Parameters<typeof detectFindings>[0]> = (() => {
  const of = (change: Partial<DetectEvaluation>) => ({ evaluation: madeUp(change), epochs: 20 });
  const { pictures, classes } = madeUp();
  return {
    nothingThere: of(extremes['nothing to find']!),
    nothingFound: of(extremes['found nothing']!),
    untested: of({ classes: [classes[0]!, { ...classes[1]!, support: 0 }] }),
    noEmpty: of(extremes['no empty picture']!),
    fewEmpty: of({ pictures: { ...pictures, negative: 30 } }),
    unsure: of({ pictures: { ...pictures, missed: 0.7 } }),
    smallMissed: of({ areas: { missed: Array(6).fill(100), all: Array(200).fill(5000) } }),
    undertrained: { epochs: 3, best: best({}, { ap50: 0.1 }) },
    neverFound: of({
      confusion: [
        [0, 0, 100],
        [0, 97, 3],
        [7, 4, 0],
      ],
    }),
    missed: of({
      confusion: [
        [60, 1, 39],
        [0, 97, 3],
        [7, 4, 0],
      ],
    }),
    noThreshold: of({ wishes: wishes(null) }),
    falseAlarms: of(at({ falseAlarms: 2, precision: 0.4 })),
    confused: of({
      confusion: [
        [90, 8, 2],
        [9, 90, 1],
        [1, 1, 0],
      ],
    }),
    valBetter: {
      ...of({}),
      best: best({}, { ap50: 0.96 + 0.04, ap: 1 }),
      evaluation: madeUp({ ap50: 0.7, ap75: 0.6 }),
    },
    smallTest: of({ objects: 20, ...at({ missed: 0.1 }) }),
    fewTest: of({ classes: classes.map((c) => ({ ...c, support: 9 })) }),
    looseBoxes: of({ ap75: 0.2 }),
    setThreshold: of(at({ score: 0.7 })),
  };
})();

describe('what stands out about a detector', () => {
  it('is nothing where nothing is wrong', () => {
    expect(detectFindings({ evaluation: madeUp(), epochs: 20, best: best({}, { ap50: 0.96 }) })).toEqual([]);
    expect(detectFindings({ epochs: 0 })).toEqual([]);
  });

  it.each(Object.entries(bad))('%s', (kind, seen) => {
    expect(detectFindings(seen).map((f) => f.kind)).toContain(kind);
  });

  it('is also that a wish costs too many false alarms', () => {
    const found = detectFindings({ evaluation: madeUp({ wishes: wishes(3) }), epochs: 1 });
    expect(found).toEqual([{ kind: 'noThreshold', missed: 0.1, falseAlarms: 3 }]);
  });
});
