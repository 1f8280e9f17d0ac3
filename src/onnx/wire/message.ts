import { WireType } from '@bufbuild/protobuf/wire';
import type { Codec, Field } from './field.ts';
import type { Sink } from './sink.ts';
import type { Source } from './source.ts';

/** One field for every property of a message; several where the property takes its value from whichever is there. */
export type FieldsOf<M> = { readonly [K in keyof M]-?: Field<M[K]> | readonly Field<M[K]>[] };

/** A message, as a value inside another one or (its body) as a whole file. */
export interface MessageCodec<M> extends Codec<M> {
  readBody(source: Source): M;
  writeBody(sink: Sink, value: M): void;
}

/** The codec of a message from its table of fields. Fields that are not in the table are skipped, as protobuf asks. */
export function message<M extends object>(fields: FieldsOf<M>): MessageCodec<M> {
  type Key = keyof M & string;
  // The one place where a table indexed by name becomes a loop: the types of a key and of its field are tied by FieldsOf.
  const properties = Object.entries(fields) as [Key, Field<M[Key]> | readonly Field<M[Key]>[]][];
  const list = properties.flatMap(([key, given]) =>
    [given].flat().map((field) => [key, field] as [Key, Field<M[Key]>]),
  );
  const byNumber: ([Key, Field<M[Key]>] | undefined)[] = [];
  const blank: Partial<M> = {};
  for (const entry of list) {
    byNumber[entry[1].number] = entry;
    blank[entry[0]] = entry[1].absent;
  }

  const readBody = (source: Source): M => {
    const value = { ...blank };
    while (source.more) {
      const [number, wire] = source.reader.tag();
      const entry = byNumber[number];
      if (entry === undefined) {
        source.reader.skip(wire, number);
        source.checkEnd();
        continue;
      }
      const [key, field] = entry;
      source.path.push(key);
      value[key] = field.read(source, wire, value[key] as M[Key]);
      source.checkEnd();
      source.path.pop();
    }
    return value as M;
  };

  const writeBody = (sink: Sink, value: M): void => {
    for (const [key, field] of list) {
      try {
        field.write(sink, value[key]);
      } catch (error) {
        sink.path.unshift(key);
        throw error;
      }
    }
  };

  return {
    wire: WireType.LengthDelimited,
    readBody,
    writeBody,
    read(source) {
      const outer = source.enterMessage();
      const value = readBody(source);
      source.leaveMessage(outer);
      return value;
    },
    write: (sink, value) => sink.nested((inner) => writeBody(inner, value)),
  };
}

/** A codec for `T` by way of the message `M` that holds it in the file. */
export function mapped<M, T>(codec: Codec<M>, from: (value: M, source: Source) => T, to: (value: T) => M): Codec<T> {
  return {
    wire: codec.wire,
    read: (source) => from(codec.read(source), source),
    write: (sink, value) => codec.write(sink, to(value)),
  };
}

/** A codec that is defined further down: graphs hold attributes that hold graphs. */
export function later<T>(codec: () => Codec<T>): Codec<T> {
  return {
    wire: WireType.LengthDelimited,
    read: (source) => codec().read(source),
    write: (sink, value) => codec().write(sink, value),
  };
}
