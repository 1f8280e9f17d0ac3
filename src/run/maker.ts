import { check, YosegiError } from '../base/errors.ts';
import { conform } from '../base/json.ts';
import type { Tensor } from '../base/tensor.ts';
import type { Image } from '../data/image.ts';
import { denormalised, type Preprocessing } from '../data/preprocess.ts';
import type { LatentShape } from '../models/autoencoder/autoencoder.ts';
import type { Program } from '../runtime/runtime.ts';
import type { WantedPicture } from '../tasks/making.ts';
import type { Task } from '../tasks/task.ts';
import { decodedBy } from '../train/latents.ts';
import type { CaptionReader } from './caption-reader.ts';
import { begunFrom, type FromPicture } from './from-picture.ts';
import { called } from './looks.ts';

/** A network that makes pictures, ready to. */
export interface Maker {
  readonly classes: readonly string[];
  readonly preprocessing: Preprocessing;
  /** Who reads captions, where pictures are asked for in words; undefined where classes are. */
  readonly captions: Pick<CaptionReader, 'shape' | 'cuts'> | undefined;
  /** Makes pictures, a batch at a time. `making` are the task's options of making, checked here. */
  make(wanted: readonly WantedPicture[], options?: MakeOptions): Promise<MadePictures>;
  close(): Promise<void>;
}

export interface MakeOptions {
  readonly making?: unknown;
  /** A picture that they begin as; noise alone where it is left out. */
  readonly from?: FromPicture;
  /** Pictures at a time; default 16. */
  readonly batch?: number;
  readonly onStep?: (done: number, of: number) => void;
  /** After each look of the network: what it thinks that this batch will show, from a blur on. `step` counts from 0. */
  readonly onLook?: (pictures: readonly Image[], step: number, of: number) => void;
}

export interface MadePictures {
  readonly pictures: readonly Image[];
  /** How often the network looked at each. */
  readonly evaluations: number;
  /** The picture that they began as, fitted to the network's size; where they did. */
  readonly from?: Image;
}

/** What a maker has to know besides its program. */
export interface MakerParts {
  readonly task: Task;
  readonly taskOptions: unknown;
  readonly classes: readonly string[];
  /** What the network takes and gives: channels, and height and width. */
  readonly shape: LatentShape;
  readonly preprocessing: Preprocessing;
  readonly program: Program;
  /** Computes what `program` is told in the place of its inputs beside the picture, where the network comes in two (looks.ts). */
  readonly teller?: Program | undefined;
  /** Makes pictures of what the network gives, where those are latents. */
  readonly decoder?: Program | undefined;
  /** Reads captions, where the network is told such. */
  readonly captions?: CaptionReader | undefined;
}

/** What of it is programs. */
export type MakerPrograms = Pick<MakerParts, 'program' | 'teller' | 'decoder' | 'captions'>;

/** A maker with the shipped network of a task as its program. */
export function makerOf(parts: MakerParts): Maker {
  const { task, taskOptions, classes, preprocessing, program, teller, decoder, captions } = parts;
  const network = called(program, teller);
  const { makes } = task;
  check(makes, () => `the task ${task.name} answers about pictures and makes none: use yosegi predict`);
  const shape = [parts.shape.channels, ...parts.shape.size] as const;
  const seen = async (made: Tensor<'float32'>) =>
    denormalised(decoder ? await decodedBy(decoder, made) : made, preprocessing);
  return {
    classes,
    preprocessing,
    captions,
    make: async (wanted, { making = {}, from, batch = 16, onStep, onLook } = {}) => {
      const checked = conform(making, makes.options, (problem) => new YosegiError(`what was chosen ${problem}`));
      check(
        !from || !decoder,
        'what begins as a picture needs a network that works on pixels; this one works on an autoencoder’s latents: leave out --from',
      );
      const begun = from && begunFrom(from, preprocessing);
      checkWishes(wanted, captions !== undefined, classes);
      const pictures: Image[] = [];
      let evaluations = 0;
      const portions = Math.ceil(wanted.length / batch);
      for (let i = 0; i < portions; i++) {
        const some = wanted.slice(i * batch, (i + 1) * batch);
        const made = await makes.make(network, some, {
          ...{ shape, classes: classes.length, options: taskOptions, making: checked },
          ...(captions && { read: (texts: readonly string[]) => captions.read(texts) }),
          ...(begun && { from: begun.origin }),
          onStep: (done, of) => onStep?.(i * of + done, portions * of),
          ...(onLook && {
            onLook: (estimated: Tensor<'float32'>, step: number, of: number) =>
              seen(estimated).then((looks) => onLook(looks, step, of)),
          }),
        });
        pictures.push(...(await seen(made.pictures)));
        evaluations = made.evaluations;
      }
      return { pictures, evaluations, ...(begun && { from: begun.fitted }) };
    },
    close: async () => {
      await program.close();
      await teller?.close();
      await decoder?.close();
      await captions?.close();
    },
  };
}

/** @throws YosegiError where pictures are asked for in words and the network knows classes, or the other way round */
function checkWishes(wanted: readonly WantedPicture[], told: boolean, classes: readonly string[]): void {
  check(
    told || wanted.every(({ text }) => text === undefined),
    () => `this network knows classes, no captions: ask for one of ${classes.join(', ')}`,
  );
  check(
    !told || wanted.every(({ label }) => label === undefined),
    'this network is told captions and knows no classes: say in words what pictures should show',
  );
}
