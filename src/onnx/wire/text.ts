import { OnnxFormatError } from './errors.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Text as the bytes of a string attribute. */
export function bytesOfText(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The text in the bytes of a string attribute; `what` names it in the error when they are not UTF-8. */
export function textOfBytes(bytes: Uint8Array, what: string): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new OnnxFormatError(`${what} is not text: its ${bytes.length} bytes are not UTF-8`);
  }
}
