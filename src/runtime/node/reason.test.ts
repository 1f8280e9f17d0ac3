import { expect, it } from 'vitest';
import { nativeReason } from './reason.ts';

// Messages as Node and the dynamic linkers word them.
it.each([
  ["Cannot find package 'onnxruntime-node' imported from /app/native.js", /onnxruntime-node is not installed.*skip/],
  [
    "Cannot find module '../bin/napi-v6/freebsd/x64/onnxruntime_binding.node'\nRequire stack:\n- /app/binding.js",
    /no library for this platform \(freebsd\/x64\)/,
  ],
  [
    "/lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.28' not found (required by /app/libonnxruntime.so.1)",
    /needs GLIBC_2\.28/,
  ],
  ['Error loading shared library ld-linux-x86-64.so.2: No such file (needed by /app/x.node)', /musl/],
  [
    'libonnxruntime.so.1: cannot open shared object file: No such file or directory',
    /libonnxruntime\.so\.1 is missing/,
  ],
  ['The specified module could not be found.\n\\\\?\\C:\\app\\onnxruntime_binding.node', /Visual C\+\+/],
  ['something nobody has seen', /^something nobody has seen$/],
])('%s', (message, expected) => {
  expect(nativeReason(new Error(message))).toMatch(expected);
});
