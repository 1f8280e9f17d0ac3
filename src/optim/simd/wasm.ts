/** The least of WebAssembly's binary format that four loops need (WebAssembly Core Specification 2.0, chapter 5). */

/** Instructions, or another part of the file, as bytes. */
export type Code = readonly number[];

const types = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const;
export type Type = keyof typeof types;

export interface WasmFunction {
  readonly name: string;
  readonly params: readonly Type[];
  readonly result?: Type;
  /** After the parameters; indices go on counting. */
  readonly locals: readonly Type[];
  readonly body: Code;
}

/** A module that exports its functions by name, and as `memory` as many pages of 64 KiB as asked for. */
export function wasmModule(functions: readonly WasmFunction[], pages: number): Uint8Array<ArrayBuffer> {
  const signatures = functions.map(({ params, result }) => [
    0x60,
    ...list(params.map((t) => [types[t]])),
    ...list(result ? [[types[result]]] : []),
  ]);
  const exported = functions.map(({ name }, i) => [...text(name), FUNCTION, ...unsigned(i)]);
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d],
    ...[0x01, 0x00, 0x00, 0x00],
    ...section(1, list(signatures)),
    ...section(3, list(functions.map((_, i) => unsigned(i)))),
    ...section(5, list([[0x01, ...unsigned(pages), ...unsigned(pages)]])),
    ...section(7, list([...exported, [...text('memory'), MEMORY, 0]])),
    ...section(10, list(functions.map(body))),
  ]);
}

const FUNCTION = 0x00;
const MEMORY = 0x02;
const END = 0x0b;

function body({ locals, body }: WasmFunction): Code {
  const code = [...list(locals.map((t) => [1, types[t]])), ...body, END];
  return [...unsigned(code.length), ...code];
}

const section = (id: number, content: Code): Code => [id, ...unsigned(content.length), ...content];
const list = (items: readonly Code[]): Code => [...unsigned(items.length), ...items.flat()];
const text = (s: string): Code => list([...new TextEncoder().encode(s)].map((byte) => [byte]));

/** LEB128. */
export function unsigned(n: number): Code {
  return n < 0x80 ? [n] : [(n & 0x7f) | 0x80, ...unsigned(n >>> 7)];
}
