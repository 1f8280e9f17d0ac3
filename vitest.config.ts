import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'examples/**/*.test.ts', 'scripts/**/*.test.ts', 'bench/**/*.test.ts'],
    globalSetup: ['src/cli/testing/built.ts'],
    setupFiles: ['src/testing/own-core.ts'],
    // What is measured in tests is kept apart from what users have measured.
    env: { YOSEGI_CACHE: join(tmpdir(), 'yosegi-tests-cache') },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
    pool: 'forks',
    // Each of the processes loads the house once for all its files; no test changes a module that another one uses.
    isolate: false,
    // WebAssembly is compiled once, quickly: what tests run of it is short.
    execArgv: ['--liftoff-only'],
    // One more than cores: files that wait for processes of their own leave room.
    maxWorkers: 3,
  },
});
