import { messageOf } from '../../../base/errors.ts';
import { startChild } from '../child.ts';

/** How a piece of work in a process of its own went. */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false;
      /** `failed`: it said why. `crashed`: it ended without a word. `late`: it was stopped. */
      readonly kind: 'failed' | 'crashed' | 'late';
      readonly reason: string;
      readonly signal?: string;
    };

/** What the child sends, once. */
export type Report<T> = { readonly value: T } | { readonly error: string };

export interface IsolateOptions {
  readonly seconds: number;
  readonly execArgv?: readonly string[];
}

/** Runs the module `name` (see startChild) in a process of its own, which may fail, crash or hang without harm. */
export function isolated<T>(
  metaUrl: string,
  name: string,
  args: readonly string[],
  { seconds, execArgv = [] }: IsolateOptions,
): Promise<Outcome<T>> {
  const child = startChild(metaUrl, name, args, { execArgv: [...execArgv] });
  let said = '';
  let report: Report<T> | undefined;
  let late = false;
  child.stderr?.on('data', (d) => {
    said = (said + d).slice(-2000);
  });
  child.stdout?.resume();
  child.on('message', (m: Report<T>) => {
    report = m;
    // It has said what it had to: a library that does not let go must not hold us up.
    setTimeout(() => child.kill('SIGKILL'), 1000).unref();
  });
  const timer = setTimeout(() => {
    late = true;
    child.kill('SIGKILL');
  }, seconds * 1000);
  return new Promise((resolve) => {
    const done = (outcome: Outcome<T>) => {
      clearTimeout(timer);
      resolve(outcome);
    };
    child.on('error', (error) => done({ ok: false, kind: 'crashed', reason: messageOf(error) }));
    child.on('close', (code, signal) => {
      if (report && 'value' in report) done({ ok: true, value: report.value });
      else if (report) done({ ok: false, kind: 'failed', reason: report.error });
      else if (late) done({ ok: false, kind: 'late', reason: `it was stopped after ${seconds} s` });
      else {
        const how = signal ? `it crashed (${signal})` : `it ended without an answer (exit code ${code})`;
        const last = said.trim().split('\n').at(-1);
        done({ ok: false, kind: 'crashed', reason: last ? `${how}: ${last}` : how, ...(signal && { signal }) });
      }
    });
  });
}
