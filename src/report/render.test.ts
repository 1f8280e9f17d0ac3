import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { example, record } from '../exits/testing/record.ts';
import { languages } from '../page/format.ts';
import type { TaskPage } from '../tasks/page.ts';
import type { ReportInput } from './input.ts';
import { renderReport } from './render.ts';
import { exits } from './testing/exits.ts';
import { classes, epochs, evaluation, input, run, summary } from './testing/input.ts';

/** What a reader sees: the page without its tags and style sheet. */
function text(page: string): string {
  const visible = page.replace(/<style>.*?<\/style>/gs, '').replace(/<[^>]*>/g, ' ');
  const entities: Record<string, string> = { '&lt;': '<', '&gt;': '>', '&amp;': '&', '&quot;': '"', '&#39;': "'" };
  return visible.replace(/&[#\w]+;/g, (entity) => entities[entity] ?? entity).replace(/\s+/g, ' ');
}

/** Elements that were opened and not closed, in order. */
function unclosed(page: string): string[] {
  const empty = new Set(['meta', 'img', 'line', 'rect', 'path', 'circle']);
  const open: string[] = [];
  for (const [, close, tag] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^>]*>/g)) {
    if (empty.has(tag!)) continue;
    if (!close) open.push(tag!);
    else if (open.at(-1) === tag) open.pop();
    else return [...open, `/${tag}`];
  }
  return open;
}

const nothing: Partial<ReportInput> = {
  epochs: [],
  evaluation: undefined,
  benchmark: undefined,
  pictures: new Map(),
  bundleBytes: undefined,
  dataSummary: undefined,
};

