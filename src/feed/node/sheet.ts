import { writeFile } from 'node:fs/promises';
import sharp from 'sharp';
import { messageOf, YosegiError } from '../../base/errors.ts';
import { type Colour, canDraw, drawText, fillBox, letterWidth, paste } from '../../data/draw.ts';
import { type Image, image } from '../../data/image.ts';
import { useSource } from '../../data/node/source.ts';
import { fit as fitTo, placementOf, preprocessing } from '../../data/preprocess.ts';
import { splits } from '../../tasks/splits.ts';
import type { Dataset, Item } from './dataset.ts';

const GAP = 6;
const LINE = 22;
const MOST_CLASSES = 100;
const ink: Colour = [30, 30, 30];

/**
 * A contact sheet: for each class its name, its number of pictures and up to `perClass` of them, spread evenly over the
 * class, each fitted into a square of `side` pixels. More than 100 classes are cut off, with a line that says so.
 */
export async function contactSheet(dataset: Dataset, perClass = 10, side = 96): Promise<Image> {
  const all = splits.flatMap((split) => dataset.items[split]);
  const shown = dataset.classes.slice(0, MOST_CLASSES);
  const row = LINE + side + GAP;
  const cut = dataset.classes.length - shown.length;
  const sheet = image(GAP + perClass * (side + GAP), GAP + shown.length * row + (cut > 0 ? LINE : 0));
  fillBox(sheet, 0, 0, sheet.width, sheet.height, [255, 255, 255]);
  const thumb = preprocessing({ size: side, cropMode: 'border', mean: [0.93, 0.93, 0.93] });
  for (const [label, name] of shown.entries()) {
    const own = all.filter((item) => dataset.task.shows(item.target).includes(label));
    const top = GAP + label * row;
    await write(sheet, GAP, top, `${name} (${own.length})`);
    const pictures = spread(own, perClass).map(({ source, target }) =>
      useSource(source, dataset.engine.decode, ({ image: picture }) => {
        const small = fitTo(picture, thumb);
        dataset.task.draw?.(small, target, placementOf(picture.width, picture.height, thumb));
        return small;
      }),
    );
    for (const [k, picture] of (await Promise.all(pictures)).entries()) {
      paste(sheet, picture, GAP + k * (side + GAP), top + LINE - 2);
    }
  }
  if (cut > 0) await write(sheet, GAP, GAP + shown.length * row, `... and ${cut} more classes`);
  return sheet;
}

/** At most `most` of the items, at even distances. */
function spread(items: readonly Item[], most: number): Item[] {
  const count = Math.min(most, items.length);
  return Array.from({ length: count }, (_, k) => items[Math.floor((k * items.length) / count)]!);
}

/** A line of text: in the built-in typeface, or with the system's fonts where that lacks a character. */
async function write(sheet: Image, x: number, y: number, text: string): Promise<void> {
  const line = canDraw(text) ? undefined : await typeset(text);
  if (line) paste(sheet, line, x, y);
  else drawText(sheet, x, y, shortened(text, sheet.width - x), ink, 2);
}

/** Text set by libvips with the system's fonts; undefined where it has none. */
async function typeset(text: string): Promise<Image | undefined> {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  try {
    const { data, info } = await sharp({ text: { text: escaped, font: 'sans', rgba: true, height: LINE - 6 } })
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true });
    return info.channels === 3 ? image(info.width, info.height, Uint8Array.from(data)) : undefined;
  } catch {
    return undefined;
  }
}

function shortened(text: string, width: number): string {
  const most = Math.floor(width / (letterWidth * 2));
  return text.length <= most ? text : `${text.slice(0, Math.max(0, most - 2))}..`;
}

/**
 * Writes a picture as a PNG file.
 * @throws YosegiError when the file cannot be written
 */
export async function writePng(path: string, { width, height, data }: Image): Promise<void> {
  try {
    await writeFile(
      path,
      await sharp(data, { raw: { width, height, channels: 3 } })
        .png()
        .toBuffer(),
    );
  } catch (error) {
    throw new YosegiError(`${path} cannot be written: ${messageOf(error)}`);
  }
}
