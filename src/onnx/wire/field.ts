import { WireType } from '@bufbuild/protobuf/wire';
import type { Sink } from './sink.ts';
import type { Source } from './source.ts';

/** How one value is read and written, without its tag. */
export interface Codec<T> {
  readonly wire: WireType;
  read(source: Source): T;
  write(sink: Sink, value: T): void;
}

/** A numbered field of a message: how its value gathers while the message is read, and how it is written with its tags. */
export interface Field<T> {
  readonly number: number;
  /** The value when the message does not have the field; not written. */
  readonly absent: T;
  read(source: Source, wire: WireType, soFar: T): T;
  write(sink: Sink, value: T): void;
}

/** Shared by all lists that are not there: a file of a million empty nodes must not cost a million empty lists each. */
const none: readonly never[] = Object.freeze([]);

const varint = WireType.Varint;
const delimited = WireType.LengthDelimited;

export const int32: Codec<number> = {
  wire: varint,
  read: (s) => s.reader.int32(),
  write: (s, v) => s.writer.int32(v),
};

export const int64: Codec<bigint> = {
  wire: varint,
  read: (s) => BigInt(s.reader.int64()),
  write: (s, v) => s.writer.int64(v),
};

/** An int64 that is a size or a version: a number, exact or refused. */
export const safeInt: Codec<number> = {
  wire: varint,
  read(s) {
    const value = s.reader.int64();
    const number = Number(value);
    if (!Number.isSafeInteger(number)) s.fail(`is ${value}, more than this library counts to (2^53)`);
    return number;
  },
  write: (s, v) => s.writer.int64(v),
};

export const float: Codec<number> = {
  wire: WireType.Bit32,
  read: (s) => s.reader.float(),
  write: (s, v) => s.writer.float(v),
};

/** A name: text that must be UTF-8, because two broken names could otherwise become the same one. */
export const text: Codec<string> = {
  wire: delimited,
  read: (s) => s.reader.string(true),
  write: (s, v) => s.writer.string(v),
};

/** A remark for people: bytes that are not UTF-8 (old exporters write other encodings) become replacement marks. */
export const remark: Codec<string> = { ...text, read: (s) => s.reader.string() };

/** A view of the file's own bytes. */
export const bytes: Codec<Uint8Array> = {
  wire: delimited,
  read: (s) => s.reader.bytes(),
  write: (s, v) => s.bytes(v),
};

/** A field that has a value even when it is not in the file. */
export function one<T>(number: number, codec: Codec<T>, absent: T): Field<T> {
  return {
    number,
    absent,
    read(source, wire) {
      expectWire(source, wire, codec.wire);
      return codec.read(source);
    },
    write(sink, value) {
      if (value === absent) return;
      sink.writer.tag(number, codec.wire);
      codec.write(sink, value);
    },
  };
}

/** A field that may be missing. */
export function maybe<T>(number: number, codec: Codec<T>): Field<T | undefined> {
  return {
    number,
    absent: undefined,
    read(source, wire) {
      expectWire(source, wire, codec.wire);
      return codec.read(source);
    },
    write(sink, value) {
      if (value === undefined) return;
      sink.writer.tag(number, codec.wire);
      codec.write(sink, value);
    },
  };
}

/** A message that may be missing and comes at most once (readers differ in how they merge two, so two are refused). */
export function child<T>(number: number, codec: Codec<T>): Field<T | undefined> {
  const field = maybe(number, codec);
  return {
    ...field,
    read(source, wire, soFar) {
      if (soFar !== undefined) source.fail('is there twice');
      return field.read(source, wire, soFar);
    },
  };
}

/** A list; numbers are read packed or one by one and written one by one, as onnx.proto declares them. */
export function many<T>(number: number, codec: Codec<T>): Field<readonly T[]> {
  return {
    number,
    absent: none,
    read(source, wire, soFar) {
      const list = soFar === none ? [] : (soFar as T[]);
      if (wire === delimited && codec.wire !== delimited) {
        const outer = source.enter();
        while (source.more) readElement(source, codec, list);
        source.checkEnd();
        source.leave(outer);
      } else {
        expectWire(source, wire, codec.wire);
        readElement(source, codec, list);
      }
      return list;
    },
    write(sink, list) {
      for (const [i, value] of list.entries()) {
        sink.writer.tag(number, codec.wire);
        try {
          codec.write(sink, value);
        } catch (error) {
          sink.path.unshift(i);
          throw error;
        }
      }
    },
  };
}

/** A list that most messages do not have: undefined when it is empty. */
export function some<T>(number: number, codec: Codec<T>): Field<readonly T[] | undefined> {
  const field = many(number, codec);
  return {
    number,
    absent: undefined,
    read: (source, wire, soFar) => field.read(source, wire, soFar ?? none),
    write: (sink, list) => field.write(sink, list ?? none),
  };
}

function readElement<T>(source: Source, codec: Codec<T>, list: T[]): void {
  source.countItem();
  source.path.push(list.length);
  list.push(codec.read(source));
  source.path.pop();
}

/** Fails unless the file encodes the field the way onnx.proto declares it. */
export function expectWire(source: Source, got: WireType, expected: WireType): void {
  if (got !== expected) source.fail(`has wire type ${got} where ${expected} belongs`);
}
