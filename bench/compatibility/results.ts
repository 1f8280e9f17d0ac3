import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What a test left behind for the page (src/testing/parity.ts, src/models/trains.test.ts). */
interface Meta {
  readonly parity?: {
    readonly family: string;
    readonly variant: string;
    readonly size?: number | readonly [number, number];
    readonly kind: 'output' | 'gradient';
    readonly deviation: number;
  };
  readonly trains?: {
    readonly family: string;
    readonly variant: string;
    readonly mixer?: string;
    readonly before: number;
    readonly after: number;
  };
}

/** One test and how it ended. */
export interface Test {
  /** From the repository's root. */
  readonly file: string;
  readonly suite: readonly string[];
  readonly title: string;
  readonly state: 'passed' | 'failed' | 'skipped';
  /** The first line of what it failed with. */
  readonly reason: string;
  readonly meta: Meta;
}

/** What vitest's JSON reporter writes, as far as it is read here. */
interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
      readonly meta: Meta;
    }[];
  }[];
}

export const root = fileURLToPath(new URL('../../', import.meta.url));

const firstLine = (text: string) =>
  (text.split('\n')[0] ?? '')
    .replace(/^(\w*Error: )+/, '')
    .slice(0, 200)
    .trim();

/** The tests of reports, each test file as the last of them has it, and the files that could not be run at all with the reason. */
export function readReports(files: readonly string[]): { readonly tests: Test[]; readonly broken: [string, string][] } {
  const reports = files.map((file) => JSON.parse(readFileSync(file, 'utf8')) as Report);
  const latest = new Map(reports.flatMap((r) => r.testResults.map((one) => [one.name, one])));
  const testResults = [...latest.values()];
  const tests = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map(
      ({ ancestorTitles, title, status, failureMessages, meta }): Test => ({
        file: relative(root, name),
        suite: ancestorTitles,
        title,
        state: status === 'passed' || status === 'failed' ? status : 'skipped',
        reason: firstLine(failureMessages[0] ?? ''),
        meta,
      }),
    ),
  );
  const broken = testResults
    .filter((f) => f.status === 'failed' && !f.assertionResults.some((a) => a.status === 'failed'))
    .map((f): [string, string] => [relative(root, f.name), firstLine(f.message)]);
  return { tests, broken };
}

/** Runs the test files whose paths contain one of the filters; gives the path of the report. Failing tests are no error. */
export function runTests(filters: readonly string[], exclude: readonly string[]): string {
  const report = join(mkdtempSync(join(tmpdir(), 'yosegi-compatibility-')), 'report.json');
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const options = ['--reporter=dot', '--reporter=json', `--outputFile.json=${report}`];
  const excluded = exclude.map((glob) => `--exclude=${glob}`);
  const env = { ...process.env, YOSEGI_TEST_WEBGPU: '1' };
  spawnSync(process.execPath, [vitest, 'run', ...filters, ...options, ...excluded], {
    cwd: root,
    env,
    stdio: 'inherit',
  });
  if (!existsSync(report)) throw new Error('vitest wrote no report: see what it says above');
  return report;
}
