import { attributeOf } from './attribute.ts';
import { child, int64, many, maybe, one, remark, safeInt, some, text } from './field.ts';
import { later, type MessageCodec, message } from './message.ts';
import type {
  FunctionProto,
  Graph,
  Model,
  Node,
  OperatorSetId,
  TensorAnnotation,
  TrainingInfo,
  ValueInfo,
} from './messages.ts';
import { entry, sparseTensor, tensorProto } from './tensor-schema.ts';
import { typeProto } from './type.ts';

// The field numbers of onnx.proto, in ascending order: fields are written in the order of these tables. What is not
// here is skipped: the multi-device annotations of IR 11 and whatever comes later.

const opset = message<OperatorSetId>({ domain: one(1, text, ''), version: one(2, safeInt, 0) });

const valueInfo = message<ValueInfo>({
  name: one(1, text, ''),
  type: child(2, typeProto),
  docString: maybe(3, remark),
  metadataProps: some(4, entry),
});

/** A graph holds nodes, a node attributes, and an attribute may hold a graph again. */
const attribute = attributeOf(later(() => graph));

const node = message<Node>({
  input: many(1, text),
  output: many(2, text),
  name: maybe(3, text),
  opType: one(4, text, ''),
  attribute: many(5, attribute),
  docString: maybe(6, remark),
  domain: maybe(7, text),
  overload: maybe(8, text),
  metadataProps: some(9, entry),
});

const annotation = message<TensorAnnotation>({
  tensorName: one(1, text, ''),
  quantParameterTensorNames: many(2, entry),
});

const graph: MessageCodec<Graph> = message<Graph>({
  node: many(1, node),
  name: one(2, text, ''),
  initializer: many(5, tensorProto),
  docString: maybe(10, remark),
  input: many(11, valueInfo),
  output: many(12, valueInfo),
  valueInfo: some(13, valueInfo),
  quantizationAnnotation: some(14, annotation),
  sparseInitializer: some(15, sparseTensor),
  metadataProps: some(16, entry),
});

const functionProto = message<FunctionProto>({
  name: one(1, text, ''),
  input: many(4, text),
  output: many(5, text),
  attribute: many(6, text),
  node: many(7, node),
  docString: maybe(8, remark),
  opsetImport: many(9, opset),
  domain: one(10, text, ''),
  attributeProto: many(11, attribute),
  valueInfo: some(12, valueInfo),
  overload: maybe(13, text),
  metadataProps: some(14, entry),
});

const trainingInfo = message<TrainingInfo>({
  initialization: child(1, graph),
  algorithm: child(2, graph),
  initializationBinding: many(3, entry),
  updateBinding: many(4, entry),
});

/** A model as it is in the file, where even the graph may be missing. */
export type ModelMessage = Omit<Model, 'graph'> & { readonly graph?: Graph };

export const model: MessageCodec<ModelMessage> = message<ModelMessage>({
  irVersion: one(1, safeInt, 0),
  producerName: maybe(2, remark),
  producerVersion: maybe(3, remark),
  domain: maybe(4, text),
  modelVersion: maybe(5, int64),
  docString: maybe(6, remark),
  graph: child(7, graph),
  opsetImport: many(8, opset),
  metadataProps: some(14, entry),
  trainingInfo: some(20, trainingInfo),
  functions: some(25, functionProto),
});
