import { readdir } from 'node:fs/promises';

/**
 * Names in `dir` that are not Unicode (Shift-JIS from an old archive, say), by the name under which they were listed; the value
 * says what they are and how to rename them. `names` are those that were listed: without a replacement character among them
 * nothing is read again.
 */
export async function misreadNames(dir: string, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const misread = new Map<string, string>();
  if (!names.some((name) => name.includes('\ufffd'))) return misread;
  for (const bytes of await readdir(dir, { encoding: 'buffer' })) {
    const name = bytes.toString('utf8');
    if (Buffer.from(name).equals(bytes)) continue;
    const shown = [...bytes]
      .map((b) => (b >= 0x20 && b < 0x7f ? String.fromCharCode(b) : `\\x${b.toString(16)}`))
      .join('');
    misread.set(name, `a name that is not UTF-8 (the bytes ${shown}${guess(bytes)}): rename it, ${advice(bytes)}`);
  }
  return misread;
}

/** What the name says if it is Shift-JIS, the likeliest of the old encodings. */
function shiftJis(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('shift_jis', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function guess(bytes: Uint8Array): string {
  const text = shiftJis(bytes);
  return text === undefined ? '' : `, in Shift-JIS '${text}'`;
}

function advice(bytes: Uint8Array): string {
  const from = shiftJis(bytes) === undefined ? 'ITS_ENCODING' : 'shift-jis';
  return `for instance with: convmv -f ${from} -t utf-8 -r --notest FOLDER`;
}
