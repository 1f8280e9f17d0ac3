import { OnnxFormatError } from './errors.ts';
import type { StringStringEntry, TensorProto } from './messages.ts';

/** Fetches bytes of a side file; `location` is relative to the model's folder and has passed {@link checkLocation}. */
export type ReadExternal = (location: string, offset: number, length: number) => Uint8Array;

/** Where the values of a tensor lie outside the model; without a length: as many bytes as its dims ask for. */
export interface ExternalRange {
  readonly location: string;
  readonly offset: number;
  readonly length?: number;
}

const EXTERNAL = 1;

export function isExternal(proto: TensorProto): boolean {
  return proto.dataLocation === EXTERNAL;
}

/** The checked place of an external tensor's values. Throws an OnnxFormatError that names the tensor. */
export function externalRange(proto: TensorProto): ExternalRange {
  const entries = new Map<string, string>();
  for (const { key, value } of proto.externalData ?? []) {
    if (entries.has(key)) fail(proto, `gives '${key}' twice`);
    entries.set(key, value);
  }
  const location = entries.get('location');
  if (location === undefined) fail(proto, 'does not say in which file (no location)');
  const problem = locationProblem(location);
  if (problem) fail(proto, `points to '${location.slice(0, 200)}', ${problem}`);
  const offset = count(proto, 'offset', entries.get('offset')) ?? 0;
  return { location, offset, length: count(proto, 'length', entries.get('length')) };
}

/** `proto` with its values at a place in a side file instead of inside the model. */
export function withExternal(proto: TensorProto, location: string, offset: number, length: number): TensorProto {
  const externalData: StringStringEntry[] = [
    { key: 'location', value: location },
    { key: 'offset', value: String(offset) },
    { key: 'length', value: String(length) },
  ];
  const { name, dims, dataType, docString, metadataProps } = proto;
  return { name, dims, dataType, docString, metadataProps, externalData, dataLocation: EXTERNAL };
}

/** Throws unless `location` is a plain relative path that stays in the model's folder on every system. */
export function checkLocation(location: string): void {
  const problem = locationProblem(location);
  if (problem) throw new OnnxFormatError(`'${location.slice(0, 200)}' cannot be the side file of a model, ${problem}`);
}

/** Names Windows keeps for devices, in any folder and with any extension: opening one reads from a port, or waits forever. */
const device = /^(con|prn|aux|nul|com\d|lpt\d)\s*(\.|$)/i;

function locationProblem(location: string): string | undefined {
  if (location === '') return 'which is empty';
  if (location.length > 4096) return 'which is too long';
  for (let i = 0; i < location.length; i++) if (location.charCodeAt(i) < 32) return 'which has control characters';
  if (location.includes('\\')) return 'which has a backslash: folders are separated by /';
  if (location.includes(':')) return 'which has a colon (a drive, an address or a stream)';
  const steps = location.split('/');
  for (const step of steps) {
    if (step === '') return 'which is absolute or has an empty folder name';
    if (step === '.') continue;
    if (step === '..') return "which leads out of the model's folder";
    if (/[. ]$/.test(step)) return 'which has a name that ends in a dot or a space';
    if (device.test(step)) return 'which is the name of a device on Windows';
  }
  return undefined;
}

function count(proto: TensorProto, key: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const number = /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
  if (!Number.isSafeInteger(number)) fail(proto, `has ${key} '${value.slice(0, 40)}', which is not a number of bytes`);
  return number;
}

function fail(proto: TensorProto, problem: string): never {
  throw new OnnxFormatError(`the tensor '${proto.name}' keeps its values in another file but ${problem}`);
}
