import { build } from 'tsdown';

/** Scripts for pages, each with all it stands on: `entry` by its name in `outDir`, its path relative to `cwd`. */
export async function bundle(cwd: string, entry: Readonly<Record<string, string>>, outDir: string): Promise<void> {
  await build({
    config: false,
    cwd,
    entry: { ...entry },
    outDir,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    dts: false,
    logLevel: 'error',
    deps: { alwaysBundle: [/.*/] },
    outExtensions: () => ({ js: '.js' }),
  });
}
