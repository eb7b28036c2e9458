// The list of layers of a model, computed as rnnkit/engine computes it. A sequence is
// {steps, size, data}: `data` holds `size` numbers for each step, one step after the other.

const erf = (x) => {
  // e^(-x^2) times a series whose terms are all positive, so that none cancels another
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x, total = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(total); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    total += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * total;
};
const sigmoid = (x) => 0.5 * (Math.tanh(0.5 * x) + 1);
const softplus = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const each = (f) => (v) => v.map(f);
const clip = (x, low, high) => Math.min(Math.max(x, low), high);

function softmax(v) {
  const highest = v.reduce((a, b) => Math.max(a, b), -Infinity);
  const exponentials = v.map((x) => Math.exp(x - highest));
  const sum = exponentials.reduce((a, b) => a + b, 0);
  return exponentials.map((x) => x / sum);
}

const ACTIVATIONS = {
  elu: each((x) => (x > 0 ? x : Math.expm1(x))),
  exponential: each(Math.exp),
  gelu: each((x) => x * 0.5 * (1 + erf(x / Math.SQRT2))),
  hard_sigmoid: each((x) => clip(x / 6 + 0.5, 0, 1)),
  hard_tanh: each((x) => clip(x, -1, 1)),
  leaky_relu: each((x) => (x > 0 ? x : 0.2 * x)),
  linear: (v) => v,
  mish: each((x) => x * Math.tanh(softplus(x))),
  relu: each((x) => Math.max(x, 0)),
  relu6: each((x) => clip(x, 0, 6)),
  selu: each((x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x))),
  sigmoid: each(sigmoid),
  silu: each((x) => x * sigmoid(x)),
  softmax,
  softplus: each(softplus),
  softsign: each((x) => x / (1 + Math.abs(x))),
  tanh: each(Math.tanh),
};

const sequence = (steps, size) => ({ steps, size, data: new Float64Array(steps * size) });
const row = (x, step) => x.data.subarray(step * x.size, (step + 1) * x.size);
const rowsOf = (x) => Array.from({ length: x.steps }, (_, step) => row(x, step));
const ofRows = (rows, size) => {
  const x = sequence(rows.length, size);
  rows.forEach((values, step) => row(x, step).set(values));
  return x;
};
const vector = (values) => ofRows([values], values.length);
const lastStep = (x) => vector(row(x, x.steps - 1));
const reversed = (x) => ofRows(rowsOf(x).reverse(), x.size);
const concatenated = (a, b) =>
  ofRows(rowsOf(a).map((values, step) => [...values, ...row(b, step)]), a.size + b.size);

/** x W + b of one step; W is (inputs, outputs), row by row, of which four are read at once: twice as
 * fast. Zeros, as of one-hot rows, are passed over. */
function product(x, kernel, bias) {
  const { data } = kernel, size = kernel.shape[kernel.shape.length - 1];
  const out = new Float64Array(size);
  if (bias) out.set(bias);
  let i = 0;
  for (; i + 3 < x.length; i += 4) {
    const a = x[i], b = x[i + 1], c = x[i + 2], d = x[i + 3];
    if (a === 0 && b === 0 && c === 0 && d === 0) continue;
    const first = i * size, second = first + size, third = second + size, fourth = third + size;
    for (let j = 0; j < size; j++)
      out[j] += a * data[first + j] + b * data[second + j] + c * data[third + j] + d * data[fourth + j];
  }
  for (; i < x.length; i++)
    for (let j = 0, at = i * size; j < size; j++, at++) out[j] += x[i] * data[at];
  return out;
}
const products = (x, kernel, bias) =>
  ofRows(rowsOf(x).map((values) => product(values, kernel, bias)), kernel.shape.at(-1));
const activated = (x, name) => ofRows(rowsOf(x).map(ACTIVATIONS[name]), x.size);
const sum = (a, b) => a.map((value, i) => value + b[i]);

