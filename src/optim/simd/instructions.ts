import { type Code, unsigned } from './wasm.ts';

/** WebAssembly's instructions as functions of their operands; those without a type in their name work on four float32 at once. */

const plain = (opcode: number, ...operands: readonly Code[]): Code => [...operands.flat(), opcode];
const simd = (opcode: number, operands: readonly Code[], immediate: Code = []): Code => [
  ...operands.flat(),
  0xfd,
  ...unsigned(opcode),
  ...immediate,
];

export const get = (local: number): Code => [0x20, ...unsigned(local)];
export const set = (local: number, value: Code): Code => [...value, 0x21, ...unsigned(local)];

/** The sum of two addresses. */
export const plus = (a: Code, b: Code): Code => plain(0x6a, a, b);
/** The four numbers at an address. */
export const load = (address: Code): Code => simd(0x00, [address], UNALIGNED);
export const store = (address: Code, value: Code): Code => simd(0x0b, [address, value], UNALIGNED);

export const splat = (f32: Code): Code => simd(0x13, [f32]);
export const add = (a: Code, b: Code): Code => simd(0xe4, [a, b]);
export const sub = (a: Code, b: Code): Code => simd(0xe5, [a, b]);
export const mul = (a: Code, b: Code): Code => simd(0xe6, [a, b]);
export const div = (a: Code, b: Code): Code => simd(0xe7, [a, b]);
export const sqrt = (a: Code): Code => simd(0xe3, [a]);

/** The first two of four numbers as float64. */
export const lowerF64 = (a: Code): Code => simd(0x5f, [a]);
/** The last two. */
export const upperF64 = (a: Code): Code =>
  lowerF64(simd(0x0d, [a, a], [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7]));
export const addF64 = (a: Code, b: Code): Code => simd(0xf0, [a, b]);
export const mulF64 = (a: Code, b: Code): Code => simd(0xf2, [a, b]);
/** The sum of both. */
export const sumF64 = (a: Code): Code => plain(0xa0, simd(0x21, [a], [0]), simd(0x21, [a], [1]));

/** Does `body` with the address in `local` = 0, 16, 32, … below `end`, at least once. */
export const everyFour = (local: number, end: Code, body: Code): Code => [
  ...[0x03, 0x40],
  ...body,
  ...set(local, plus(get(local), [0x41, 16])),
  ...plain(0x49, get(local), end),
  ...[0x0d, 0x00],
  0x0b,
];

/** An address that is a multiple of 4 (2²) and may be one of 16, and nothing added to it. */
const UNALIGNED: Code = [2, 0];
