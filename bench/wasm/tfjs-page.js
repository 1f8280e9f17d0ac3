// TensorFlow.js in a page: the network of network.ts in its own layout (NHWC, HWIO). `tf` comes from the scripts that the page loads.
import { timed } from '/timed.js';

let run;

/** The tensors by name, transposed as TensorFlow has them. */
async function tensorsOf({ path, tensors }) {
  const numbers = new Float32Array(await (await fetch(path)).arrayBuffer());
  let at = 0;
  const found = {};
  for (const [name, shape] of tensors) {
    const size = shape.reduce((a, b) => a * b, 1);
    const t = tf.tensor(numbers.slice(at, at + size), shape);
    at += size;
    const order = name === 'image' ? [0, 2, 3, 1] : shape.length === 4 ? [2, 3, 1, 0] : undefined;
    found[name] = order ? tf.transpose(t, order) : shape.length === 2 ? tf.transpose(t) : t;
  }
  return found;
}

const strides = [1, 2, 2, 2];

function logitsOf(image, w) {
  let x = image;
  strides.forEach((stride, i) => {
    x = tf.relu(tf.add(tf.conv2d(x, w[`${i}.weight`], stride, 1), w[`${i}.bias`]));
  });
  return tf.add(tf.matMul(tf.mean(x, [1, 2]), w['head.weight']), w['head.bias']);
}

globalThis.side = {
  async prepare(words, work, threads, backend) {
    if (backend === 'wasm') {
      tf.wasm.setWasmPaths('/peers/@tensorflow/tfjs-backend-wasm/dist/');
      tf.wasm.setThreadsCount(threads);
    }
    if (!(await tf.setBackend(backend))) throw new Error(`TensorFlow.js has no backend ${backend} here`);
    await tf.ready();
    const { image, ...weights } = await tensorsOf(words);
    if (work === 'plain infer') {
      run = async () => {
        const logits = tf.tidy(() => logitsOf(image, weights));
        const data = await logits.data();
        logits.dispose();
        return { logits: Array.from(data) };
      };
    } else {
      const variables = Object.fromEntries(Object.entries(weights).map(([name, t]) => [name, tf.variable(t)]));
      const targets = tf.oneHot(tf.tensor1d(words.labels, 'int32'), 7);
      const optimizer = tf.train.sgd(words.rate);
      run = async () => {
        const loss = optimizer.minimize(() => tf.losses.softmaxCrossEntropy(targets, logitsOf(image, variables)), true);
        const [value] = await loss.data();
        loss.dispose();
        return { loss: value };
      };
    }
    const used = backend === 'wasm' ? `${tf.wasm.getThreadsCount()} threads` : '1 thread';
    return `tfjs ${tf.version.tfjs}, ${tf.getBackend()}, ${used}`;
  },
  once: () => run(),
  times: (count) => timed(run, count),
};
