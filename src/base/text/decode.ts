import { YosegiError } from '../errors.ts';

/**
 * The text in the bytes of a file that a person made, in the encoding their editor used: UTF-8 or UTF-16, with a byte order mark or
 * without, or Shift-JIS (Windows' code page 932, what older Japanese programs write). A mark is taken off.
 * @throws YosegiError that begins with `name` when it is none of these
 */
export function decodeText(bytes: Uint8Array, name: string): string {
  for (const encoding of candidates(bytes)) {
    const text = decoded(bytes, encoding);
    if (text !== undefined) return text;
  }
  throw new YosegiError(
    `${name} is not text in UTF-8, UTF-16 or Shift-JIS: open it in an editor and save it as UTF-8 (or it is no text file)`,
  );
}

type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'shift_jis';

function candidates(bytes: Uint8Array): Encoding[] {
  const [a, b] = bytes;
  if (a === 0xff && b === 0xfe) return ['utf-16le'];
  if (a === 0xfe && b === 0xff) return ['utf-16be'];
  const { even, odd } = zerosAt(bytes);
  // Text has no zero characters. In UTF-16 the ASCII in it (digits, brackets, line breaks) leaves zeros on one side only; a letter
  // such as U+3000 leaves a few on the other.
  if (odd > even) return ['utf-16le'];
  if (even > odd) return ['utf-16be'];
  return even > 0 ? [] : ['utf-8', 'shift_jis'];
}

function zerosAt(bytes: Uint8Array): { even: number; odd: number } {
  const counts = { even: 0, odd: 0 };
  for (let i = bytes.indexOf(0); i >= 0; i = bytes.indexOf(0, i + 1)) counts[i % 2 === 0 ? 'even' : 'odd']++;
  return counts;
}

function decoded(bytes: Uint8Array, encoding: Encoding): string | undefined {
  let text: string;
  try {
    text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
  // What was no UTF-16 has zero characters in it; bytes that Shift-JIS leaves to each maker are those of another encoding.
  const strange = encoding === 'shift_jis' ? /[\ue000-\uf8ff]/ : encoding === 'utf-8' ? undefined : /\0/;
  return strange?.test(text) ? undefined : text;
}
