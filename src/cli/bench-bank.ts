import { table } from '../base/text/table.ts';
import { type BankBenchmark, benchmarkBank, MIXED } from '../diffs/node/bench-bank.ts';
import { openRuntime } from '../runtime/node/open.ts';

/** What `bench --bank` measures. */
export interface BankFlags {
  readonly bank: readonly string[];
  readonly bankTasks: readonly number[];
  readonly threads?: number[];
  readonly seconds: number;
  readonly runs: number;
  readonly json?: boolean;
}

/** `yosegi bench BACKBONE --bank DIFF…`: tasks in one session of their backbone, beside as many merged networks. */
export async function benchBank(base: string, flags: BankFlags): Promise<void> {
  const threads = flags.threads?.[0] ?? 1;
  const runtime = await openRuntime({ threads });
  try {
    const effort = { seconds: flags.seconds, runs: flags.runs, warmup: 5 };
    const found = await benchmarkBank(base, flags.bank, runtime, { threads, counts: flags.bankTasks, effort });
    process.stdout.write(`${flags.json ? JSON.stringify(found, null, 2) : bankText(found)}\n`);
  } finally {
    await runtime.close();
  }
}

const ms = (value: number) => value.toFixed(2);
const mib = (value: number) => value.toFixed(1);

function bankText({ threads, width, difference, rows }: BankBenchmark): string {
  const head = [
    ['', 'one bank', '', '', '', 'merged copies', '', ''],
    ['tasks', 'ms', `ms mixed`, 'load ms', 'MiB', 'ms', 'load ms', 'MiB'],
  ];
  const cells = rows.map(({ tasks, bank, merged }) => [
    String(tasks),
    ...[ms(bank.ms), ms(bank.mixedMs), ms(bank.loadMs), mib(bank.memoryMiB)],
    ...[ms(merged.ms), ms(merged.loadMs), mib(merged.memoryMiB)],
  ]);
  return (
    `${threads} thread${threads === 1 ? '' : 's'}; a task adds ${width} numbers (${mib((4 * width) / 2 ** 20)} MiB) to the bank; its scores differ by at most ` +
    `${difference.toExponential(1)} of the largest\n${table([...head, ...cells], { left: [] })}\n` +
    `ms: one picture, another task each time; mixed: a picture of a batch of ${MIXED} of different tasks`
  );
}
