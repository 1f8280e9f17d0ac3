import { describe, expect, it } from 'vitest';
import { fitted, widthOf } from './cells.ts';
import { markdownTable, table } from './table.ts';

describe('table', () => {
  it('aligns words to the left and numbers to the right', () => {
    const rows = [
      ['name', 'n'],
      ['a', '100'],
      ['bcdefg', '2'],
    ];
    expect(table(rows)).toBe('name      n\na       100\nbcdefg    2');
    expect(table(rows, { left: [0, 1] })).toBe('name    n\na       100\nbcdefg  2');
  });

  it('aligns Japanese names and emoji, which take two cells a character', () => {
    const rows = [
      ['class', 'n'],
      ['すり傷', '12'],
      ['ok 👍🏽', '3'],
      ['e\u0301', '7'],
    ];
    expect(table(rows).split('\n')).toEqual(['class    n', 'すり傷  12', 'ok 👍🏽    3', 'e\u0301        7']);
    expect(widthOf('スケール')).toBe(8);
  });

  it('lets no cell steer the terminal', () => {
    expect(table([['\u001b[2Jgone\n\u202eexe.png', '1']])).toBe('\ufffd[2Jgone\ufffd\ufffdexe.png  1');
  });

  it('cuts long cells in their middle', () => {
    expect(fitted('images/line-4/2024-05-03/0001.png', 16)).toBe('images/…0001.png');
    expect(widthOf(fitted('すり傷すり傷すり傷', 9))).toBeLessThanOrEqual(9);
    expect(table([['abcdefghij', '1']], { widest: 5 })).toBe('ab…ij  1');
  });
});

it('writes Markdown tables that are aligned in the text too', () => {
  const rows = [
    ['', 'ms'],
    ['すり', '1.25'],
  ];
  expect(markdownTable(rows)).toBe('|      |   ms |\n| ---- | ---: |\n| すり | 1.25 |');
});
