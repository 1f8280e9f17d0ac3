import { bytes, child, int32, many, maybe, one, remark, safeInt, some, text } from './field.ts';
import { type MessageCodec, message } from './message.ts';
import type { Segment, SparseTensor, StringStringEntry, TensorProto } from './messages.ts';
import { doubles, floats, int32s, int64s, uint64s } from './packed.ts';

// What of onnx.proto holds no attribute: schema.ts has the rest, and says how these tables are read.

export const entry = message<StringStringEntry>({ key: one(1, text, ''), value: one(2, remark, '') });

const segment = message<Segment>({ begin: one(1, safeInt, 0), end: one(2, safeInt, 0) });

export const tensorProto: MessageCodec<TensorProto> = message<TensorProto>({
  dims: many(1, safeInt),
  dataType: one(2, int32, 0),
  segment: child(3, segment),
  floatData: floats(4),
  int32Data: int32s(5),
  stringData: some(6, bytes),
  int64Data: int64s(7),
  name: one(8, text, ''),
  rawData: maybe(9, bytes),
  doubleData: doubles(10),
  uint64Data: uint64s(11),
  docString: maybe(12, remark),
  externalData: some(13, entry),
  dataLocation: maybe(14, int32),
  metadataProps: some(16, entry),
});

export const sparseTensor: MessageCodec<SparseTensor> = message<SparseTensor>({
  values: child(1, tensorProto),
  indices: child(2, tensorProto),
  dims: many(3, safeInt),
});
