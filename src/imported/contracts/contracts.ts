import { check, oneOf, YosegiError } from '../../base/errors.ts';
import { listedBoxes, ssd, tensorflow, yoloRows } from './chosen.ts';
import { type Contract, type FileAnswers, outputsText, type Reading } from './contract.ts';
import { detr, rtDetr } from './detr.ts';
import { yolov5Levels, yolov7Levels, yolov8Levels } from './levels.ts';
import { looseBoxes, yolov7Rows } from './loose.ts';
import { classMap, mask, textMap } from './maps.ts';
import { corners, shares } from './plain.ts';
import { yolov5, yolov6, yolov8, yolox } from './yolo.ts';

/** Every form of outputs that is known. Where two are as likely, the caller is asked. */
const contracts: readonly Contract[] = [
  yolov8,
  yolov5,
  yolov6,
  yolox,
  yolov8Levels,
  yolov5Levels,
  yolov7Levels,
  yoloRows,
  yolov7Rows,
  tensorflow,
  ssd,
  listedBoxes,
  looseBoxes,
  corners,
  shares,
  detr,
  rtDetr,
  classMap,
  mask,
  textMap,
];

export const contractNames: readonly string[] = contracts.map(({ name }) => name);

/** A contract that a file's outputs keep. */
export interface Recognised {
  readonly contract: Contract;
  readonly reading: Reading;
}

/** The contract of this name, read from the outputs. @throws YosegiError where they have another form */
export function contractNamed(name: string, file: FileAnswers): Recognised {
  const contract = contracts[contractNames.indexOf(oneOf('--output', name, contractNames))]!;
  const reading = contract.read(file);
  const named = file.labels ? ` and ${file.labels.length} names of classes` : '';
  check(
    reading,
    () =>
      `the outputs do not have the form of ${name} (${contract.about}): the file gives ${outputsText(file.outputs)}${named}. ` +
      suggestion(candidates(file)),
  );
  return { contract, reading };
}

/** The contract that the outputs surely keep; else all that they may keep. */
export function recognised(file: FileAnswers): { sure: Recognised | undefined; possible: readonly Recognised[] } {
  const possible = candidates(file);
  const sure = possible.filter(({ reading }) => reading.sure);
  return { sure: sure.length === 1 ? sure[0] : undefined, possible };
}

function candidates(file: FileAnswers): Recognised[] {
  return contracts.flatMap((contract) => {
    const reading = contract.read(file);
    return reading ? [{ contract, reading }] : [];
  });
}

function suggestion(possible: readonly Recognised[]): string {
  if (possible.length === 0)
    return 'No contract fits these outputs: end the model before them with --cut VALUE and train a head';
  return `They may be\n${listText(possible)}`;
}

const listText = (possible: readonly Recognised[]) =>
  possible
    .map(({ contract, reading }) => `  --output ${contract.name}: ${contract.about}\n    (${reading.why})`)
    .join('\n');

/** That nobody can say which contract the outputs keep. */
export function unsure(file: FileAnswers, possible: readonly Recognised[]): YosegiError {
  return new YosegiError(
    `what the outputs mean is not sure: ${outputsText(file.outputs)}. Say which it is:\n${listText(possible)}\n` +
      'or end the model before them with --cut VALUE, to train a head of your own.',
  );
}
