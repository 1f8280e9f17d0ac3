import { bar, bytesText, digits, short } from '../base/text/numbers.ts';
import { percent } from '../base/text/percent.ts';
import { table } from '../base/text/table.ts';
import type { ModelProfile } from './profile.ts';

const PYRAMID = 28;
const SHARE = 10;

/** A model's profile as `yosegi info` prints it: the layout, the pyramid of its stages, and where the work is. */
export function profileText(p: ModelProfile): string {
  const rows = p.parts.map((part) => [
    part.name,
    part.shape.join(' × '),
    level(part.shape, p.size[1]),
    short(part.parameters),
    short(part.macs),
    percent(part.share),
    bar(part.share, SHARE),
  ]);
  const image = [p.channels, ...p.size];
  return [
    `${p.name}: ${p.channels} × ${p.size.join(' × ')} → ${outputText(p)}`,
    `${short(p.parameters)} parameters, ${short(p.macs)} MACs an image, weights ${bytesText(p.weightBytes)}`,
    '',
    ...pictureLines(p.picture),
    '',
    table(
      [
        ['part', 'output', 'pyramid', 'parameters', 'MACs', 'work', ''],
        ['image', image.join(' × '), level(image, p.size[1]), '', '', '', ''],
        ...rows,
        ['total', '', '', short(p.parameters), short(p.macs), '', ''],
      ],
      { left: [0, 2, 6] },
    ),
    ...stageLines(p),
    ...settingLines(p),
    ...exitLines(p),
  ].join('\n');
}

const outputText = ({ outputs, classes }: ModelProfile) =>
  outputs?.map(({ name, shape }) => `${name} ${shape.join(' × ')}`).join(', ') ?? `${classes} classes`;

/** The feature maps: a level is what a pyramid is asked for, the size what the map has. */
function stageLines({ stages }: ModelProfile): string[] {
  if (stages.length === 0) return [];
  const rows = stages.map((s) => [
    s.name,
    String(s.level),
    String(s.channels),
    `${s.height} × ${s.width}`,
    [...new Set(s.stride.map(digits))].join(' × '),
  ]);
  return ['', table([['stage', 'level', 'channels', 'size', 'pixels a cell'], ...rows])];
}

/** The configuration, and what its fields mean. */
function settingLines({ settings }: ModelProfile): string[] {
  if (settings.length === 0) return [];
  const rows = settings.map((s) => [s.name, valueText(s.value), s.meaning]);
  return ['', table([['setting', 'value', 'meaning'], ...rows], { left: [0, 1, 2] })];
}

function valueText(value: unknown): string {
  if (typeof value === 'string') return value;
  return Array.isArray(value) && !value.some(Array.isArray) ? value.map(String).join(', ') : JSON.stringify(value);
}

/** What an image costs that leaves at each exit. */
function exitLines({ exits, macs }: ModelProfile): string[] {
  if (!exits) return [];
  const rows = exits.map((e) => [e.name, short(e.macs), percent(e.macs / macs)]);
  return ['', table([['exit', 'MACs up to it', 'work'], ...rows])];
}

/** The row of a feature map in the pyramid, its width in proportion; nothing for vectors. */
function level(shape: readonly number[], across: number): string {
  if (shape.length !== 3) return '';
  const width = Math.max(1, Math.round((PYRAMID * shape[2]!) / across));
  return ' '.repeat(Math.floor((PYRAMID - width) / 2)) + '█'.repeat(width);
}

const glyphs: readonly (readonly [string, string])[] = [
  ['▣', 'convolution block'],
  ['◈', 'attention block'],
];

function pictureLines(picture: string): string[] {
  const legend = glyphs.filter(([glyph]) => picture.includes(glyph)).map(([glyph, what]) => `${glyph} ${what}`);
  return [`  ${picture}`, ...(legend.length > 0 ? [`  ${legend.join('   ')}   number: channels`] : [])];
}

/** One line for each of many models, in columns. */
export function profileList(profiles: readonly ModelProfile[]): string {
  return table(
    [
      ['model', 'size', 'parameters', 'MACs', 'layout'],
      ...profiles.map((p) => [p.name, p.size.join('×'), short(p.parameters), short(p.macs), p.picture]),
    ],
    { left: [0, 4] },
  );
}
