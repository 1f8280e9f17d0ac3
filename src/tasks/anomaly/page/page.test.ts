import { describe, expect, it } from 'vitest';
import { languages } from '../../../page/format.ts';
import { renderReport } from '../../../report/render.ts';
import { input, run, summary } from '../../../report/testing/input.ts';
import { faults, text } from '../../places/testing/page.ts';
import { type AnomalyEvaluation, anomalyEvaluation } from '../evaluation.ts';
import { example, madeUp } from '../testing/evaluation.ts';
import { type AnomalyFindings, anomalyFindings } from './findings.ts';
import { anomalyPage } from './page.ts';

const pictures = new Map([['test/crack/1.png', 'data:image/jpeg;base64,AAAA']]);
const render = (lang: 'en' | 'ja', e?: AnomalyEvaluation) =>
  renderReport(
    input({
      run: run({ task: 'anomaly', classes: ['good', 'anomalous'] }),
      task: { page: anomalyPage },
      epochs: [],
      evaluation: e,
      pictures: e ? pictures : new Map(),
      runFolder: 'runs/parts',
      dataSummary: summary({ classes: [{ name: 'good', train: 240, val: 20, test: 200 }] }),
    }),
    lang,
  );
const none = { missed: [], falseAlarms: [], found: [], passed: [] };
const extremes: Record<string, Partial<AnomalyEvaluation>> = {
  'only good pictures': {
    anomalous: 0,
    auroc: null,
    missed: 0,
    pixels: { auroc: null, aupro: null, regions: 0 },
    kinds: [],
    scores: { good: [0.5], anomalous: [] },
    examples: none,
  },
  'only anomalous ones': { good: 0, falseAlarms: 0, auroc: null, threshold: null },
  'few pictures to promise by': { threshold: { wished: 0.01, promised: 1 / 39, pictures: 38 }, good: 15 },
  'nothing told apart': {
    auroc: 0.5,
    missed: 100,
    falseAlarms: 80,
    kinds: [{ name: 'crack', images: 80, missed: 70, auroc: 0.5 }],
  },
};

describe.each(languages)('the page of a finder of anomalies in %s', (lang) => {
  it('has all its sections and no faults, whatever was found', () => {
    expect(anomalyEvaluation.parse(madeUp())).toEqual(madeUp());
    const page = render(lang, madeUp());
    expect(faults(page)).toEqual([]);
    for (const id of ['separation', 'threshold', 'kinds', 'examples']) expect(page).toContain(`<section id="${id}"`);
    // Nothing was trained, so there are no curves.
    expect(page).not.toContain('<section id="curves"');
    for (const [what, change] of Object.entries(extremes)) {
      anomalyEvaluation.parse(madeUp(change));
      expect(faults(render(lang, madeUp(change))), what).toEqual([]);
    }
    expect(faults(render(lang))).toEqual([]);
  });

  it('shows names as text, whatever they contain', () => {
    const evil = '<img onerror=x>';
    const examples = { ...none, missed: [example({ file: evil, kind: evil })] };
    const page = render(lang, madeUp({ kinds: [{ name: evil, images: 1, missed: 1, auroc: 0.5 }], examples }));
    expect(page).not.toContain('<img onerror');
    expect(text(page)).toContain(evil);
  });
});

describe('findings', () => {
  const kinds = (change: Partial<AnomalyEvaluation>): (keyof AnomalyFindings)[] =>
    anomalyFindings({ evaluation: madeUp(change), epochs: 0 }).map(({ kind }) => kind);

  it('say what was not tested, what is weak and what cannot be promised', () => {
    expect(kinds({})).toEqual([]);
    expect(kinds(extremes['only good pictures']!)).toEqual(['nothingAnomalous']);
    expect(kinds(extremes['only anomalous ones']!)).toEqual(['noGood']);
    expect(kinds(extremes['few pictures to promise by']!)).toEqual(['fewGood', 'wish']);
    expect(kinds(extremes['nothing told apart']!)).toEqual(['weak', 'missedMany', 'moreAlarms']);
    expect(anomalyFindings({ epochs: 0 })).toEqual([]);
  });
});
