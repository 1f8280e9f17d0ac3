import { defineConfig } from 'tsdown';

// One output file for each source file: workers and assets are found beside the module that starts them.
export default defineConfig({
  entry: ['src/**/*.ts', '!src/**/*.test.ts', '!src/**/testing/**'],
  unbundle: true,
  format: 'esm',
  platform: 'neutral',
  outDir: 'dist',
  outExtensions: () => ({ js: '.js', dts: '.d.ts' }),
  dts: true,
  clean: true,
  logLevel: 'warn',
  deps: { skipNodeModulesBundle: true },
});
