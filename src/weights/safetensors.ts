import { bytesIn, numbersIn } from '../base/bytes.ts';
import { sizeOf, type Tensor } from '../base/tensor.ts';
import { SafetensorsError } from './errors.ts';
import { dtypeNames, type Header, headerLength, MAX_HEADER_BYTES, parseHeader } from './header.ts';

/** What a .safetensors file holds: tensors by name, and free text about them. */
export interface Safetensors {
  readonly metadata: Readonly<Record<string, string>>;
  /** In the order of the file's header. */
  readonly tensors: Map<string, Tensor>;
}

export interface ParseOptions {
  /** Own memory for every tensor. Without it tensors are views of the file where it is aligned: not to be written to. */
  readonly copy?: boolean;
  /** 100 MB when left out, as in the reference implementation. */
  readonly maxHeaderBytes?: number;
}

/**
 * Reads a .safetensors file (format of the Hugging Face safetensors library: length, JSON header, data). Any bytes may be
 * given: a broken or hostile file ends in a SafetensorsError that names the tensor.
 */
export function parseSafetensors(bytes: Uint8Array, options: ParseOptions = {}): Safetensors {
  const dataStart = 8 + headerLength(bytes, bytes.length, options.maxHeaderBytes ?? MAX_HEADER_BYTES);
  const header = parseHeader(bytes.subarray(8, dataStart), bytes.length - dataStart);
  return tensorsIn(header, bytes.subarray(dataStart), options.copy);
}

/** The tensors of `header` over the data that lies behind it. */
export function tensorsIn(header: Header, data: Uint8Array, copy = false): Safetensors {
  const tensors = new Map<string, Tensor>();
  for (const { name, dtype, shape, begin, end } of header.entries) {
    tensors.set(name, { dtype, shape, data: numbersIn(dtype, data.subarray(begin, end), copy) });
  }
  return { metadata: header.metadata, tensors };
}

/**
 * The bytes of a .safetensors file, the same as the reference implementation makes: tensors by width of their type, widest
 * first, then by name; header padded so that the data begins at a multiple of 8. Metadata keeps its order.
 */
export function encodeSafetensors(
  tensors: Iterable<readonly [string, Tensor]>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const { pieces, length } = safetensorsPieces(tensors, metadata);
  const file = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    file.set(piece, at);
    at += piece.length;
  }
  return file;
}

/** As {@link encodeSafetensors}, in pieces that are not joined yet: tensors are their own memory, not a copy. */
export function safetensorsPieces(
  tensors: Iterable<readonly [string, Tensor]>,
  metadata: Readonly<Record<string, string>> = {},
): { pieces: Uint8Array[]; length: number } {
  const sorted = [...tensors].sort(([a, x], [b, y]) => rank(y) - rank(x) || byCodePoint(a, b));
  const header: [string, unknown][] = [];
  if (Object.keys(metadata).length > 0) header.push(['__metadata__', metadata]);
  const names = new Set<string>();
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (const [name, t] of sorted) {
    checkWritable(name, t, names);
    names.add(name);
    const bytes = bytesIn(t.data);
    header.push([name, { dtype: dtypeNames[rank(t)]?.[0], shape: t.shape, data_offsets: [at, at + bytes.length] }]);
    pieces.push(bytes);
    at += bytes.length;
  }
  const head = headerBytes(header);
  return { pieces: [head, ...pieces], length: head.length + at };
}

function checkWritable(name: string, t: Tensor, names: ReadonlySet<string>): void {
  const tensor = `cannot write the tensor '${name}' as safetensors:`;
  if (name === '__metadata__') throw new SafetensorsError(`${tensor} the name is reserved for metadata`);
  if (/\p{Surrogate}/u.test(name)) throw new SafetensorsError(`${tensor} the name is not valid Unicode`);
  if (names.has(name)) throw new SafetensorsError(`${tensor} there are two of that name`);
  if (t.data.length !== sizeOf(t.shape)) {
    throw new SafetensorsError(`${tensor} it has ${t.data.length} values in shape [${t.shape}]`);
  }
}

function headerBytes(header: readonly (readonly [string, unknown])[]): Uint8Array {
  // Written out member by member: an object would move names that look like numbers to the front.
  const members = header.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
  const json = new TextEncoder().encode(`{${members.join(',')}}`);
  const length = Math.ceil(json.length / 8) * 8;
  if (length > MAX_HEADER_BYTES) {
    throw new SafetensorsError(`the header would take ${length} bytes; no reader takes more than ${MAX_HEADER_BYTES}`);
  }
  const bytes = new Uint8Array(8 + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, 8);
  return bytes;
}

const ranks = new Map(dtypeNames.map(([, dtype], i) => [dtype, i]));

function rank(t: Tensor): number {
  return ranks.get(t.dtype) ?? 0;
}

/** The order of the names' UTF-8 bytes, which is that of their code points (JavaScript's own order is by UTF-16 units). */
function byCodePoint(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return codePointRank(x) - codePointRank(y);
  }
  return a.length - b.length;
}

/** Surrogates stand for code points above all others. */
function codePointRank(unit: number): number {
  if (unit >= 0xe000) return unit - 0x800;
  return unit >= 0xd800 ? unit + 0x2000 : unit;
}
