import { safeSize } from '../base/bytes.ts';
import { messageOf } from '../base/errors.ts';
import { bytesOf, type DType } from '../base/tensor.ts';
import { SafetensorsError } from './errors.ts';
import { duplicateKey } from './json-keys.ts';

/** The longest header the reference implementation reads. */
export const MAX_HEADER_BYTES = 100_000_000;

/** The names safetensors has for element types, in its own order (by width): larger ones are stored first. */
export const dtypeNames: readonly (readonly [string, DType])[] = [
  ['BOOL', 'bool'],
  ['U8', 'uint8'],
  ['I8', 'int8'],
  ['I16', 'int16'],
  ['U16', 'uint16'],
  ['F16', 'float16'],
  ['BF16', 'bfloat16'],
  ['I32', 'int32'],
  ['U32', 'uint32'],
  ['F32', 'float32'],
  ['F64', 'float64'],
  ['I64', 'int64'],
  ['U64', 'uint64'],
];

const dtypeByName = new Map(dtypeNames);

/** Where a tensor lies in the data behind the header. */
interface Entry {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

export interface Header {
  readonly metadata: Readonly<Record<string, string>>;
  /** In the order of the header. */
  readonly entries: readonly Entry[];
}

/** The length of the header from the first eight bytes of a file of `fileBytes` bytes. */
export function headerLength(first: Uint8Array, fileBytes: number, most = MAX_HEADER_BYTES): number {
  if (fileBytes < 8 || first.length < 8) fail(`the file has ${fileBytes} bytes, less than the 8 of a header length`);
  const view = new DataView(first.buffer, first.byteOffset, 8);
  const length = view.getBigUint64(0, true);
  if (length > BigInt(most)) fail(`the header says it has ${length} bytes; the limit is ${most}`);
  if (Number(length) > fileBytes - 8) {
    fail(
      `the header says it has ${length} bytes where ${fileBytes - 8} are left: the file is cut off, or not safetensors`,
    );
  }
  return Number(length);
}

/**
 * Reads and checks a header: every tensor's size fits its shape and type, and together they cover the `dataBytes` behind the
 * header exactly, without gap or overlap. Throws a SafetensorsError that names the tensor.
 */
export function parseHeader(bytes: Uint8Array, dataBytes: number): Header {
  const json = parseJson(bytes);
  let metadata: Header['metadata'] = {};
  const entries: Entry[] = [];
  for (const [name, value] of Object.entries(json)) {
    if (name === '__metadata__') metadata = parseMetadata(value);
    else entries.push(parseEntry(name, value));
  }
  checkCover(entries, dataBytes);
  return { metadata, entries };
}

function parseJson(bytes: Uint8Array): Record<string, unknown> {
  if (bytes[0] !== 0x7b) fail("the header does not begin with '{'");
  let value: unknown;
  let text = '';
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    value = JSON.parse(text);
  } catch (error) {
    throw new SafetensorsError(`broken safetensors file: the header is not JSON (${messageOf(error).slice(0, 200)})`, {
      cause: error,
    });
  }
  if (!isObject(value)) fail('the header is not a JSON object');
  const twice = duplicateKey(text);
  if (twice !== undefined) fail(`the header has '${short(twice)}' twice`);
  return value;
}

function parseMetadata(value: unknown): Record<string, string> {
  if (!isObject(value)) fail('__metadata__ is not an object of strings');
  const pairs: [string, string][] = [];
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') fail(`__metadata__ has a value that is not a string at '${short(key)}'`);
    pairs.push([key, text]);
  }
  return Object.fromEntries(pairs);
}

function parseEntry(name: string, value: unknown): Entry {
  const tensor = `the tensor '${short(name)}'`;
  if (!isObject(value)) fail(`${tensor} is not described by an object`);
  const { dtype: type, shape, data_offsets: offsets } = value;
  const dtype = typeof type === 'string' ? dtypeByName.get(type) : undefined;
  if (dtype === undefined) {
    const known = dtypeNames.map(([n]) => n).join(', ');
    fail(`${tensor} has the type ${told(type)}; this library reads ${known}`);
  }
  const size = isNumbers(shape) ? safeSize(shape) : undefined;
  if (!isNumbers(shape) || size === undefined) {
    fail(`${tensor} has the shape ${told(shape)}, which is not a list of sizes`);
  }
  const [begin, end] = isNumbers(offsets) && offsets.length === 2 && offsets.every(isOffset) ? offsets : [];
  if (begin === undefined || end === undefined || begin > end) {
    fail(`${tensor} has the data_offsets ${told(offsets)}, which are not a beginning and an end`);
  }
  if (end - begin !== size * bytesOf(dtype)) {
    fail(
      `${tensor} of ${type} and shape [${shape.slice(0, 16)}] takes ${size * bytesOf(dtype)} bytes but has ${end - begin}`,
    );
  }
  return { name, dtype, shape, begin, end };
}

/** The tensors in the order of their places must follow each other from the first byte to the last. */
function checkCover(entries: readonly Entry[], dataBytes: number): void {
  let at = 0;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    const tensor = `the tensor '${short(name)}'`;
    if (end > dataBytes) fail(`${tensor} ends at byte ${end} of ${dataBytes}: the file is cut off`);
    if (begin < at) fail(`${tensor} begins at byte ${begin}, inside the tensor before it`);
    if (begin > at) fail(`${tensor} begins at byte ${begin}, which leaves ${begin - at} bytes before it to no tensor`);
    at = end;
  }
  if (at < dataBytes) fail(`the last ${dataBytes - at} bytes belong to no tensor`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((v) => typeof v === 'number');
}

/** A value of the wrong kind for a message; not all of it, it may be nested without end. */
function told(value: unknown): string {
  if (Array.isArray(value))
    return `[${value.slice(0, 8).map((v) => (typeof v === 'object' ? '…' : JSON.stringify(v)))}]`;
  if (typeof value === 'object' && value !== null) return 'of an object';
  return value === undefined ? 'none' : short(JSON.stringify(value));
}

function short(text: string): string {
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}

function fail(problem: string): never {
  throw new SafetensorsError(`broken safetensors file: ${problem}`);
}

const isOffset = (n: number) => Number.isSafeInteger(n) && n >= 0;
