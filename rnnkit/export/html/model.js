// The model of this page, asked as the run's predictor asks it (rnnkit/tasks/*/predictor.py).

function half(bits) {
  const sign = bits & 0x8000 ? -1 : 1, exponent = (bits >> 10) & 31, fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** "layer/weight" to {shape, data}. */
function unpacked({ precision, shapes }, text) {
  const letters = atob(text.trim()), bytes = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i++) bytes[i] = letters.charCodeAt(i);
  const numbers = precision === "float32" ? new Float32Array(bytes.buffer)
    : Float32Array.from(new Uint16Array(bytes.buffer), half);
  let at = 0;
  return Object.fromEntries(Object.entries(shapes).map(([name, shape]) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const data = numbers.subarray(at, (at += size));
    return [name, { shape, data }];
  }));
}

const scaled = (values, { mean, scale }) => values.map((v, i) => (v - mean[i]) / scale[i]);

/** The numbers in a text, step by step; null where they are not whole steps of finite ones. */
function stepsOf(text, features) {
  const numbers = text.replaceAll(",", " ").split(/\s+/).filter(Boolean).map(Number);
  if (!numbers.length || numbers.length % features || !numbers.every(Number.isFinite)) return null;
  return Array.from({ length: numbers.length / features }, (_, step) =>
    numbers.slice(step * features, (step + 1) * features));
}

class Model {
  constructor(about, weights) {
    this.about = about;
    this.asked = about.playground;
    this.network = new Network(about.network, unpacked(about, weights));
    this.readers = new Map();
    // tokens that are read, at most: some seconds' work
    this.most = clip(Math.floor((5 * PRODUCTS) / about.parameters), 200, 20000);
  }

  tokenizer(reads) {
    if (!this.readers.has(reads)) this.readers.set(reads, new Tokenizer(reads.tokenizer));
    return this.readers.get(reads);
  }

  /** What the first layer reads of tokens. */
  rows(tokens) {
    const { spelling } = this.about;
    if (!spelling) return tokens.map(({ id }) => id);
    return tokens.map(({ id, text }) => [id, ...spelled(text, spelling)]);
  }

  /** The tokens of a text that the model reads, [{id, text}], and how many are truncated. */
  read(reads, text) {
    const tokenizer = this.tokenizer(reads);
    const tokens = text.trim() || !reads.longest ? tokenizer.encode(cleaned(text, reads.clean)) : [];
    const over = Math.max(0, tokens.length - Math.min(reads.longest ?? Infinity, this.most));
    const kept = reads.truncating === "pre" ? tokens.slice(over) : tokens.slice(0, tokens.length - over);
    return { tokens: kept, truncated: over };
  }

  /** With the padding that the model reads, where it reads any. */
  padded(inputs, reads) {
    if (this.about.network.padded || !reads.width || inputs.length >= reads.width) return inputs;
    const blank = Array(reads.width - inputs.length).fill(this.about.spelling ? [0] : 0);
    return reads.padding === "pre" ? [...blank, ...inputs] : [...inputs, ...blank];
  }

  /** The answer to what a person types, as plain values; in the console `rnnkit.ask("...")`. */
  ask(query = "", condition = null) {
    const { asked } = this, numbers = asked.reads?.kind === "Numbers";
    const steps = () => stepsOf(query, asked.reads.scaler.mean.length) ?? [];
    if (asked.kind === "Forecasting") return this.forecast(asked.series.values);
    if (asked.kind === "Tagging") return this.tags(numbers ? steps() : this.sentence(query));
    if (asked.kind === "Decoding") {
      const { tokens: source } = this.read(asked.source, query);
      if (!query.trim() || !source.length) return null;
      const inside = [], targets = this.targets(source, inside);
      const said = targets.map(({ tokens, logProbability }) => [this.targetText(tokens), logProbability]);
      return { targets: said, attention: inside.attention?.map((shares) => [...shares]) };
    }
    const { tokens } = numbers ? { tokens: steps() } : this.read(asked.reads, query);
    if (asked.kind === "Verdict") return tokens.length ? [...this.verdict(tokens)] : null;
    const continuer = new Continuer(this);
    continuer.read(tokens.map(({ id }) => id), condition);
    return continuer.next && [...softmax(continuer.next)];
  }

