import type { Image } from './image.ts';

/** Pixels a letter of the built-in typeface takes, with the space after it. */
export const letterWidth = 6;
const letterHeight = 8;

// Our own 5×8 typeface for the characters from ' ' to '~': eight rows each, a row's five pixels as one base-32 digit.
// Built in, because a bare server or container has no fonts.
const glyphs =
  '0000000044444040aa000000aavavaa04fke5u40pq248bj0cik8lid04400000024888420842224800level00044v4400' +
  '00000664000e000000000cc0122488g0ehjlphe04c4444e0eh168gv0v2421he026aiv220vgu11he068guhhe0v1244440' +
  'ehhehhe0ehhf12c00cc0cc000cc0cc40248g842000v0v00084212480eh164040ehnlngf0ehhvhhh0uhhuhhu0ehggghe0' +
  'sihhhis0vgguggv0vgguggg0ehgnhhe0hhhvhhh0e44444e072222ic0hikokih0ggggggv0hrllhhh0hppljjh0ehhhhhe0' +
  'uhhuggg0ehhhlid0uhhukih0fgge11u0v4444440hhhhhhe0hhhhaa40hhhllrh0hha4ahh0hha44440v1248gv0e88888e0' +
  'g8842210e22222e04ah000000000000v8400000000e1fhf0gguhhhu000fgggf011fhhhf000ehvge0688s888000fhhf1e' +
  'gguhhhh040c444e02062222cggikoki0c44444e000qllll000uhhhh000ehhhe000uhhugg00fhhf1100moggg000fge1u0' +
  '88s8886000hhhjd000hhha4000hllla000ha4ah000hhhf1e00v248v03448443044444440o44244o008l20000';

/** An RGB colour, 0 … 255. */
export type Colour = readonly [number, number, number];

/** Whether the built-in typeface has all characters of `text`. */
export function canDraw(text: string): boolean {
  return /^[ -~]*$/.test(text);
}

/**
 * Writes one line of text into the picture with its upper left corner at (x, y), each point of a letter `scale`
 * pixels large. What does not fit is cut off; characters that the typeface lacks become '?'.
 */
export function drawText(picture: Image, x: number, y: number, text: string, colour: Colour, scale = 1): void {
  for (const [k, letter] of [...text].entries()) {
    const index = canDraw(letter) ? letter.charCodeAt(0) - 32 : 31;
    for (let row = 0; row < letterHeight; row++) {
      const bits = Number.parseInt(glyphs[index * letterHeight + row]!, 32);
      for (let column = 0; column < 5; column++) {
        if ((bits >> (4 - column)) & 1) {
          fillBox(picture, x + (k * letterWidth + column) * scale, y + row * scale, scale, scale, colour);
        }
      }
    }
  }
}

/** Fills a rectangle with a colour; what lies outside the picture is cut off. */
export function fillBox(picture: Image, x: number, y: number, width: number, height: number, colour: Colour): void {
  const right = Math.min(picture.width, x + width);
  const bottom = Math.min(picture.height, y + height);
  for (let v = Math.max(0, y); v < bottom; v++) {
    for (let u = Math.max(0, x); u < right; u++) picture.data.set(colour, (v * picture.width + u) * 3);
  }
}

/** Draws a rectangle's edge, `thick` pixels wide, inwards from its corners (rounded); what lies outside the picture is cut off. */
export function strokeBox(
  picture: Image,
  [left, top, right, bottom]: readonly [number, number, number, number],
  colour: Colour,
  thick = 1,
): void {
  const [x, y] = [Math.round(left), Math.round(top)];
  // Even the smallest box is seen.
  const [width, height] = [Math.max(2, Math.round(right) - x), Math.max(2, Math.round(bottom) - y)];
  const t = Math.min(thick, Math.ceil(width / 2), Math.ceil(height / 2));
  fillBox(picture, x, y, width, t, colour);
  fillBox(picture, x, y + height - t, width, t, colour);
  fillBox(picture, x, y, t, height, colour);
  fillBox(picture, x + width - t, y, t, height, colour);
}

/** Copies `part` into the picture with its upper left corner at (x, y); what does not fit is cut off. */
export function paste(picture: Image, part: Image, x: number, y: number): void {
  const left = Math.max(0, -x);
  const length = Math.min(part.width, picture.width - x) - left;
  if (length <= 0) return;
  for (let row = Math.max(0, -y); row < part.height && y + row < picture.height; row++) {
    const from = (row * part.width + left) * 3;
    picture.data.set(part.data.subarray(from, from + length * 3), ((y + row) * picture.width + x + left) * 3);
  }
}