// Each cell's step: what it reads (x W + b), what it has kept (h U), and the state before, to the
// values by their names in its equations; `state` names those that it keeps.
const positive = (x) => (x >= 0 ? x + 0.5 : sigmoid(x));
const block = (v, index, units) => v.subarray(index * units, (index + 1) * units);
const CELLS = {
  simple_rnn: {
    state: ["h"],
    step: (p, r, s, f) => ({ h: f.activation(sum(p, r)) }),
  },
  lstm: {
    state: ["h", "c"],
    step(p, r, s, f, units) {
      const [i, d, g, o] = [0, 1, 2, 3].map((index) => {
        const inner = sum(block(p, index, units), block(r, index, units));
        return index === 2 ? f.activation(inner) : f.recurrent_activation(inner);
      });
      const c = s.c.map((before, u) => d[u] * before + i[u] * g[u]);
      const squashed = f.activation(c);
      return { h: o.map((gate, u) => gate * squashed[u]), c, i, f: d, g, o };
    },
  },
  peephole_lstm: {
    state: ["h", "c"],
    step(p, r, s, f, units, { peephole }) {
      const inner = (index) => sum(block(p, index, units), block(r, index, units));
      const seen = (index, c) => c.map((value, u) => peephole.data[index * units + u] * value);
      const [i, d] = [0, 1].map((index) => sum(inner(index), seen(index, s.c)).map(sigmoid));
      const g = inner(2).map(Math.tanh);
      const c = s.c.map((before, u) => d[u] * before + i[u] * g[u]);
      const o = sum(inner(3), seen(2, c)).map(sigmoid);
      return { h: o.map((gate, u) => gate * Math.tanh(c[u])), c, i, f: d, g, o };
    },
  },
  gru: {
    state: ["h"],
    step(p, r, s, f, units) {
      const at = (index) => [block(p, index, units), block(r, index, units)];
      const z = f.recurrent_activation(sum(...at(0)));
      const reset = f.recurrent_activation(sum(...at(1)));
      const [xh, hh] = at(2);
      const g = f.activation(xh.map((value, u) => value + reset[u] * hh[u]));
      return { h: s.h.map((before, u) => z[u] * before + (1 - z[u]) * g[u]), z, r: reset, g };
    },
  },
  min_gru: {
    state: ["h"],
    step(p, r, s, f, units) {
      const z = block(p, 0, units).map(sigmoid);
      const g = block(p, 1, units).map(positive);
      return { h: s.h.map((before, u) => (1 - z[u]) * before + z[u] * g[u]), z, g };
    },
  },
  min_lstm: {
    state: ["h"],
    step(p, r, s, f, units) {
      const [forget, keep] = [block(p, 0, units), block(p, 1, units)];
      const d = forget.map((value, u) => sigmoid(softplus(-keep[u]) - softplus(-value)));
      const g = block(p, 2, units).map(positive);
      const i = d.map((value) => 1 - value);
      return { h: s.h.map((before, u) => d[u] * before + i[u] * g[u]), f: d, i, g };
    },
  },
};

const zeros = (layer) =>
  Object.fromEntries(CELLS[layer.cell].state.map((k) => [k, new Float64Array(layer.units)]));

/** All steps of one direction from a state: every step's h, the last state, and the values of each
 * step for those who look inside. */
function recur(layer, x, weights, state) {
  const { cell, units } = layer, { kernel, recurrent_kernel: back, bias } = weights;
  const ofInput = bias.shape.length > 1 ? bias.data.subarray(0, bias.shape[1]) : bias.data;
  const ofState = bias.shape.length > 1 ? bias.data.subarray(bias.shape[1]) : null;
  const functions = {
    activation: ACTIVATIONS[layer.activation],
    recurrent_activation: ACTIVATIONS[layer.recurrent_activation],
  };
  const out = sequence(x.steps, units), values = [];
  for (let step = 0; step < x.steps; step++) {
    const read = product(row(x, step), kernel, ofInput);
    const kept = back ? product(state.h, back, ofState) : null;
    const now = CELLS[cell].step(read, kept, state, functions, units, weights);
    values.push({ ...now, before: state, x: row(x, step) });
    state = Object.fromEntries(CELLS[cell].state.map((k) => [k, now[k]]));
    row(out, step).set(now.h);
  }
  return { out, state, values };
}

const mean = (x) =>
  vector(rowsOf(x).reduce(sum, new Float64Array(x.size)).map((total) => total / x.steps));