  inputs(items) {
    const { reads } = this.asked;
    if (reads.kind === "Numbers") return items.map((step) => scaled(step, reads.scaler));
    return this.padded(this.rows(items), reads);
  }

  // Verdicts: `items` are tokens, or steps of numbers.

  verdict(items, inside = []) {
    return labelProbabilities(this.network.answer(this.inputs(items), inside).data, this.asked.several);
  }

  // Tags.

  sentence(text) {
    const { reads } = this.asked, { sentences } = reads, tokenizer = this.tokenizer(reads);
    const words = split(normalized(text.toWellFormed(), sentences.normalizers), sentences.split);
    return words.slice(0, this.most).map((word) => {
      const found = tokenizer.encode(word);
      const id = found.length === 1 ? found[0].id : tokenizer.unknown;
      return { id, word, text: normalized(word, tokenizer.plain.filter((rule) => rule.pattern)) };
    });
  }

  tags(items, inside = []) {
    const longest = this.asked.reads.longest ?? Infinity;
    const labelled = items.length ? windowsOf(items.length, longest).flatMap((window) =>
      this.labels(items.slice(window.start, window.end), inside)
        .slice(window.first - window.start, window.last - window.start)) : [];
    const names = labelled.map(({ label }) => this.asked.labels[label]);
    const shown = this.asked.are_spans ? asIob2(names) : names;
    return labelled.map(({ probability }, step) => ({ tag: shown[step], probability }));
  }

  labels(items, inside) {
    const { crf, legal, labels } = this.asked, n = labels.length;
    inside.length = 0;
    const rows = rowsOf(this.network.answer(this.inputs(items), inside));
    if (crf) return bestLabels(rows.map((row) =>
      Array.from({ length: n }, (_, i) => Array.from(row.subarray(i * n, (i + 1) * n)))), legal);
    const shares = rows.map((row) => Array.from(softmax(row)));
    if (legal) return bestLabels(shares.map((row) =>
      labels.map(() => row.map((share) => Math.log(share)))), legal);
    return shares.map((row) => {
      const probability = Math.max(...row);
      return { label: row.indexOf(probability), probability };
    });
  }

  // Targets of a source.

  targets(tokens, inside = []) {
    const { start } = this.asked, source = this.rows(tokens);
    const begin = this.network.start({ source }, inside);
    const found = beamSearch(this.network, begin, this.asked);
    found.forEach((one, rank) => {
      const steps = [], read = [start, ...one.tokens.slice(0, -1)];
      const rows = rowsOf(this.network.read(read, begin, steps).logits);
      // given the source, with the tokens that are never generated
      one.logProbability = one.tokens.reduce(
        (total, token, step) => total + rows[step][token] - logSumExp(rows[step]), 0);
      if (rank === 0) Object.assign(inside, { attention: steps.attention }).push(...steps);
    });
    return found;
  }

  targetText(ids) {
    return this.tokenizer(this.asked.target).text(ids.filter((id) => id !== this.asked.end));
  }

  // Forecasts.

  /** Forecasts of `values`, [step][feature] in the network's numbers whose last `ahead` rows are of
   * the future: [step][target][quantile] in the series' unit. */
  forecast(values, inside = []) {
    const { timesteps, horizon, targets, is_known: known, lag, quantiles } = this.asked;
    const ahead = Math.max(this.asked.ahead, horizon);
    const span = values.slice(-timesteps - ahead).map((row) => [...row]), forecasts = [];
    for (let step = 0; step < ahead; step += horizon) {
      const window = span.slice(step, step + timesteps + horizon);
      const base = (t, target) =>
        (lag ? window[timesteps - lag + ((((t - timesteps) % lag) + lag) % lag)][target] : 0);
      const inputs = window.slice(0, timesteps).map((row, t) => row.map((value, f) =>
        (known[f] ? window[t + horizon][f] : value) - (f < targets ? base(t, f) : 0)));
      inside.length = 0;
      const { data } = this.network.answer(inputs.map((row) => Float64Array.from(row)), inside);
      for (let h = 0; h < horizon; h++) {
        const rows = Array.from({ length: targets }, (_, target) => {
          const start = (h * targets + target) * quantiles.length;
          const offset = base(timesteps + h, target);
          return [...data.slice(start, start + quantiles.length)].sort((a, b) => a - b).map((v) => v + offset);
        });
        forecasts.push(rows);
        rows.forEach((row, target) => { span[step + timesteps + h][target] = row[0]; });
      }
    }
    return forecasts.slice(0, this.asked.ahead).map((step) =>
      step.map((row, target) => row.map((value) => this.ownUnit(value, target))));
  }

