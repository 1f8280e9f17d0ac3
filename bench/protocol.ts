import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { messageOf, YosegiError } from '../src/base/errors.ts';

/** JSON lines between the bench and the processes it races: one request a line, one answer a line, in order. */
export type Message = Readonly<Record<string, unknown>>;

interface Waiting {
  readonly resolve: (answer: Message) => void;
  readonly reject: (error: Error) => void;
}

/** A process that is asked one thing after another. What it prints to stderr is kept for the case that it ends. */
export class Peer {
  readonly #child: ChildProcess;
  readonly #waiting: Waiting[] = [];
  readonly name: string;
  #said = '';

  constructor(name: string, command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.name = name;
    this.#child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    this.#child.stderr!.on('data', (text) => {
      this.#said = (this.#said + text).slice(-2000);
    });
    // A process that is gone is reported once, by 'exit'.
    this.#child.stdin!.on('error', () => {});
    this.#child.once('error', (error) => this.#fail(`does not start: ${error.message}`));
    this.#child.once('exit', (code, signal) => this.#fail(`ended (${signal ?? code}): ${this.#said.trim()}`));
    createInterface({ input: this.#child.stdout! }).on('line', (line) => {
      const next = this.#waiting.shift();
      const answer = JSON.parse(line) as Message;
      if (answer.ok) next?.resolve(answer);
      else next?.reject(new YosegiError(`${this.name}: ${String(answer.error)}`));
    });
  }

  /** Sends a request; the answer's fields, or an error that carries the peer's own words. */
  ask<T = Message>(cmd: string, fields: Message = {}): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve: (answer) => resolve(answer as T), reject });
      this.#child.stdin!.write(`${JSON.stringify({ cmd, ...fields })}\n`);
    });
  }

  /** Ends the process and waits until it is gone, so that its memory and threads are free for the next. */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.stdin!.end(`${JSON.stringify({ cmd: 'exit' })}\n`);
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 10_000);
    await gone;
    clearTimeout(timer);
  }

  #fail(why: string): void {
    for (const { reject } of this.#waiting.splice(0)) reject(new YosegiError(`${this.name} ${why}`));
  }
}

/** The other end: answers every request with what its handler gives, until `exit` or the end of the input. */
export async function answerRequests(handlers: Readonly<Record<string, (request: Message) => Promise<Message>>>) {
  for await (const line of createInterface({ input: process.stdin })) {
    if (!line.trim()) continue;
    const request = JSON.parse(line) as Message;
    if (request.cmd === 'exit') break;
    let answer: Message;
    try {
      const handle = handlers[String(request.cmd)];
      if (!handle)
        throw new YosegiError(`unknown request '${request.cmd}'; known: ${Object.keys(handlers).join(', ')}`);
      answer = { ok: true, ...(await handle(request)) };
    } catch (error) {
      answer = { ok: false, error: messageOf(error) };
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
  process.exit(0);
}
