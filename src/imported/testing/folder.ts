import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

/** For tests: a temporary folder that goes when the file's tests are over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'yosegi-imported-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** For tests: the path of one of the models that other tools wrote. */
export const fixturePath = (name: string) =>
  fileURLToPath(new URL(`../../onnx/import/fixtures/${name}.onnx`, import.meta.url));

/** For tests: a timm ResNet that PyTorch exported in training mode (reference/import/make_training_export.py). */
export const trainingExport = fileURLToPath(new URL('../fixtures/resnet-train.onnx', import.meta.url));
