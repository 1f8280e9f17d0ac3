import { messageOf } from '../../base/errors.ts';

/** How to get onnxruntime-node where the network ends at the npm registry. */
const installHint =
  "npm install onnxruntime-node (set ONNXRUNTIME_NODE_INSTALL=skip where the network does not reach beyond npm's registry: " +
  'its install step wants to download GPU libraries from elsewhere, which the CPU does not need)';

/** The known ways in which loading onnxruntime-node fails, and what helps. */
const known: readonly { readonly sign: RegExp; readonly text: (match: RegExpExecArray) => string }[] = [
  {
    sign: /Cannot find (?:package|module) '(onnxruntime-(?:node|common))'/,
    text: ([, name]) => `the optional package ${name} is not installed. To add it: ${installHint}`,
  },
  {
    sign: /Cannot find module '[^']*napi-v\d+\/([^']+)\/onnxruntime_binding\.node'/,
    text: ([, place]) => `it has no library for this platform (${place})`,
  },
  {
    sign: /version [`'](GLIBC(?:XX)?_[\d.]+)' not found/,
    text: ([, version]) => `its library needs ${version}, which this system does not have. A newer Linux has it`,
  },
  {
    sign: /ld-linux|ld-musl|libc\.musl|__.*_chk: symbol not found/,
    text: () => 'its library needs glibc, and this system (Alpine?) has musl. An image based on Debian works',
  },
  {
    sign: /(libonnxruntime[^:'\s]*): cannot open shared object file/,
    text: ([, file]) => `its file ${file} is missing. Install it again: ${installHint}`,
  },
  {
    sign: /The specified module could not be found/,
    text: () => 'a Windows library is missing: install the Microsoft Visual C++ Redistributable (x64)',
  },
];

/** Why onnxruntime-node does not load, and what to do. */
export function nativeReason(error: unknown): string {
  const message = messageOf(error);
  for (const { sign, text } of known) {
    const match = sign.exec(message);
    if (match) return text(match);
  }
  return message;
}
