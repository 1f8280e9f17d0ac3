import { writeFile } from 'node:fs/promises';
import sharp from 'sharp';
import { messageOf, YosegiError } from '../../base/errors.ts';
import { spread } from '../../base/spread.ts';
import { classColour } from '../../data/class-colours.ts';
import { type Colour, canDraw, drawText, fillBox, letterWidth, paste } from '../../data/draw.ts';
import { type Image, image } from '../../data/image.ts';
import { useSource } from '../../data/node/source.ts';
import { fit as fitTo, placementOf, preprocessing } from '../../data/preprocess.ts';
import { splits } from '../../tasks/splits.ts';
import { median } from '../../tasks/survey.ts';
import type { Dataset, Item } from './dataset.ts';

const GAP = 6;
const LINE = 22;
const MOST_CLASSES = 100;
const ink: Colour = [30, 30, 30];

/** A row of the sheet: pictures that have something in common. */
interface Row {
  readonly name: string;
  readonly items: readonly Item[];
  /** Of what is drawn on the pictures. */
  readonly colour?: Colour;
}

/**
 * A contact sheet: for each class its name, its number of pictures and up to `perClass` of them, spread evenly over the class, each fitted
 * into a square of `side` pixels (96; where labels are drawn, 200, and as wide as most pictures are), and the pictures that show none. More than
 * 100 classes are cut off, with a line that says so.
 */
export async function contactSheet(dataset: Dataset, perClass = 10, side?: number): Promise<Image> {
  const { task } = dataset;
  const all = rowsOf(dataset);
  const shown = all.slice(0, MOST_CLASSES);
  const height = side ?? (task.draw ? 200 : 96);
  const width = task.draw ? Math.round(height * usualShape(dataset)) : height;
  const row = LINE + height + GAP;
  const cut = all.length - shown.length;
  const sheet = image(GAP + perClass * (width + GAP), GAP + shown.length * row + (cut > 0 ? LINE : 0));
  fillBox(sheet, 0, 0, sheet.width, sheet.height, [255, 255, 255]);
  const thumb = preprocessing({ size: [height, width], cropMode: 'border', mean: [0.93, 0.93, 0.93] });
  for (const [i, { name, items, colour }] of shown.entries()) {
    const top = GAP + i * row;
    if (colour) fillBox(sheet, GAP, top, LINE - 8, LINE - 8, colour);
    await write(sheet, GAP + (colour ? LINE : 0), top, `${name} (${items.length})`);
    const pictures = spread(items, perClass).map(({ source, target }) =>
      useSource(source, dataset.engine.decode, ({ image: picture }) => {
        const small = fitTo(picture, thumb);
        task.draw?.(small, target, placementOf(picture.width, picture.height, thumb));
        return small;
      }),
    );
    for (const [k, picture] of (await Promise.all(pictures)).entries()) {
      paste(sheet, picture, GAP + k * (width + GAP), top + LINE - 2);
    }
  }
  if (cut > 0) await write(sheet, GAP, GAP + shown.length * row, `... and ${cut} more classes`);
  return sheet;
}

/** Pictures of one size in rows, each under its name. */
export async function rowsSheet(
  rows: readonly { readonly name: string; readonly pictures: readonly Image[] }[],
): Promise<Image> {
  const all = rows.flatMap(({ pictures }) => pictures);
  const [width, height] = [Math.max(1, ...all.map((p) => p.width)), Math.max(1, ...all.map((p) => p.height))];
  const most = Math.max(1, ...rows.map(({ pictures }) => pictures.length));
  const row = LINE + height + GAP;
  const sheet = image(Math.max(240, GAP + most * (width + GAP)), GAP + rows.length * row);
  fillBox(sheet, 0, 0, sheet.width, sheet.height, [255, 255, 255]);
  for (const [i, { name, pictures }] of rows.entries()) {
    const top = GAP + i * row;
    await write(sheet, GAP, top, name);
    for (const [k, picture] of pictures.entries()) paste(sheet, picture, GAP + k * (width + GAP), top + LINE - 2);
  }
  return sheet;
}

/** The classes, without the one that every picture shows; where a picture may show none, those that do. */
function rowsOf({ task, classes, items }: Dataset): Row[] {
  const all = splits.flatMap((split) => items[split]);
  const rows = classes.flatMap((name, label): Row[] => {
    if (label === task.survey?.background) return [];
    const own = all.filter(({ target }) => task.shows(target).includes(label));
    return [
      {
        name,
        items: own,
        ...(task.draw && { colour: classColour(task.survey?.background === 0 ? label - 1 : label) }),
      },
    ];
  });
  const none = task.survey ? all.filter(({ target }) => task.shows(target).length === 0) : [];
  return none.length > 0 ? [...rows, { name: rows.length > 0 ? 'none of them' : 'pictures', items: none }] : rows;
}

/** Width over height of the pictures in the middle, between 1 and 2.5. */
function usualShape({ items }: Dataset): number {
  const shapes = splits.flatMap((split) => items[split].map(({ width, height }) => width / height));
  return Math.min(2.5, Math.max(1, median(shapes) || 1));
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
