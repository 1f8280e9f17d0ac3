import { describe, expect, it } from 'vitest';
import type { Entry, Race } from './race.ts';
import { resultsText } from './results.ts';

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
