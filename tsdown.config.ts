import { defineConfig, type UserConfig } from 'tsdown';

const common = {
  format: 'esm',
  outExtensions: () => ({ js: '.js', dts: '.d.ts' }),
  logLevel: 'warn',
  inputOptions: { checks: { pluginTimings: false } },
  deps: { skipNodeModulesBundle: true, neverBundle: [/^node:/] },
} satisfies UserConfig;

/** Workers and child processes, which the command line starts by the names of their files. */
const started = [
  'src/feed/node/feed.worker.ts',
  'src/runtime/node/runtime.worker.ts',
  'src/runtime/node/doctor/probe.child.ts',
  'src/measure/node/memory.child.ts',
  'src/measure/node/sessions.child.ts',
];

/** The command line, in few files that load quickly, in one folder: who starts a worker finds it beside itself. */
const commandLine = {
  ...common,
  entry: Object.fromEntries(
    ['src/cli/main.ts', ...started].map((path) => [path.split('/').at(-1)!.slice(0, -3), path]),
  ),
  platform: 'node',
  outDir: 'dist/cli',
  dts: false,
} satisfies UserConfig;

/**
 * The library: one output file for each source file that package.json's exports reach. Only they are entries: with hundreds,
 * rolldown 1.0.0-rc.17 waits for itself for ever in most builds, idle.
 */
const library = {
  ...common,
  entry: ['src/index.ts', 'src/core.ts', 'src/tasks/*/index.ts', ...started],
  unbundle: true,
  platform: 'neutral',
  outDir: 'dist',
  dts: true,
  clean: true,
} satisfies UserConfig;

// Tests of the command line need nothing else.
export default defineConfig(process.env.YOSEGI_BUILD === 'command-line' ? commandLine : [library, commandLine]);
