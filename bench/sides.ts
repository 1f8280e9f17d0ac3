import type { Exported } from './exported.ts';
import { type Message, Peer } from './protocol.ts';
import { peerModel, type Subject } from './subjects.ts';
import { root } from './venv.ts';

/** PyTorch's modes by what they are raced in; what they are is said in bench/peers/modes.py, which has the same names. */
const eachWay = ['eager', 'channels_last', 'compile', 'compile_channels_last'] as const;
export const torchModes = {
  train: eachWay,
  infer: [...eachWay, 'frozen', 'frozen_channels_last', 'optimized', 'compile_frozen'],
} as const;

/** The modes that a race has: all, or those asked for; of some races a quick one has none that are compiled. */
export const modesOf = (
  kind: keyof typeof torchModes,
  { modes, compiled = true }: { readonly modes?: readonly string[]; readonly compiled?: boolean },
) => torchModes[kind].filter((m) => (!modes || modes.includes(m)) && (compiled || !m.startsWith('compile')));

export const PLAIN = 'plain ONNX Runtime';

/** Whose a side is: ours, PyTorch in one of its modes, or the network that PyTorch exported on stock ONNX Runtime. */
export type Kind = 'yosegi' | 'torch' | 'plain';

/** One competitor in a race, in a process of its own. */
export interface Side {
  readonly kind: Kind;
  readonly name: string;
  start(): Peer;
  /** What its process is asked to prepare. */
  readonly request: Message;
  /** Numbers of its network, where its process cannot say. */
  readonly parameters?: number;
}

export const startNode = (name: string, file: string, env = {}) =>
  new Peer(name, process.execPath, ['--import', 'tsx', `${root}bench/${file}`], env);

export const startOurs = (env = {}) => startNode('yosegi', 'ours.ts', env);
export const startPeer = (python: string, name = 'torch') => new Peer(name, python, [`${root}bench/peers/peer.py`]);
/** Nothing leaves the machine here either (src/runtime/node/quiet.ts). */
export const startPlain = () => startNode(PLAIN, 'plain.ts', { ORT_DISABLE_TELEMETRY: '1' });

/** All sides of a subject, ours first. */
export function sidesOf(
  subject: Subject,
  { python, modes }: { readonly python: string; readonly modes?: readonly string[] },
  file?: Exported,
): Side[] {
  const model = peerModel(subject);
  return [
    { kind: 'yosegi', name: 'yosegi', start: startOurs, request: subject },
    ...modesOf(subject.mode, { modes }).map((variant): Side => {
      const name = `torch ${variant}`;
      return {
        kind: 'torch',
        name,
        start: () => startPeer(python, name),
        request: { ...subject, ...model, variant },
      };
    }),
    ...(file ? [plainSide(file)] : []),
  ];
}

function plainSide(file: Exported): Side {
  const { file: path, shape, parameters } = file;
  return { kind: 'plain', name: PLAIN, start: startPlain, request: { file: path, shape }, parameters };
}

/** The sentence that says what was raced. */
export const sidesText = `PyTorch is raced in these modes: ${torchModes.train.join(', ')};
in inference also ${torchModes.infer.slice(eachWay.length).join(', ')} (weights constant, batch normalisation folded).`;
