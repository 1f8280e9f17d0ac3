import { describe, expect, it } from 'vitest';
import { type Exported, exportedText } from './exported.ts';

const file: Exported = {
  file: 'x.onnx',
  shape: [1, 3, 8, 8],
  parameters: 10,
  exporter: 'dynamo',
  opset: 20,
  logits: [1, -4, 2],
};

describe('exportedText', () => {
  it('says exporter, opset and how near the numbers are', () => {
    expect(exportedText(file, [1, -4.0004, 2])).toBe(
      "torch.onnx.export (dynamo), opset 20, logits within 1.0e-4 of PyTorch's largest",
    );
  });

  it('refuses numbers of another network, or too few', () => {
    expect(() => exportedText(file, [1, -4, 2.1])).toThrow(/differ .* by 2\.5e-2 .* not the same network/);
    expect(() => exportedText(file, [1, -4])).toThrow(/not the same network/);
    expect(() => exportedText(file, [1, Number.NaN, 2])).toThrow(/not the same network/);
  });
});
