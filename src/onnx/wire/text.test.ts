import { expect, it } from 'vitest';
import { OnnxFormatError } from './errors.ts';
import { bytesOfText, textOfBytes } from './text.ts';

it('text goes into bytes and back, a byte-order mark and all', () => {
  for (const text of ['', 'SAME_UPPER', '寄木 🧩', '\ufeffx']) expect(textOfBytes(bytesOfText(text), 'it')).toBe(text);
});

it('bytes that are no text are refused by name', () => {
  const read = () => textOfBytes(Uint8Array.of(0xc3, 0x28), "the attribute 'mode' of 'Resize_3'");
  expect(read).toThrow(OnnxFormatError);
  expect(read).toThrow("the attribute 'mode' of 'Resize_3' is not text: its 2 bytes are not UTF-8");
});
