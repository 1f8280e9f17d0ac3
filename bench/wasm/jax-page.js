// jax-js in a page: the network of network.ts, its whole training step under jit. Functions take ownership of arrays; `.ref` keeps one.
import { defaultDevice, init, jit, lax, nn, numpy as np, tree, valueAndGrad } from '/peers/@jax-js/jax/dist/index.js';
import { timed } from '/timed.js';

let run;

async function tensorsOf({ path, tensors }) {
  const numbers = new Float32Array(await (await fetch(path)).arrayBuffer());
  let at = 0;
  const found = {};
  for (const [name, shape] of tensors) {
    const size = shape.reduce((a, b) => a * b, 1);
    found[name] = np.array(numbers.slice(at, at + size)).reshape(shape);
    at += size;
  }
  return found;
}

const strides = [1, 2, 2, 2];
const border = [
  [1, 1],
  [1, 1],
];

function logitsOf(w, image) {
  let x = image;
  strides.forEach((stride, i) => {
    const bias = w[`${i}.bias`];
    x = lax.conv(x, w[`${i}.weight`], [stride, stride], border).add(bias.reshape([1, bias.shape[0], 1, 1]));
    x = nn.relu(x);
  });
  return np.matmul(np.mean(x, [2, 3]), w['head.weight'].transpose()).add(w['head.bias']);
}

const lossOf = (w, image, targets) => np.mean(np.sum(nn.logSoftmax(logitsOf(w, image), 1).mul(targets), 1)).mul(-1);

globalThis.side = {
  async prepare(words, work, threads) {
    await init('wasm');
    defaultDevice('wasm');
    const { image, ...first } = await tensorsOf(words);
    let weights = first;
    if (work === 'plain infer') {
      const forward = jit(logitsOf);
      run = async () => ({ logits: Array.from(await forward(tree.ref(weights), image.ref).data()) });
    } else {
      const targets = nn.oneHot(np.array(words.labels, { dtype: np.int32 }), 7);
      const step = jit((w, x, y) => {
        const [loss, gradients] = valueAndGrad(lossOf)(tree.ref(w), x, y);
        return [loss, tree.map((p, g) => p.sub(g.mul(words.rate)), w, gradients)];
      });
      run = async () => {
        const [loss, next] = step(weights, image.ref, targets.ref);
        weights = next;
        const [value] = await loss.data();
        // The loss is there before the last updates are.
        for (const p of Object.values(weights)) await p.blockUntilReady();
        return { loss: value };
      };
    }
    return `jax-js, wasm, ${threads} threads`;
  },
  once: () => run(),
  times: (count) => timed(run, count),
};
