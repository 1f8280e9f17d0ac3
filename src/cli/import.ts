import { basename } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { YosegiError } from '../base/errors.ts';
import { contractNames } from '../imported/contracts/contracts.ts';
import { importFolder } from '../imported/node/import-folder.ts';
import { type Preset, presetNames } from '../imported/presets.ts';
import { OnnxImportError, problemText } from '../onnx/import/errors.ts';
import { type Device, devices, openRuntime } from '../runtime/node/open.ts';
import { choice } from './arguments.ts';
import { importSummary, importText } from './import-text.ts';

type Triple = [number, number, number];

interface Flags {
  out: string;
  size?: [number, number];
  image?: string;
  logits?: string;
  cut?: string;
  head?: string;
  stages?: string[];
  train?: string[];
  freeze?: string[];
  labels?: string;
  output?: string;
  bgr?: boolean;
  preprocessing?: Preset;
  mean?: Triple;
  std?: Triple;
  check: boolean;
  device: Device;
  force?: boolean;
  verbose?: boolean;
  json?: boolean;
}

/** `yosegi import MODEL.onnx --out FOLDER`: an ONNX model of another tool as a model like any other. */
export function importCommand(): Command {
  return new Command('import')
    .description('take in an ONNX model of another tool, to train, measure and ship it')
    .argument('<file>', 'an .onnx file, as PyTorch, Keras (tf2onnx) and others write it')
    .requiredOption('--out <folder>', 'the model folder to write')
    .option('--size <pixels>', 'image size, 224 or 480x640 (height x width), where the file leaves it open', imageSize)
    .option('--image <name>', 'the input that takes images')
    .option('--logits <name>', 'the output with the logits')
    .option('--cut <value>', 'end the model at this value, whatever comes behind; a new head goes there')
    .option('--head <value>', 'put new heads on this value, not on what the last layer reads')
    .option(
      '--stages <values...>',
      'where the stem and each stage end, for exits beside it (default: found by their sizes)',
    )
    .option('--train <patterns...>', 'train only tensors of these names, * for any characters (default: all weights)')
    .option('--freeze <patterns...>', 'hold tensors of these names as they are')
    .option('--labels <file>', 'names of the classes, one a line')
    .addOption(
      choice(
        '--output <contract>',
        'what the outputs of a detector or segmenter mean, where they do not say it themselves',
        contractNames,
      ),
    )
    .addOption(choice('--preprocessing <name>', 'what pixels become before the network', presetNames))
    .option('--mean <values>', 'red,green,blue of pixel values in 0 … 1', triple(-1, 1))
    .option('--std <values>', 'red,green,blue of pixel values in 0 … 1', triple(1e-6, 16))
    .option('--bgr', 'the network takes blue, green, red (default: as files of its contract do)')
    .option('--no-bgr', 'the network takes red, green, blue')
    .option('--no-check', 'do not compare the imported model with the file')
    .addOption(choice('--device <device>', 'where they are compared', devices).default('auto'))
    .option('--force', 'replace a model that is in the folder already')
    .option('--verbose', 'list every tensor')
    .option('--json', 'print everything as JSON')
    .action(run);
}

async function run(file: string, flags: Flags): Promise<void> {
  const { out, check: checks, device, verbose, json, preprocessing: preset, mean, std, ...options } = flags;
  const runtime = checks
    ? await openRuntime({ device, onNotice: (line) => process.stderr.write(`${line}\n`) })
    : undefined;
  try {
    const imported = await importFolder(file, out, {
      ...options,
      preset,
      preprocessing: { ...(mean && { mean }), ...(std && { std }) },
      runtime,
    });
    const summary = importSummary(imported, preset === undefined && mean === undefined && std === undefined);
    process.stdout.write(`${json ? JSON.stringify(summary, null, 2) : importText(summary, verbose)}\n`);
  } catch (error) {
    throw error instanceof YosegiError ? inFlags(error, basename(file)) : error;
  } finally {
    await runtime?.close();
  }
}

/** The library speaks of its options, the command line of flags; and here all that is in the way is listed. */
function inFlags(error: YosegiError, file: string): YosegiError {
  const flagged = (text: string) =>
    text.replace(/options\.(size|image|logits|labels|head)\b/g, '--$1').replaceAll('options.inputs', '--size');
  const problems = error instanceof OnnxImportError ? error.problems.filter((p) => p.op !== '') : [];
  if (problems.length === 0) return new YosegiError(flagged(error.message), { cause: error });
  const hint = flagged(/\n(The input .*)$/.exec(error.message)?.[1] ?? '');
  const lines = [
    `cannot take ${file} because of ${problems.length} ${problems.length === 1 ? 'node' : 'nodes'}:`,
    ...problems.map((p) => flagged(problemText(p))),
    ...(hint ? [hint] : []),
    'Where this stands behind the features that you want, end the model before it: --cut VALUE.',
  ];
  return new YosegiError(lines.join('\n'), { cause: error });
}

/** Height and width: networks for small pictures exist. */
function imageSize(text: string): [number, number] {
  const parts = text.toLowerCase().split('x').map(Number);
  const [height, width = height] = parts;
  if (parts.length <= 2 && parts.every((v) => Number.isInteger(v) && v >= 1 && v <= 8192)) return [height!, width!];
  throw new InvalidArgumentError('It must be pixels, as 64 or 96x128 (height x width).');
}

/** Three numbers with commas between, or one for all channels. */
function triple(low: number, high: number): (text: string) => Triple {
  return (text) => {
    const parts = text.split(',');
    const numbers = parts.map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
    const [r, g = r, b = r] = numbers;
    if ((parts.length === 1 || parts.length === 3) && numbers.every((v) => v >= low && v <= high)) return [r!, g!, b!];
    throw new InvalidArgumentError(
      `It must be three numbers with commas between, of pixel values in 0 … 1: numbers for 0 … 255 are divided by 255.`,
    );
  };
}