  ownUnit(value, feature) {
    const { scaler, logarithm, targets } = this.asked;
    const number = value * scaler.scale[feature] + scaler.mean[feature];
    return logarithm && feature < targets ? Math.exp(number) : number;
  }

  fromOwnUnit(value, feature) {
    const { scaler, logarithm, targets } = this.asked;
    const number = logarithm && feature < targets ? Math.log(value) : value;
    return (number - scaler.mean[feature]) / scaler.scale[feature];
  }
}

/** Windows that cover a sequence, each overlapping the one before it by half. */
function windowsOf(steps, size) {
  if (steps <= size) return [{ start: 0, end: steps, first: 0, last: steps }];
  const overlap = Math.floor(size / 2), windows = [];
  let first = 0;
  for (let start = 0; start < Math.max(1, steps - overlap); start += size - overlap) {
    const end = Math.min(start + size, steps);
    const last = end === steps ? steps : end - Math.floor(overlap / 2);
    windows.push({ start, end, first, last });
    first = last;
  }
  return windows;
}

const LOOKED_BACK = 300, PRODUCTS = 3e8;
/** How many windows of a text are read, from its end: about a second's work. */
const windowsRead = ({ about, asked }) =>
  clip(Math.floor(PRODUCTS / (about.parameters * asked.window)), 10, LOOKED_BACK);

/** A text that grows: what the model expects after each of its tokens. Tokens that were read are
 * not read again while the text only grows. */
class Continuer {
  constructor(model) {
    this.model = model;
    this.forget();
  }

  forget() {
    Object.assign(this, { ids: [], states: null, logits: [], inside: [], condition: null });
  }

  /** Logits after each token: `logits[i]` are of the token at place i; null where too little stands
   * before it. */
  read(ids, condition = null) {
    const { asked, network } = this.model;
    const same = JSON.stringify(condition) === JSON.stringify(this.condition);
    if (!same || !this.ids.every((id, i) => id === ids[i])) this.forget();
    this.condition = condition;
    if (asked.window) return this.readWindows(ids);
    const first = this.states === null;
    if (first) this.states = network.start({ condition });
    const before = first && asked.start !== null ? [asked.start] : [];
    if (first && !before.length) this.logits.push(null);
    const fresh = [...before, ...ids.slice(this.ids.length)];
    if (fresh.length) {
      const steps = [];
      const { logits, states } = network.read(fresh, this.states, steps);
      steps.forEach((one, i) => {
        if (this.inside[i]) this.inside[i].values.push(...one.values);
        else this.inside.push(one);
      });
      this.logits.push(...rowsOf(logits));
      this.states = states;
    }
    this.ids = [...ids];
    return this.logits;
  }

  readWindows(ids) {
    const { asked, network } = this.model, most = windowsRead(this.model);
    for (let place = this.logits.length; place <= ids.length; place++) {
      const seen = ids.slice(place - asked.window, place);
      const inside = [];
      const enough = place >= asked.window && ids.length - place < most;
      this.logits.push(enough ? network.answer(seen, inside).data : null);
      if (enough) this.inside = inside;
    }
    this.ids = [...ids];
    return this.logits;
  }

  /** Logits of the token after the last one. */
  get next() { return this.logits[this.ids.length] ?? null; }
}
