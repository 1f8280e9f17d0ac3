import { WireType } from '@bufbuild/protobuf/wire';
import { expectWire, type Field } from './field.ts';
import type { Sink } from './sink.ts';
import type { Source } from './source.ts';

type Numbers = Float32Array | Float64Array | Int32Array | BigInt64Array | BigUint64Array;

interface Kind<A extends Numbers> {
  readonly make: { new (buffer: ArrayBufferLike, offset: number, length: number): A; BYTES_PER_ELEMENT: number };
  readonly wire: WireType;
}

/**
 * A packed list of numbers as a typed array. Fixed-width numbers are a view of the file where it is aligned.
 * Lists split over several fields, or written one number at a time, are joined in a buffer that doubles.
 */
function packed<A extends Numbers>(number: number, { make, wire }: Kind<A>): Field<A | undefined> {
  const width = make.BYTES_PER_ELEMENT;

  const chunk = (source: Source, wireGiven: WireType): A => {
    if (wireGiven === WireType.LengthDelimited) {
      const raw = source.reader.bytes();
      source.checkEnd();
      if (wire === WireType.Varint) return readVarints(source, raw, make, width);
      if (raw.length % width !== 0) source.fail(`has ${raw.length} bytes, not a multiple of ${width}`);
      const aligned = raw.byteOffset % width === 0 ? raw : raw.slice();
      return new make(aligned.buffer, aligned.byteOffset, raw.length / width);
    }
    expectWire(source, wireGiven, wire);
    const raw = source.reader.skip(wire);
    source.checkEnd();
    if (wire === WireType.Varint) return readVarints(source, raw, make, width);
    return new make(raw.slice().buffer, 0, 1);
  };

  return {
    number,
    absent: undefined,
    read(source, wireGiven, soFar) {
      const next = chunk(source, wireGiven);
      return soFar === undefined ? next : join(source, soFar, next, make, width);
    },
    write(sink, values) {
      if (values === undefined) return;
      sink.writer.tag(number, WireType.LengthDelimited);
      if (wire === WireType.Varint) sink.nested((inner) => writeVarints(inner, values));
      else sink.bytes(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    },
  };
}

export const floats = (number: number) => packed(number, { make: Float32Array, wire: WireType.Bit32 });
export const doubles = (number: number) => packed(number, { make: Float64Array, wire: WireType.Bit64 });
export const int32s = (number: number) => packed(number, { make: Int32Array, wire: WireType.Varint });
export const int64s = (number: number) => packed(number, { make: BigInt64Array, wire: WireType.Varint });
export const uint64s = (number: number) => packed(number, { make: BigUint64Array, wire: WireType.Varint });

/** All varints in `raw`. Their number, and so the memory, is known before anything is allocated: one byte each has no high bit. */
function readVarints<A extends Numbers>(source: Source, raw: Uint8Array, make: Kind<A>['make'], width: number): A {
  let count = 0;
  for (let i = 0; i < raw.length; i++) if (raw[i]! < 0x80) count++;
  if (raw.length > 0 && raw[raw.length - 1]! >= 0x80) source.fail('ends in the middle of a number');
  const words = new Int32Array((count * width) / 4);
  const step = width / 4;
  let at = 0;
  for (let i = 0; i < words.length; i += step) {
    let low = 0;
    let high = 0;
    let shift = 0;
    for (;;) {
      const byte = raw[at++]!;
      if (shift < 28) low |= (byte & 0x7f) << shift;
      else if (shift === 28) {
        low |= (byte & 0x0f) << 28;
        high |= (byte & 0x70) >> 4;
      } else high |= (byte & 0x7f) << (shift - 32);
      if (byte < 0x80) break;
      shift += 7;
      if (shift > 63) source.fail('holds a number of more than ten bytes');
    }
    words[i] = low;
    if (step === 2) words[i + 1] = high;
  }
  return new make(words.buffer, 0, count);
}

function writeVarints(sink: Sink, values: Numbers): void {
  const { writer } = sink;
  if (values instanceof Int32Array) for (const v of values) writer.int32(v);
  else if (values instanceof BigInt64Array) for (const v of values) writer.int64(v);
  else if (values instanceof BigUint64Array) for (const v of values) writer.uint64(v);
}

/** `next` after `soFar`, in place where the buffer of `soFar` is our own and has room. */
function join<A extends Numbers>(source: Source, soFar: A, next: A, make: Kind<A>['make'], width: number): A {
  const length = soFar.length + next.length;
  let buffer = soFar.buffer;
  if (buffer === source.bytes.buffer || buffer.byteLength < length * width) {
    buffer = new ArrayBuffer(Math.max(64, 2 * length * width));
    copyInto(soFar, buffer, 0);
  }
  copyInto(next, buffer, soFar.byteLength);
  return new make(buffer, 0, length);
}

function copyInto(values: Numbers, buffer: ArrayBufferLike, offset: number): void {
  new Uint8Array(buffer, offset, values.byteLength).set(
    new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
  );
}
