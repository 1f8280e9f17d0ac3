import { expect, it } from 'vitest';
import type { Race } from './race.ts';
import { OURS } from './sides.ts';
import { WASM, wasmText } from './text.ts';

const entry = (name: string, threads: number, median: number): Race['entries'][number] => ({
  ...{ name, threads, median, least: median - 1, differs: 1e-6, where: name, rounds: 7 },
});

it('tells each side beside ours with as many threads, and who cannot do it', () => {
  const race: Race = {
    entries: [entry('yosegi, native', 1, 5), entry(OURS, 1, 20), entry(OURS, 2, 10), entry('jax-js, wasm', 2, 60)],
    failed: ["TensorFlow.js, wasm, 1 thread: Kernel 'Conv2DBackpropFilter' not registered"],
  };
  const text = wasmText({
    facts: [['machine', 'a Xeon']],
    warning: '> **Disturbed**\n\n',
    races: [{ work: 'plain train', batch: 8, race }],
  });
  expect(text.startsWith(`${WASM}\n\n> **Disturbed**\n`)).toBe(true);
  const rows = text.split('\n').flatMap((line) =>
    line.startsWith('| ')
      ? [
          line
            .split('|')
            .map((cell) => cell.trim())
            .slice(1, -1),
        ]
      : [],
  );
  const of = (name: string, threads: string) => rows.find((r) => r[0] === name && r[1] === threads)!;
  expect(of('yosegi, native', '1').slice(4, 6)).toEqual(['1600', '0.250']);
  expect(of(OURS, '2')[5]).toBe('');
  expect(of('jax-js, wasm', '2').slice(4, 6)).toEqual(['133', '6']);
  expect(text).toContain("Cannot do it: TensorFlow.js, wasm, 1 thread: Kernel 'Conv2DBackpropFilter' not registered");
});
