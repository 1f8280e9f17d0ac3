/**
 * What a file is that is not what its name says: told from its first bytes, so that the message can say what to do. Used where a
 * reader has found that the bytes are none of its own.
 */

/** What a file is, and what its owner can do about it. */
export interface ForeignFile {
  /** For a sentence: `it is ${what}`. */
  readonly what: string;
  /** What to do instead, as a sentence without its full stop. */
  readonly todo: string;
}

/** Bytes of a file's beginning that {@link foreignFile} asks for. */
export const FOREIGN_HEAD = 1024;

/** Formats that some reader here reads: never its own answer. */
export type OwnFormat = 'onnx' | 'safetensors' | 'picture';

interface Kind extends ForeignFile {
  readonly own?: OwnFormat;
  readonly fits: (head: Head) => boolean;
}

interface Head {
  readonly bytes: Uint8Array;
  /** The bytes as Latin-1 characters, one each. */
  readonly raw: string;
  /** As text: decoded by its byte order mark, without the blanks before it. */
  readonly text: string;
}

const starts =
  (...magic: readonly string[]) =>
  ({ raw }: Head) =>
    magic.some((m) => raw.startsWith(m));
const at =
  (offset: number, magic: string) =>
  ({ raw }: Head) =>
    raw.startsWith(magic, offset);
const says =
  (pattern: RegExp) =>
  ({ text }: Head) =>
    pattern.test(text);

const toOnnx = 'export the model to ONNX with the tool that made it';
const tensors = 'convert it to safetensors, or export the model to ONNX';

/** How the fields of an ONNX file begin that follow its version. */
const fields = [0x12, 0x1a, 0x22, 0x3a, 0x42];