const attended = (shares, x) => {
  const out = new Float64Array(x.size);
  shares.forEach((share, step) => row(x, step).forEach((v, i) => { out[i] += share * v; }));
  return out;
};
const POOLS = {
  last: lastStep,
  mean,
  max: (x) => vector(rowsOf(x).reduce((a, b) => a.map((v, i) => Math.max(v, b[i])))),
  attention(x, w) {
    const hidden = activated(products(x, w.kernel, w.bias.data), "tanh");
    const scores = rowsOf(hidden).map((values) => product(values, w.score)[0]);
    return vector(attended(softmax(scores), x));
  },
};

function conv(x, layer, w) {
  const before = Math.floor((layer.width - 1) / 2), rows = [];
  const taps = Array.from({ length: layer.width }, (_, tap) => {
    const size = w.kernel.shape[1] * w.kernel.shape[2];
    const data = w.kernel.data.subarray(tap * size, (tap + 1) * size);
    return { shape: w.kernel.shape.slice(1), data };
  });
  for (let step = 0; step < x.steps; step++) {
    let out = Float64Array.from(w.bias.data);
    taps.forEach((kernel, tap) => {
      const seen = step + tap - before;
      if (seen >= 0 && seen < x.steps) out = sum(out, product(row(x, seen), kernel));
    });
    rows.push(ACTIVATIONS[layer.activation](out));
  }
  return ofRows(rows, w.bias.data.length);
}

const lookup = (table, id) => {
  const size = table.shape[1];
  return table.data.subarray(id * size, (id + 1) * size);
};

function wordVectors(ids, layer, w, model) {
  const rows = ids.map(([word, ...rest]) => {
    const real = rest.filter((id) => id !== 0);
    if (layer.inner) return [...lookup(w.embeddings, word), ...model.inner(layer, real)];
    const table = w["subwords/embeddings"];
    const total = real.reduce((v, id) => sum(v, lookup(table, id)), new Float64Array(table.shape[1]));
    return [...lookup(w.embeddings, word), ...total.map((v) => v / Math.sqrt(real.length || 1))];
  });
  return ofRows(rows, layer.outputs.at(-1));
}

// What a layer without a state makes of a sequence; `ids` are what the first layer reads.
const FORWARD = {
  embedding: (ids, layer, w) => ofRows(ids.map((id) => lookup(w.embeddings, id)), layer.dim),
  one_hot: (ids, layer) =>
    ofRows(ids.map((id) => Float64Array.from({ length: layer.size }, (_, i) => +(i === id))),
      layer.size),
  numeric: (rows, layer) => ofRows(rows, layer.size),
  words: wordVectors,
  dropout: (x) => x,
  dense: (x, layer, w) => activated(products(x, w.kernel, w.bias.data), layer.activation),
  conv,
  pool: (x, layer, w) => POOLS[layer.mode](x, w),
  tied(x, layer, w) {
    const [count, size] = w.embeddings.shape, out = sequence(x.steps, count);
    for (let step = 0; step < x.steps; step++) {
      const values = row(x, step), logits = row(out, step);
      for (let id = 0, at = 0; id < count; id++)
        for (let i = 0; i < size; i++, at++) logits[id] += values[i] * w.embeddings.data[at];
    }
    return out;
  },
  crf(x, layer, w) {
    const n = layer.labels, emissions = products(x, w.kernel, w.bias.data);
    const out = sequence(x.steps, n * n);
    for (let step = 0; step < x.steps; step++)
      for (let i = 0; i < n; i++)
        for (let j = 0; j < n; j++) {
          const from = step ? i : n; // the last row scores a sequence's first label
          out.data[step * n * n + i * n + j] =
            row(emissions, step)[j] + w.transitions.data[from * n + j];
        }
    return out;
  },
};

/** A list of layers with its weights: `answer` reads a whole sequence, `read` goes on from a state. */
class Network {
  constructor(description, weights, prefix = "") {
    Object.assign(this, { description, weights, prefix, layers: description.layers });
    this.known = new Map();
    if (description.encoder)
      this.encoder = new Network(description.encoder, weights, `${prefix}encoder/`);
  }

