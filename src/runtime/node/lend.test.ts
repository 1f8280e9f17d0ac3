import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { f32, type Tensor, tensor } from '../../base/tensor.ts';
import { type Lent, type Loan, lend } from './lend.ts';

/** What the worker does: gets the tensors, adds `step` to the written ones, gives back what it must. */
function visit(loan: Loan, lent: readonly Lent[], step: number): void {
  const there = structuredClone(loan.sent, { transfer: [...loan.transfer] });
  there.forEach(({ data }, i) => {
    if (lent[i]!.written) for (let k = 0; k < data.length; k++) data[k] = Number(data[k]) + step;
  });
  const back = there.map((t) => (t.back ? t.data : undefined));
  const buffers = new Set(back.flatMap((d) => (d ? [d.buffer as ArrayBuffer] : [])));
  loan.settle(structuredClone(back, { transfer: [...buffers] }));
}

const numbers = (t: Tensor) => Array.from(t.data as ArrayLike<number>);

describe('lend', () => {
  it('moves a buffer whose views are lent together, and keeps them views of one buffer', () => {
    const flat = new Float32Array([1, 2, 3, 4, 5]);
    const [a, b] = [f32([2], flat.subarray(0, 2)), f32([3], flat.subarray(2))];
    const lent = [a, b].map((t) => ({ tensor: t, written: true }));
    const loan = lend(lent);
    expect(loan.transfer).toEqual([flat.buffer]);
    visit(loan, lent, 10);
    expect([numbers(a), numbers(b)]).toEqual([
      [11, 12],
      [13, 14, 15],
    ]);
    expect(a.data.buffer).toBe(b.data.buffer);
    expect(flat.length).toBe(0);
  });

  it('copies what shares its buffer with somebody else, and leaves that alone', () => {
    const flat = new Float32Array([1, 2, 3, 4]);
    const t = f32([2], flat.subarray(1, 3));
    const lent = [{ tensor: t, written: true }];
    const loan = lend(lent);
    visit(loan, lent, 10);
    expect([...flat]).toEqual([1, 12, 13, 4]);
    expect(t.data.buffer).toBe(flat.buffer);
  });

  it('copies small Buffers, whose pool other code uses', () => {
    const small = Buffer.from([1, 2, 3]);
    const t = tensor('uint8', [3], small);
    const lent = [{ tensor: t, written: false }];
    visit(lend(lent), lent, 0);
    expect([...small, ...t.data]).toEqual([1, 2, 3, 1, 2, 3]);
  });

  it('copies shared memory, there and back', () => {
    const shared = new Float32Array(new SharedArrayBuffer(8));
    shared.set([1, 2]);
    const t = f32([2], shared);
    const lent = [{ tensor: t, written: true }];
    const loan = lend(lent);
    expect(loan.sent[0]!.data.buffer).toBeInstanceOf(ArrayBuffer);
    visit(loan, lent, 5);
    expect([...shared]).toEqual([6, 7]);
    expect(t.data).toBe(shared);
  });

  it('explains a tensor whose memory is gone', () => {
    const t = f32([2], [1, 2]);
    structuredClone(t.data, { transfer: [t.data.buffer as ArrayBuffer] });
    expect(() => lend([{ tensor: t, written: false }])).toThrow(/shape \[2\] came with 0 values/);
  });

  it('gives back all numbers and touches nothing else, however views lie in buffers', () => {
    const view = fc.record({ buffer: fc.nat(2), from: fc.nat(6), length: fc.nat(6), written: fc.boolean() });
    fc.assert(
      fc.property(fc.array(view, { maxLength: 6 }), fc.boolean(), (views, copyAll) => {
        const start = () => [4, 6, 8].map((n, b) => new Float32Array(n).map((_, i) => 100 * b + i));
        const buffers = start();
        const expected = start();
        const lent: Lent[] = [];
        const ranges: [number, number, number][] = [];
        for (const { buffer, from, length, written } of views) {
          const whole = buffers[buffer]!;
          const end = Math.min(from + length, whole.length);
          const begin = Math.min(from, end);
          // Two writers of one place would race anywhere; here only views that do not overlap are written.
          const free = ranges.every(([b, f, e]) => b !== buffer || end <= f || begin >= e);
          ranges.push([buffer, begin, end]);
          const alone = written && free && views.filter((v) => v.buffer === buffer).length === 1;
          lent.push({ tensor: f32([end - begin], whole.subarray(begin, end)), written: alone });
          if (alone) for (let i = begin; i < end; i++) expected[buffer]![i]! += 1000;
        }
        const keep = buffers.map((b) => b.subarray(0));
        const before = lent.map((l) => numbers(l.tensor));
        visit(lend(lent, copyAll), lent, 1000);
        lent.forEach(({ tensor: t, written }, i) => {
          expect(numbers(t)).toEqual(before[i]!.map((x) => (written ? x + 1000 : x)));
        });
        // A buffer that was not moved has the new numbers; one that was is reached through the tensors alone.
        keep.forEach((b, i) => {
          if (copyAll || b.length > 0) expect([...b]).toEqual([...expected[i]!]);
        });
      }),
    );
  });
});
