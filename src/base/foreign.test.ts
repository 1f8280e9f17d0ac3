import { describe, expect, it } from 'vitest';
import { foreignFile, foreignText, type OwnFormat } from './foreign.ts';

const latin = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));
const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 12345678\n`;

describe('foreignFile', () => {
  it.each<[string, Uint8Array, RegExp, RegExp]>([
    ['an LFS pointer', latin(pointer), /Git LFS pointer/, /git lfs pull/],
    ['one with a byte order mark', new Uint8Array([0xef, 0xbb, 0xbf, ...latin(pointer)]), /Git LFS pointer/, /./],
    ['one in UTF-16', new Uint8Array([0xff, 0xfe, ...[...latin(pointer)].flatMap((b) => [b, 0])]), /Git LFS/, /./],
    ['a web page', latin('\n <!DOCTYPE html><html><body>404</body></html>'), /web page/, /download/],
    ['one of XHTML', latin('<?xml version="1.0"?>\n<!-- c -->\n<html>'), /web page/, /download/],
    ['an answer of S3', latin('<?xml version="1.0"?><Error><Code>AccessDenied</Code>'), /server/, /download/],
    ['a drawing', latin('<svg xmlns="http://www.w3.org/2000/svg">'), /SVG/, /PNG/],
    ['torch.save', latin(`PK\x03\x04${'\0'.repeat(60)}`), /ZIP.*\.pt/, /torch\.onnx\.export/],
    ['an old torch.save', latin('\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M'), /PyTorch/, /torch\.onnx/],
    ['a pickle', latin('\x80\x04\x95\x10\0\0\0'), /pickle/, /ONNX/],
    ['TFLite', latin(`\x1c\0\0\0TFL3${'\0'.repeat(60)}`), /TensorFlow Lite/, /tf2onnx/],
    ['HDF5', latin('\x89HDF\r\n\x1a\n'), /HDF5/, /ONNX/],
    ['.keras', latin('PK\x03\x04\x14\0\0\0\0\0metadata.json'), /Keras 3/, /ONNX/],
    ['gzip', latin('\x1f\x8b\x08'), /gzip/, /unpack/],
    ['tar', latin(`${'m'.padEnd(257, '\0')}ustar`), /tar/, /unpack/],
    ['zeros', new Uint8Array(2000), /zeros/, /again/],
    ['JSON', latin('{"error": "Not found"}'), /JSON/, /open it/],
  ])('knows %s', (_, bytes, what, todo) => {
    for (const own of ['onnx', 'safetensors', 'picture'] satisfies OwnFormat[]) {
      expect(foreignFile(bytes, own)?.what).toMatch(what);
      expect(foreignFile(bytes, own)?.todo).toMatch(todo);
    }
  });

  it('never answers with what the caller reads itself', () => {
    const onnx = new Uint8Array([8, 8, 0x12, 7]);
    expect(foreignFile(onnx, 'onnx')).toBeUndefined();
    expect(foreignText(onnx, 'safetensors')).toMatch(/^it is an ONNX model\. Take it in with `yosegi import`$/);
    const weights = latin('\x10\0\0\0\0\0\0\0{"w":{}}');
    expect(foreignFile(weights, 'safetensors')).toBeUndefined();
    expect(foreignFile(weights, 'onnx')?.what).toMatch(/safetensors/);
    const png = latin('\x89PNG\r\n\x1a\n');
    expect(foreignFile(png, 'picture')).toBeUndefined();
    expect(foreignFile(png, 'onnx')?.what).toBe('a PNG picture');
  });

  it('says nothing of what it does not know', () => {
    for (const bytes of [new Uint8Array(), latin('just some text'), new Uint8Array([1, 2, 3])])
      expect(foreignText(bytes, 'onnx')).toBeUndefined();
  });
});