  /** The weights below a name, by what is left of theirs. */
  below(owner) {
    const start = `${this.prefix}${owner}/`;
    if (!this.known.has(start))
      this.known.set(start, Object.fromEntries(
        Object.entries(this.weights).filter(([name]) => name.startsWith(start))
          .map(([name, array]) => [name.slice(start.length), array])));
    return this.known.get(start);
  }

  inner(layer, ids) {
    const network = this.known.get(layer) ??
      new Network(layer.inner, this.weights, `${this.prefix}${layer.name}/characters/`);
    this.known.set(layer, network);
    return network.answer(ids.length ? ids : [0]).data;
  }

  /** Outputs of a whole sequence; `inside` gets each recurrent layer's directions. */
  answer(inputs, inside = []) {
    let x = inputs;
    for (const layer of this.layers) x = this.forward(layer, x, inside);
    return x;
  }

  forward(layer, x, inside) {
    if (layer.kind !== "recurrent")
      return FORWARD[layer.kind](x, layer, this.below(layer.owner), this);
    if (!layer.bidirectional) {
      const { out, values } = recur(layer, x, this.below(layer.name), zeros(layer));
      inside.push({ layer, direction: "", values, weights: this.below(layer.name) });
      return layer.sequence ? out : lastStep(out);
    }
    const ways = ["forward", "backward"].map((direction) => {
      const weights = this.below(`${layer.name}/${direction}`);
      const back = direction === "backward";
      const read = recur(layer, back ? reversed(x) : x, weights, zeros(layer));
      const values = back ? [...read.values].reverse() : read.values;
      inside.push({ layer, direction, values, weights });
      return read.out;
    });
    if (layer.sequence) return concatenated(ways[0], reversed(ways[1]));
    return concatenated(lastStep(ways[0]), lastStep(ways[1]));
  }

  /** The state before the first token: zeros, or computed from a condition or a source. */
  start({ condition = null, source = null } = {}, inside = []) {
    const states = {};
    let from = condition;
    if (source) {
      const last = [];
      let x = source;
      for (const layer of this.encoder.layers) {
        x = this.encoder.forward(layer, x, inside);
        if (layer.kind !== "recurrent") continue;
        const half = layer.bidirectional ? x.size / 2 : x.size;
        last.push(...row(x, x.steps - 1).subarray(0, half));
        if (layer.bidirectional) last.push(...row(x, 0).subarray(half));
      }
      from = last;
      states.memory = x;
    }
    let index = 0;
    for (const layer of this.layers.filter((one) => one.kind === "recurrent")) {
      states[layer.name] = zeros(layer);
      if (!from) continue;
      for (const key of CELLS[layer.cell].state) {
        const w = this.below(`condition/${index++}`);
        states[layer.name][key] = product(from, w.kernel, w.bias.data).map(Math.tanh);
      }
    }
    return states;
  }

  /** Logits at each token from a state, and the state after them; `inside` as of `answer`, with the
   * shares of attention as its `attention`. */
  read(ids, states, inside = []) {
    let x = ids;
    const after = { ...states };
    for (const layer of this.layers) {
      if (layer.kind === "recurrent") {
        const weights = this.below(layer.name);
        const { out, state, values } = recur(layer, x, weights, states[layer.name]);
        after[layer.name] = state;
        inside.push({ layer, direction: "", values, weights });
        x = out;
      } else if (layer.kind === "attention") x = this.attend(layer, x, states.memory, inside);
      else x = this.forward(layer, x, inside);
    }
    return { logits: x, states: after };
  }

  attend(layer, x, memory, inside) {
    const w = this.below(layer.name), rows = [];
    const keys = products(memory, w["keys/kernel"], w["keys/bias"]?.data);
    inside.attention ??= [];
    for (const values of rowsOf(x)) {
      const query = layer.score === "additive" ? product(values, w["query/kernel"]) : values;
      const scores = rowsOf(keys).map((key) =>
        layer.score === "additive"
          ? product(sum(query, key).map(Math.tanh), w["score/kernel"])[0]
          : query.reduce((total, value, i) => total + value * key[i], 0));
      const shares = softmax(scores);
      inside.attention.push(shares);
      rows.push(product([...attended(shares, memory), ...values], w["output/kernel"]).map(Math.tanh));
    }
    return ofRows(rows, layer.outputs.at(-1));
  }
}
