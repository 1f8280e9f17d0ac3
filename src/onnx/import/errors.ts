import { YosegiError } from '../../base/errors.ts';

/** One node that cannot be taken, and why. */
export interface Problem {
  /** The node's name in the file (its first output where it has none); empty when the file as a whole is meant. */
  readonly node: string;
  readonly op: string;
  /** Empty for the standard operators. */
  readonly domain: string;
  /** The version of the operator set that the node speaks. */
  readonly opset: number;
  readonly reason: string;
}

const SHOWN = 40;

/** A model that cannot be taken: all nodes that stand in the way, not just the first. */
export class OnnxImportError extends YosegiError {
  override readonly name: string = 'OnnxImportError';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[], options?: ErrorOptions & { readonly hint?: string }) {
    super([messageOf(problems), options?.hint].filter(Boolean).join('\n'), options);
    this.problems = problems;
  }
}

/** An error about the file as a whole. */
export function modelError(reason: string, cause?: unknown): OnnxImportError {
  return new OnnxImportError([{ node: '', op: '', domain: '', opset: 0, reason }], { cause });
}

function messageOf(problems: readonly Problem[]): string {
  if (problems.length === 1 && problems[0]!.op === '') return `cannot take the model: ${problems[0]!.reason}`;
  const lines = problems.slice(0, SHOWN).map(problemText);
  const more = problems.length > SHOWN ? [`  … and ${problems.length - SHOWN} more`] : [];
  const count = problems.length === 1 ? '1 node' : `${problems.length} nodes`;
  return [`cannot take the model because of ${count}:`, ...lines, ...more].join('\n');
}

/** One problem in one line. */
export function problemText({ node, op, domain, opset, reason }: Problem): string {
  const text = cut(reason, 400);
  return op === ''
    ? `  ${text}`
    : `  ${cut(node, 200)} (${domain ? `${cut(domain, 80)}.` : ''}${cut(op, 80)}, opset ${opset}): ${text}`;
}

/** Names in a file can be as long as the file. */
const cut = (text: string, most: number) => (text.length > most ? `${text.slice(0, most)}…` : text);
