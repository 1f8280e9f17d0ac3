import * as build from '../graph/build.ts';
import type { Value } from '../graph/value.ts';

/** What formulas are written in, so that each stands once: for numbers on the host and for values of a graph. */
export interface Maths<V> {
  add(a: V | number, b: V | number): V;
  sub(a: V | number, b: V | number): V;
  mul(a: V | number, b: V | number): V;
  div(a: V | number, b: V | number): V;
  min(a: V | number, b: V | number): V;
  exp(x: V): V;
  log(x: V): V;
  sqrt(x: V): V;
  sin(x: V): V;
  cos(x: V): V;
  sigmoid(x: V): V;
}

export const numbers: Maths<number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  min: Math.min,
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  sin: Math.sin,
  cos: Math.cos,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
};

export const values: Maths<Value> = {
  add: build.add,
  sub: build.sub,
  mul: build.mul,
  div: build.div,
  min: build.minimum,
  exp: build.exp,
  log: build.log,
  sqrt: build.sqrt,
  sin: build.sin,
  cos: build.cos,
  sigmoid: build.sigmoid,
};
