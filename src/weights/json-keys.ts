/**
 * The first key that comes twice in one object of `json`, which must be valid JSON: JSON.parse keeps the last of two
 * silently, other readers the first, so a file with both means different things to different programs.
 */
export function duplicateKey(json: string): string | undefined {
  // One set of keys for each open object; undefined for an open array.
  const open: (Set<string> | undefined)[] = [];
  for (let i = 0; i < json.length; i++) {
    const c = json.charCodeAt(i);
    if (c === OPEN_OBJECT) open.push(new Set());
    else if (c === OPEN_ARRAY) open.push(undefined);
    else if (c === CLOSE_OBJECT || c === CLOSE_ARRAY) open.pop();
    else if (c === QUOTE) {
      const end = stringEnd(json, i);
      const keys = open.at(-1);
      if (keys !== undefined && isKey(json, end)) {
        const text = json.slice(i, end);
        // The same key can be spelt with escapes or without.
        const key = text.includes('\\') ? String(JSON.parse(text)) : text.slice(1, -1);
        if (keys.has(key)) return key;
        keys.add(key);
      }
      i = end - 1;
    }
  }
  return undefined;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

/** The place after the closing quote of the string that opens at `start`. */
function stringEnd(json: string, start: number): number {
  let i = start + 1;
  while (json.charCodeAt(i) !== QUOTE) i += json.charCodeAt(i) === BACKSLASH ? 2 : 1;
  return i + 1;
}

function isKey(json: string, end: number): boolean {
  let i = end;
  while (json.charCodeAt(i) <= 0x20) i++;
  return json.charCodeAt(i) === COLON;
}
