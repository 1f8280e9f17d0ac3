import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeResults } from './document.ts';
import { LEAVING } from './exits/text.ts';
import { MAKING } from './making/text.ts';
import type { Entry, Race } from './race.ts';
import { resultsText } from './results.ts';
import { apartFrom, type TuningRace } from './tuning/race.ts';
import { tuningSubject } from './tuning/subjects.ts';
import { TUNING, tuningText } from './tuning/text.ts';

const entry = (kind: Entry['kind'], name: string, rounds: number[], peakMiB: number): Entry => {
  const median = [...rounds].sort((a, b) => a - b)[Math.floor(rounds.length / 2)]!;
  return { kind, name, parameters: 1, rounds, median, least: Math.min(...rounds) - 0.5, peakMiB, compileSeconds: null };
};

const infer: Race = {
  subject: { model: 'ascan-nano', size: 64, classes: 10, mode: 'infer', batch: 1 },
  flops: 2e8,
  entries: [
    entry('yosegi', 'yosegi', [2, 2, 2], 250),
    entry('torch', 'torch eager', [8, 8, 8], 500),
    entry('torch', 'torch optimized', [4, 5, 4], 600),
    entry('plain', 'plain ONNX Runtime', [2.5, 2.5, 2.5], 150),
  ],
  exported: 'torch.onnx.export (dynamo), opset 20',
  failed: ['torch compile: no compiler'],
};

const text = (races: readonly Race[], warning = '') =>
  resultsText({
    facts: [['machine', 'a Xeon']],
    warning,
    peaks: { torch: 300, ort: 200 },
    agreements: [],
    races,
  });

/** The cells of the row that begins with `name`, in the part of the text behind `heading`. */
const row = (all: string, heading: string, name: string) =>
  all
    .slice(all.indexOf(heading))
    .split('\n')
    .find((line) => line.startsWith(`| ${name}`))!
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());

describe('resultsText', () => {
  it('divides by the fastest mode of PyTorch, and by plain ONNX Runtime, with the memory of each beside', () => {
    expect(row(text([infer]), '## In short', 'ascan-nano')).toEqual([
      'ascan-nano 64 px, inference, batch 1',
      '2',
      '4 (optimized)',
      '0.50',
      '0.43',
      '2.50',
      '0.80',
      '250',
      '500',
      '150',
    ]);
  });

  it('has time and memory of every side in one table, the fastest mode of PyTorch marked though another side is faster', () => {
    const all = text([infer]);
    const cells = (name: string) => row(all, '## In full', name).slice(0, 5);
    expect(cells('torch optimized')).toEqual(['torch optimized (best mode)', '4', '3.50', '0.50', '600']);
    expect(cells('plain')).toEqual(['plain ONNX Runtime', '2.50', '2', '0.80', '150']);
    expect(all).toContain('3 rounds. Plain ONNX Runtime: torch.onnx.export (dynamo), opset 20.');
    expect(all).toContain('Failed: torch compile: no compiler');
  });

  it('leaves plain ONNX Runtime empty in training', () => {
    const entries = infer.entries.filter((e) => e.kind !== 'plain');
    const train: Race = { ...infer, subject: { ...infer.subject, mode: 'train' }, entries, exported: undefined };
    const cells = row(text([train]), '## In short', 'ascan-nano');
    expect([cells[5], cells[6], cells[9]]).toEqual(['', '', '']);
  });

  it('names the modes that were raced, and stands the warning above the facts', () => {
    const all = text([infer], '> **Disturbed**\n\n');
    expect(all).toContain('in inference also frozen, frozen_channels_last, optimized, compile_frozen');
    expect(all).toContain('> **Disturbed**\n\n- machine: a Xeon');
  });
});

describe('tuningText', () => {
  const of = (key: string, images: number | undefined, compared: boolean): TuningRace => ({
    subject: tuningSubject(key),
    images,
    entries: [
      entry('yosegi', 'yosegi', [400, 400, 400], 900),
      entry('torch', 'torch eager', [1600, 1600, 1600], 1500),
      entry('torch', 'torch compile', [800, 1000, 800], 2000),
    ],
    failed: ['torch channels_last: not the same step'],
    apart: new Map(compared ? [['torch compile', { loss: 1e-7, gradientNorm: 2e-5 }]] : []),
  });
  const text = tuningText({
    facts: [['machine', 'a Xeon']],
    warning: '',
    races: [of('stride16', 32, true), of('start', undefined, false)],
  });

  it('has pictures a second and memory of ours and of the best mode of PyTorch', () => {
    const cells = row(text, '- machine: a Xeon', tuningSubject('stride16').title);
    expect(cells.slice(1)).toEqual(['400', '80', '800 (compile)', '40', '0.50', '0.50', '900', '1500']);
  });

  it('says by how much a side is apart, and which failed', () => {
    const section = `### ${tuningSubject('stride16').title}`;
    expect(row(text, section, 'torch compile').slice(5)).toEqual(['2000', '1.0e-7', '2.0e-5', '']);
    expect(text).toContain('Failed: torch channels_last: not the same step');
  });

  it('counts no pictures on the way to the first step', () => {
    expect(row(text, '- machine: a Xeon', tuningSubject('start').title).slice(1, 5)).toEqual([
      '400',
      '',
      '800 (compile)',
      '',
    ]);
    expect(row(text, `### ${tuningSubject('start').title}`, 'torch compile').slice(3)).toEqual([
      '',
      '0.50',
      '2000',
      '',
      '',
      '',
    ]);
  });
});

describe('apartFrom', () => {
  const prepared = (loss?: number, norm?: number) => ({ compile_s: null, first_ms: 1, loss, gradient_norm: norm });

  it('is the relative difference of the first step', () => {
    const apart = apartFrom(prepared(2.0002, 10), prepared(2, 10), 'torch eager');
    expect(apart.loss).toBeCloseTo(1e-4, 9);
    expect(apart.gradientNorm).toBe(0);
  });

  it('refuses another step, and one that says nothing', () => {
    expect(() => apartFrom(prepared(2, 10), prepared(2, 10.1), 'torch eager')).toThrow(
      /torch eager: .* not the same step/,
    );
    expect(() => apartFrom(prepared(2, 10), prepared(2), 'torch eager')).toThrow(/not the same step/);
    expect(() => apartFrom(prepared(Number.NaN, 10), prepared(2, 10), 'torch eager')).toThrow(/not the same step/);
  });
});

describe('writeResults', () => {
  it('replaces what was raced and keeps the rest, in one order', () => {
    const folder = mkdtempSync(join(tmpdir(), 'yosegi-results-'));
    const file = join(folder, 'RESULTS.md');
    try {
      writeFileSync(file, `# Old\n\n${LEAVING}\n\nexits\n\n## What falls short and why\n\nby hand\n`);
      writeResults(file, { tuning: `${TUNING}\n\nfirst` });
      writeResults(file, { making: `${MAKING}\n\nmade`, plain: '# New' });
      writeResults(file, { tuning: `${TUNING}\n\nsecond` });
      expect(readFileSync(file, 'utf8')).toBe(
        ['# New', LEAVING, 'exits', MAKING, 'made', TUNING, 'second', '## What falls short and why', 'by hand\n'].join(
          '\n\n',
        ),
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
