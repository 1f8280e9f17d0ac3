import {
  addF64,
  everyFour,
  get,
  load,
  lowerF64,
  mulF64,
  plus,
  set,
  splat,
  store,
  sumF64,
  upperF64,
} from './instructions.ts';
import type { Code, Type, WasmFunction } from './wasm.ts';

/** An array that a kernel goes over: the four numbers it is at. */
export interface Quadruple {
  readonly load: Code;
  readonly store: (value: Code) => Code;
}

/** A value that is computed once: how it is computed, and how it is read afterwards. */
export type Once = (value: Code) => readonly [compute: Code, read: Code];

/**
 * A function (bytes, …addresses, …scalars) that goes over arrays at these addresses, so many bytes of each, a multiple of 16, four
 * float32 at a time. `each` says what is done with the four: it gets the arrays and the scalars, four times each.
 */
export function kernel(
  name: string,
  arrays: number,
  scalars: number,
  each: (arrays: readonly Quadruple[], scalars: readonly Code[], once: Once) => Code,
): WasmFunction {
  const params: Type[] = [...repeated('i32', 1 + arrays), ...repeated('f32', scalars)];
  const locals: Type[] = ['i32'];
  const at = params.length;
  const local = (): number => params.length + locals.push('v128') - 1;
  const quadruples = Array.from({ length: scalars }, local);
  const body = each(
    Array.from({ length: arrays }, (_, i) => quadrupleAt(1 + i, at)),
    quadruples.map(get),
    (value) => {
      const l = local();
      return [set(l, value), get(l)];
    },
  );
  const before = quadruples.flatMap((q, i) => set(q, splat(get(1 + arrays + i))));
  return { name, params, locals, body: [...before, ...everyFour(at, get(0), body)] };
}

/** A function (bytes, address) that gives the sum of the squares of an array, in float64. */
export function squaresKernel(name: string): WasmFunction {
  const [bytes, address, at, x, low, high] = [0, 1, 2, 3, 4, 5];
  const grow = (sum: number, half: (a: Code) => Code) => set(sum, addF64(get(sum), mulF64(half(get(x)), half(get(x)))));
  return {
    name,
    params: ['i32', 'i32'],
    result: 'f64',
    locals: ['i32', 'v128', 'v128', 'v128'],
    body: [
      ...everyFour(at, get(bytes), [
        ...set(x, quadrupleAt(address, at).load),
        ...grow(low, lowerF64),
        ...grow(high, upperF64),
      ]),
      ...sumF64(addF64(get(low), get(high))),
    ],
  };
}

function quadrupleAt(address: number, at: number): Quadruple {
  const place = plus(get(address), get(at));
  return { load: load(place), store: (value) => store(place, value) };
}

const repeated = (type: Type, count: number) => Array.from({ length: count }, () => type);