/** The first that fits counts. */
const kinds: readonly Kind[] = [
  {
    what: 'a Git LFS pointer: a few lines of text that stand for the file, which was not downloaded',
    todo: 'run `git lfs pull` in its repository, or download the file itself',
    fits: says(/^version https:\/\/(git-lfs\.github\.com|hawser\.github\.com)\/spec\//),
  },
  {
    what: 'a git-annex pointer: a line of text that stands for the file, which was not downloaded',
    todo: 'run `git annex get` in its repository, or download the file itself',
    fits: says(/^(\.\.\/)*(\.git)?\/annex\/objects\//),
  },
  {
    what: 'a web page (HTML), as a server sends it for an error or a login',
    todo: 'download the file again, with the address of the file itself and logged in where that is needed',
    fits: says(/^(<\?xml[^>]*>\s*)?(<!--[\s\S]*?-->\s*)*<(!doctype\s+html|html|head|body)\b/i),
  },
  {
    what: 'the answer of a server (XML), such as an error of a storage service',
    todo: 'download the file again and look at what the server says',
    fits: says(/^(<\?xml[^>]*>\s*)?<Error>/),
  },
  {
    what: 'a picture (SVG, drawn by lines)',
    todo: 'save it as PNG where a photograph is wanted',
    fits: says(/^(<\?xml[^>]*>\s*)?(<!--[\s\S]*?-->\s*)*(<!doctype\s+svg[^>]*>\s*)?<svg\b/i),
  },
  { what: 'another XML file', todo: toOnnx, fits: says(/^<\?xml\b/) },
  {
    what: 'a file of PyTorch as it was saved before 2020 (pickle)',
    todo: 'load it in PyTorch; torch.onnx.export writes the model as ONNX, safetensors.torch.save_file its weights',
    // A magic number comes first, pickled by protocol 2.
    fits: ({ raw }) => raw.startsWith('\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.'),
  },
  {
    what: 'a pickle of Python',
    todo: `${tensors}; a pickle can run anything and is not opened here`,
    fits: ({ bytes: [mark, protocol = 0, code = 0] }) =>
      mark === 0x80 && protocol >= 2 && protocol <= 5 && code >= 0x28,
  },
  {
    what: 'a model of Keras 3 (.keras, a ZIP)',
    todo: 'export it to ONNX: model.export("model.onnx", format="onnx"), or with tf2onnx',
    fits: ({ raw }) => raw.startsWith('PK\x03\x04') && /metadata\.json|model\.weights\.h5/.test(raw),
  },
  {
    what: 'a ZIP archive, as PyTorch saves checkpoints and TorchScript (.pt, .pth)',
    todo: 'unpack it, or where it is of PyTorch: load it there; torch.onnx.export writes the model as ONNX, safetensors.torch.save_file its weights',
    fits: starts('PK\x03\x04', 'PK\x05\x06', 'PK\x07\x08'),
  },
  {
    what: 'a model of TensorFlow Lite (FlatBuffers)',
    todo: 'export the model it was made of to ONNX, or convert it: python -m tf2onnx.convert --tflite FILE --output model.onnx',
    fits: at(4, 'TFL3'),
  },
  {
    what: 'a model in ONNX Runtime’s own format (.ort)',
    todo: 'take the .onnx file that it was made from',
    fits: at(4, 'ORTM'),
  },
  {
    what: 'an HDF5 file, as Keras saves models and weights (.h5)',
    todo: 'load it in Keras and export it to ONNX: model.export("model.onnx", format="onnx"), or with tf2onnx',
    fits: starts('\x89HDF\r\n\x1a\n'),
  },
  {
    what: 'a GGUF file of llama.cpp',
    todo: tensors,
    fits: starts('GGUF'),
  },
  { what: 'a NumPy array (.npy)', todo: tensors, fits: starts('\x93NUMPY') },
  {
    what: 'a TensorRT engine',
    todo: 'take the .onnx file that it was made from',
    fits: starts('ftrt', 'ptrt'),
  },
  {
    what: 'a file of MATLAB (.mat)',
    todo: 'export the network from MATLAB: exportONNXNetwork',
    fits: starts('MATLAB '),
  },
  {
    what: 'a model of Darknet or NCNN (text)',
    todo: toOnnx,
    fits: ({ text }) => /^\[net(work)?\]/.test(text) || text.startsWith('7767517'),
  },
  {
    what: 'compressed (gzip)',
    todo: 'unpack it first: gunzip, or tar -xzf',
    fits: starts('\x1f\x8b'),
  },
  { what: 'compressed (zstd)', todo: 'unpack it first: zstd -d', fits: starts('\x28\xb5\x2f\xfd') },
  { what: 'compressed (xz)', todo: 'unpack it first: unxz, or tar -xJf', fits: starts('\xfd7zXZ\0') },
  {
    what: 'compressed (bzip2)',
    todo: 'unpack it first: bunzip2, or tar -xjf',
    fits: ({ raw }) => /^BZh[1-9]1AY/.test(raw),
  },
  { what: 'a 7z archive', todo: 'unpack it first', fits: starts('7z\xbc\xaf\x27\x1c') },
  { what: 'a RAR archive', todo: 'unpack it first', fits: starts('Rar!\x1a\x07') },
  { what: 'a tar archive', todo: 'unpack it first: tar -xf', fits: at(257, 'ustar') },
  { what: 'a PDF document', todo: 'export its pages as pictures', fits: starts('%PDF-') },
  {
    own: 'picture',
    what: 'a PNG picture',
    todo: 'give it as a picture, by its right name',
    fits: starts('\x89PNG\r\n\x1a\n'),
  },
  {
    own: 'picture',
    what: 'a JPEG picture',
    todo: 'give it as a picture, by its right name',
    fits: starts('\xff\xd8\xff'),
  },
  {
    own: 'picture',
    what: 'a GIF picture',
    todo: 'give it as a picture, by its right name',
    fits: starts('GIF87a', 'GIF89a'),
  },
  {
    what: 'a program (ELF, Mach-O or Windows)',
    todo: 'look for the file that was meant',
    fits: ({ raw }) =>
      /^(\x7fELF|\xcf\xfa\xed\xfe|\xca\xfe\xba\xbe)/.test(raw) || (raw.startsWith('MZ') && raw.includes('PE\0\0')),
  },
  {
    own: 'safetensors',
    what: 'a safetensors file: weights without the network that they belong to',
    todo: 'give it to --weights with the name of its model, or export the whole model to ONNX',
    fits: ({ raw }) => /^[\s\S]{5}\0\0\0\{\s*"/.test(raw),
  },
  {
    own: 'onnx',
    what: 'an ONNX model',
    todo: 'take it in with `yosegi import`',
    // The version of the format comes first, then who wrote it or which operators it speaks.
    fits: ({ bytes: [first, version = 0, next = 0] }) =>
      first === 8 && version >= 3 && version <= 15 && fields.includes(next),
  },
  {
    what: 'JSON text, as a server answers where it has no such file',
    todo: 'open it as text; it says what it is',
    fits: says(/^[[{]\s*(["[{\]}]|\d)/),
  },
];

/**
 * What the file is whose first bytes these are ({@link FOREIGN_HEAD} are enough), where it is something known that is told apart
 * without doubt; undefined otherwise. `own` is the format that the caller reads and has tried before.
 */
export function foreignFile(bytes: Uint8Array, own: OwnFormat): ForeignFile | undefined {
  const part = bytes.subarray(0, FOREIGN_HEAD);
  if (part.length > 0 && part.every((b) => b === 0)) return zeros;
  const head = { bytes: part, raw: String.fromCharCode(...part), text: textOf(part) };
  const kind = kinds.find((k) => k.own !== own && k.fits(head));
  return kind && { what: kind.what, todo: kind.todo };
}

/** `it is …. Do …`, for an error message; undefined where nothing is known. */
export function foreignText(bytes: Uint8Array, own: OwnFormat): string | undefined {
  const found = foreignFile(bytes, own);
  return found && `it is ${found.what}. ${found.todo[0]!.toUpperCase()}${found.todo.slice(1)}`;
}

const zeros: ForeignFile = {
  what: 'nothing but zeros at its beginning, as an interrupted copy or download leaves it',
  todo: 'copy or download the file again',
};

function textOf(bytes: Uint8Array): string {
  const wide =
    bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8';
  return new TextDecoder(wide).decode(bytes).trimStart();
}
