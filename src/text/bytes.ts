/**
 * The character that stands for each byte in byte-level tokenizers (GPT-2, Radford et al. 2019): printable ones for themselves, the others for
 * characters from U+0100 on, so that no token holds a blank or a control character.
 */
const characters: readonly string[] = (() => {
  const own = (b: number) => (b >= 0x21 && b <= 0x7e) || (b >= 0xa1 && b <= 0xac) || (b >= 0xae && b <= 0xff);
  let next = 0x100;
  return Array.from({ length: 256 }, (_, b) => String.fromCharCode(own(b) ? b : next++));
})();

/** All of them, in the order of the bytes. */
export const byteCharacters = (): readonly string[] => characters;

/** The UTF-8 bytes of a text as these characters. */
export const asBytes = (text: string): string =>
  Array.from(new TextEncoder().encode(text), (b) => characters[b]!).join('');