describe.each(languages)('the page in %s', (lang) => {
  const page = renderReport(input(), lang);

  it('is well-formed, says its language, and has a heading for every section and table', () => {
    expect(unclosed(page)).toEqual([]);
    expect(unclosed(renderReport(input(nothing), lang))).toEqual([]);
    expect(page).toContain(`<html lang="${lang}">`);
    expect(page.match(/<h1>/g)).toHaveLength(1);
    expect(page.match(/<section /g)).toHaveLength(11);
    for (const [, label] of page.matchAll(/aria-labelledby="([^"]+)"/g)) expect(page).toContain(`id="${label}"`);
    for (const [, target] of page.matchAll(/href="#([^"]+)"/g)) expect(page).toContain(`id="${target}"`);
    for (const [img] of page.matchAll(/<img [^>]*>/g)) expect(img).toMatch(/ alt="[^"]+"/);
    for (const [svg] of page.matchAll(/<svg [^>]*>/g)) expect(svg).toMatch(/aria-label="[^"]+"|aria-hidden="true"/);
  });

  it('asks nobody for anything and runs nothing', () => {
    expect(page).not.toMatch(/<(script|link|iframe|object|embed|form|base)\b/i);
    expect(page).not.toMatch(/https?:|@import|\son\w+=/i);
    expect(page).toContain('default-src &#39;none&#39;');
    for (const [, address] of page.matchAll(/(?:\b(?:src|href)="|url\()([^")]*)/g)) {
      expect(address).toMatch(/^(#|data:image\/)/);
    }
  });

  it('leaves no value unwritten', () => {
    expect(text(page)).not.toMatch(/undefined|NaN|Infinity|\[object|\$\{/);
    expect(text(renderReport(input(nothing), lang))).not.toMatch(/undefined|NaN|Infinity|\[object/);
  });

  it('says how to get what is missing, with the folder as it was typed', () => {
    const seen = text(renderReport(input({ ...nothing, runFolder: 'runs/steel' }), lang));
    for (const command of ['yosegi eval runs/steel', 'yosegi bench runs/steel', 'yosegi export runs/steel']) {
      expect(seen).toContain(command);
    }
    expect(seen).toContain('log.jsonl');
    expect(seen).toContain('data.json');
    expect(text(renderReport(input({ pictures: new Map() }), lang))).toContain('yosegi report RUN --data');
    expect(text(page)).not.toContain('yosegi bench');
  });

  it('shows names of files and classes as text, whatever they contain', () => {
    const evil = '<img onerror=alert(1) src=x>"\'`&';
    const names = [evil, 'ok', '</style><script>x</script>'];
    const bad = input({
      run: run({
        name: evil,
        classes: names,
        data: evil,
        model: evil,
        options: { [evil]: evil },
        problems: [{ file: evil, reason: evil }],
      }),
      evaluation: evaluation(
        [
          [10, 20, 5],
          [5, 30, 9],
          [9, 9, 30],
        ],
        { names },
      ),
      dataSummary: summary({
        classes: names.map((name) => ({ name, train: 9, val: 1, test: 5 })),
        duplicates: {
          groups: [
            {
              items: [
                { path: evil, shows: [0], split: 'train' },
                { path: evil, shows: [1], split: 'test' },
              ],
            },
          ],
        },
        notes: [{ file: evil, note: evil }],
      }),
      runFolder: evil,
    });
    const shown = renderReport(bad, lang);
    expect(shown).not.toContain('<img onerror');
    expect(shown).not.toContain('<script');
    expect(shown.match(/<style>/g)).toHaveLength(1);
    expect(unclosed(shown)).toEqual([]);
    expect(text(shown)).toContain('<img onerror=alert(1) src=x>"\'');
  });

  it('stays one well-formed page for any names and numbers', () => {
    const name = fc.string({ unit: 'binary', maxLength: 12 });
    const counts = fc.array(fc.array(fc.nat(30), { minLength: 3, maxLength: 3 }), { minLength: 3, maxLength: 3 });
    const names = fc.uniqueArray(name, { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(
        names,
        counts,
        fc.double({ min: 0.4, max: 1, noNaN: true }),
        fc.nat(5),
        (labels, table, confidence, n) => {
          fc.pre(table.flat().some((count) => count > 0));
          const shown = renderReport(
            input({
              run: run({ classes: labels, name: labels[0] }),
              evaluation: evaluation(table, { names: labels, confidence }),
              epochs: epochs(n),
              dataSummary: undefined,
            }),
            lang,
          );
          expect(unclosed(shown)).toEqual([]);
          // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
          expect(shown).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u202a-\u202e\u2066-\u2069]/);
          expect(shown.replace(/<style>.*?<\/style>/gs, '')).not.toMatch(/NaN|Infinity/);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('shows only pictures that are inside the page', () => {
    const e = evaluation([
      [5, 1, 0],
      [0, 9, 0],
      [0, 0, 9],
    ]);
    const pictures = new Map([[e.worst[0]!.file, 'file:///etc/passwd']]);
    expect(renderReport(input({ evaluation: e, pictures }), lang)).not.toContain('passwd');
  });

  it('lists mix-ups instead of a matrix too wide for a page', () => {
    const names = Array.from({ length: 25 }, (_, c) => `kind ${c}`);
    const table = names.map((_, t) => names.map((_, p) => (t === p ? 9 : p === (t + 1) % 25 ? 1 : 0)));
    const shown = renderReport(
      input({ run: run({ classes: names }), evaluation: evaluation(table, { names }), dataSummary: undefined }),
      lang,
    );
    expect(shown).not.toContain('class="matrix"');
    expect(text(shown)).toMatch(/kind 7 kind 8 1 10\.0%/);
  });
});

describe.each(languages)('the section on early exits in %s', (lang) => {
  const pictures = new Map([['ok/1.jpg', 'data:image/jpeg;base64,AAAA']]);
  const page = renderReport(input({ exits: exits(), pictures }), lang);
  const part = (p: string) => /<section id="exits".*?<\/section>/s.exec(p)?.[0] ?? '';

  it('stands on the page and among the links where the model has exits, and nowhere else', () => {
    expect(page.match(/<section /g)).toHaveLength(12);
    expect(page).toContain('href="#exits"');
    expect(unclosed(page)).toEqual([]);
    const without = renderReport(input(), lang);
    expect(without).not.toContain('exits');
    expect(text(page)).not.toMatch(/undefined|NaN|Infinity|\[object|\$\{/);
    for (const [svg] of page.matchAll(/<svg [^>]*>/g)) expect(svg).toMatch(/aria-label="[^"]+"|aria-hidden="true"/);
    for (const [, target] of page.matchAll(/href="#([^"]+)"/g)) expect(page).toContain(`id="${target}"`);
  });

  it('gives the chart a point for each exit, the whole network, the other one and the policy, all from the test split', () => {
    const seen = part(page);
    expect(seen.match(/<g><title>/g)).toHaveLength(6);
    for (const sign of ['1', '2', '3', 'W', 'A']) expect(seen).toMatch(new RegExp(`class="sign-text"[^>]*>${sign}<`));
    const [, line] = /class="line val" d="([^"]+)"/.exec(seen)!;
    expect(line!.match(/[ML]/g)).toHaveLength(3);
    expect(seen).toMatch(/early.{0,40}80\.0%.{0,40}2.ms/s);
    expect(text(seen)).toMatch(/ascan-nano.*alone.*94\.0%.*6\.6.ms/);
    // 6.6 ms against the measured 3.4, 190 of 200 right against 188.
    expect(text(seen)).toMatch(
      lang === 'en' ? /1\.9 times faster than .*; of 200 images 2 more/ : /1\.9倍速い。200枚のうち、正解は2枚多い/,
    );
  });

  it('shows who left where, wrong and lost ones in words', () => {
    const seen = part(page);
    expect(seen.match(/<img /g)).toHaveLength(1);
    for (const [img] of seen.matchAll(/<img [^>]*>/g)) expect(img).toMatch(/ alt="[^"]+"/);
    expect(seen.match(/class="no-picture"/g)).toHaveLength(2);
    for (const kind of ['lost', 'right', 'gained']) expect(seen).toContain(`class="verdict ${kind}"`);
    expect(text(seen)).toContain('61% → 88%');
    expect(text(seen)).toContain(lang === 'en' ? 'Lost by leaving early' : '早く終えたための誤り');
    expect(text(seen)).toContain(lang === 'en' ? 'never decided early: “dent”' : '決して判定しないクラス：「dent」');
  });

  it('says which classes stayed of their own accord', () => {
    const free = { ...record().policy, always: [], suspicion: 1 };
    const seen = text(part(renderReport(input({ exits: exits({ policy: free }) }), lang)));
    expect(seen).toContain(
      lang === 'en' ? 'No image of these classes left early: “dent”' : '1枚もないクラス：「dent」',
    );
  });

  it('says that accuracies are from the validation split where there is no test', () => {
    const curve = record().curve.map((p) => ({ ...p, test: null }));
    const seen = text(part(renderReport(input({ exits: exits({ test: null, curve }) }), lang)));
    expect(seen).toContain(lang === 'en' ? 'There are no test images' : '評価用の画像がないため');
    expect(text(part(page))).toContain(lang === 'en' ? 'same 200 images, the test images' : '同じ評価用200枚');
  });

  it('gives the command where nothing was chosen yet, or for other weights', () => {
    const { names } = exits();
    for (const without of [{ names }, { names, stale: true }]) {
      const shown = renderReport(input({ exits: without, runFolder: 'runs/steel' }), lang);
      expect(text(part(shown))).toContain('yosegi exits runs/steel');
      expect(text(/<section id="advice".*?<\/section>/s.exec(shown)![0])).toContain('yosegi exits runs/steel');
      expect(unclosed(shown)).toEqual([]);
    }
    expect(part(renderReport(input({ exits: { names, stale: true } }), lang))).toContain('exits.json');
  });

  it('says with every number of the headline whether images left early', () => {
    const head = text(page.slice(0, page.indexOf('<nav')));
    expect(head).toContain(
      lang === 'en' ? '190 of 200 right (95.0%), 1.8 times faster' : '200枚中190枚が正解（95.0%）、1.8倍の速さ',
    );
    expect(head).toContain(lang === 'en' ? 'leaving early: 95.0%' : '途中で終える場合：95.0%');
    expect(head).toContain(lang === 'en' ? 'leaving early: 1.8 times faster' : '途中で終える場合：1.8倍速い');
    // Exits timed on another PC say nothing about this one.
    const other = { ...record().machine, cpu: 'Atom' };
    const elsewhere = text(renderReport(input({ exits: exits({ machine: other }) }), lang));
    expect(elsewhere).not.toContain(lang === 'en' ? 'leaving early: 1.8' : '途中で終える場合：1.8');
  });

  it('shows names as text and asks nobody for pictures, whatever exits.json contains', () => {
    const evil = '<img onerror=alert(1) src=x>"\'`&';
    const [first, ...rest] = record().leavers;
    const bad = exits({
      exits: [evil, 'late', 'end'],
      classes: [evil, 'ok', 'dent'],
      leavers: [{ ...first!, examples: [example({ file: evil, truth: evil, predicted: 'ok', end: evil })] }, ...rest],
      statics: [{ ...record().statics[0]!, name: evil, model: evil, folder: evil }],
      policy: { ...record().policy, always: [0] },
      machine: { ...record().machine, cpu: evil },
    });
    const shown = renderReport(input({ exits: bad, pictures: new Map([[evil, 'https://example.com/x.png']]) }), lang);
    expect(shown).not.toContain('<img onerror');
    expect(shown).not.toContain('example.com');
    expect(unclosed(shown)).toEqual([]);
    expect(text(shown)).toContain(evil);
  });
});

describe('the headline', () => {
  const head = (confusion: number[][], lang: 'en' | 'ja' = 'en') =>
    text(renderReport(input({ evaluation: evaluation(confusion) }), lang)).slice(0, 1500);
  const square = (right: number, wrong: number) => [
    [right, wrong, 0],
    [0, right, 0],
    [0, 0, right],
  ];

  it('puts the accuracy into plain words, with its interval', () => {
    const page = head(square(97, 9));
    expect(page).toContain('Of 100 parts, about 97 are sorted correctly.');
    // Wilson, 291 of 300.
    expect(page).toContain('291 of 300 right (97.0%)');
    expect(page).toContain('between 94.4% and 98.4%');
    expect(head(square(97, 9), 'ja')).toContain('100個のうち約97個を正しく仕分けできます。');
  });

  it('does not round a rare mistake away, and does not promise perfection', () => {
    expect(head(square(1000, 6))).toContain('Of 1,000 parts, about 998 are sorted correctly.');
    const all = head(square(91, 0));
    expect(all).toContain('All 273 images it was checked on were sorted correctly.');
    expect(all).toContain('between 98.6% and 100.0%');
  });

  it('gives the time of model and file together, the cost and the size', () => {
    const page = text(renderReport(input(), 'en'));
    expect(page).toMatch(/Time per image 8\.3.ms 6\.4.ms model \+ 1\.9.ms reading the file/);
    expect(page).toMatch(/A million images ¥2 electricity for 1\.7.hours on this PC/);
    expect(page).toMatch(/To install 19.MB/);
    expect(text(renderReport(input(), 'ja'))).toMatch(/100万枚あたりの費用 2円 このPCを1\.7時間動かす電気代/);
  });
});

describe('the sections', () => {
  it('show every class with its counts, epochs from 1, and the best one', () => {
    const page = text(renderReport(input(), 'en'));
    for (const name of classes) expect(page).toContain(name);
    expect(page).toContain('97 of 100');
    expect(page).toContain('kept: epoch 19');
    expect(page).toContain('20 epochs. The best state, 94.4% of the validation images right, came in epoch 19');
  });

  it('explain broken files in Japanese with the original behind', () => {
    const problems = [{ file: 'ok/1.jpg', reason: 'cut short or damaged (VipsJpeg: premature end)' }];
    const page = text(renderReport(input({ run: run({ problems }) }), 'ja'));
    expect(page).toContain('途中で切れているか、壊れている（cut short or damaged (VipsJpeg: premature end)）');
  });
});

/** A page of a task that has no classes and says nothing of its own. */
const bare: TaskPage = {
  kind: 'A restorer',
  lead: () => 'It learned to restore pictures.',
  hero: () => '',
  measured: () => '',
  card: () => ({ value: '', note: '' }),
  cardTitle: 'Noise left',
  files: () => [],
  sections: [],
  findings: () => [],
  nothing: '',
  next: () => ({ first: [], last: [] }),
  learning: { figure: 'noise', share: false, title: 'Noise', summary: () => '' },
  terms: [],
};

describe.each(languages)('what is said whatever the task in %s', (lang) => {
  it.each([
    ['in full', {}],
    ['where nothing was measured', nothing],
  ])('speaks of no classes and no accuracy, %s', (_, missing) => {
    const about = input({
      task: { page: () => bare },
      run: run({
        classes: [],
        options: {},
        problems: [{ file: 'a.jpg', reason: 'empty' }],
        images: { train: 8, val: 0, test: 3 },
      }),
      evaluation: { split: 'val', images: 3 },
      dataSummary: summary({ classes: [] }),
      ...missing,
    });
    const page = text(renderReport(about, lang));
    expect(page).toContain('restorer');
    expect(page).not.toMatch(/\bclass|accura|クラス|正解率/i);
  });
});
