import stringWidth from 'string-width';

/** How many terminal cells `text` takes: Chinese, Japanese and Korean characters and emoji take two, combining marks none. */
export const widthOf = (text: string): number => stringWidth(text);

/**
 * `text` without what could steer a terminal (escape sequences, line breaks, direction marks): a file may have any name. The
 * joiners inside emoji and Persian or Indian words steer nothing and stay.
 */
export function plain(text: string): string {
  return text.replace(/(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd');
}

/** The same for a text of several lines: line breaks stay. */
export function plainLines(text: string): string {
  return text.split('\n').map(plain).join('\n');
}

/** JSON of a value, with what could steer a terminal written as \uXXXX: the same value, safe to show. */
export function plainJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(/(?![\n\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (found) =>
    Array.from({ length: found.length }, (_, i) => `\\u${found.charCodeAt(i).toString(16).padStart(4, '0')}`).join(''),
  );
}

/** `text` filled with spaces to `width` cells, or cut with an ellipsis in its middle so that both ends stay readable. */
export function fitted(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  let out = plain(text);
  if (widthOf(out) > width) {
    const [head, tail] = [[...out], [] as string[]];
    tail.push(...head.splice(Math.ceil(head.length / 2)));
    while (widthOf(head.join('')) + widthOf(tail.join('')) + 1 > width && head.length + tail.length > 0) {
      if (head.length >= tail.length) head.pop();
      else tail.shift();
    }
    out = width > 0 ? `${head.join('')}…${tail.join('')}` : '';
  }
  const space = ' '.repeat(Math.max(0, width - widthOf(out)));
  return align === 'left' ? out + space : space + out;
}
