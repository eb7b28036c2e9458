// From logits to answers: probabilities, the best labels of a sequence, beam search.

const LOWEST = -1e30;

function logSumExp(values) {
  const highest = values.reduce((a, b) => Math.max(a, b), -Infinity);
  return highest + Math.log(values.reduce((total, v) => total + Math.exp(v - highest), 0));
}

/** The labels of the highest score (Viterbi) and the probability of each (forward-backward), of
 * potentials[step][from][to]; `legal` says which label may begin, follow and end. */
function bestLabels(potentials, legal) {
  const steps = potentials.length, n = potentials[0].length, labels = [...Array(n).keys()];
  if (legal)
    potentials.forEach((pairs, t) => labels.forEach((i) => labels.forEach((j) => {
      if (t ? !legal.pairs[i][j] : !legal.first[j]) pairs[i][j] += LOWEST;
      if (t === steps - 1 && !legal.last[j]) pairs[i][j] += LOWEST;
    })));
  const best = [potentials[0][0]], summed = [potentials[0][0]];
  for (let t = 1; t < steps; t++) {
    const pairs = potentials[t];
    best.push(labels.map((j) => Math.max(...labels.map((i) => best[t - 1][i] + pairs[i][j]))));
    summed.push(labels.map((j) => logSumExp(labels.map((i) => summed[t - 1][i] + pairs[i][j]))));
  }
  const rest = Array(steps).fill(labels.map(() => 0));
  for (let t = steps - 2; t >= 0; t--)
    rest[t] = labels.map((i) =>
      logSumExp(labels.map((j) => potentials[t + 1][i][j] + rest[t + 1][j])));
  const highest = (values) => values.indexOf(Math.max(...values));
  const path = [highest(best[steps - 1])];
  for (let t = steps - 2; t >= 0; t--)
    path.unshift(highest(labels.map((i) => best[t][i] + potentials[t + 1][i][path[0]])));
  const whole = logSumExp(summed[steps - 1]);
  return path.map((label, t) => ({
    label, probability: Math.exp(Math.min(0, summed[t][label] + rest[t][label] - whole)),
  }));
}

/** The probabilities of labels: of one logit for two labels, of one of several, or of each. */
function labelProbabilities(logits, several) {
  if (several) return logits.map(sigmoid);
  return logits.length === 1 ? softmax([0, logits[0]]) : softmax([...logits]);
}

/** Probabilities of the next token at a temperature; those of `banned` tokens are 0. At 0 the most
 * probable token is certain. */
function nextProbabilities(logits, temperature, banned = []) {
  const allowed = Float64Array.from(logits);
  for (const id of banned) allowed[id] = -Infinity;
  if (temperature > 0) {
    const highest = allowed.reduce((a, b) => Math.max(a, b), -Infinity);
    return softmax(allowed.map((v) => (v - highest) / temperature));
  }
  const best = allowed.indexOf(allowed.reduce((a, b) => Math.max(a, b), -Infinity));
  return allowed.map((_, id) => +(id === best));
}

/** Of probabilities the `most` greatest alone, and of those the fewest that sum to `nucleus`. */
function truncatedTo(shares, most, nucleus) {
  const order = [...shares.keys()].sort((a, b) => shares[b] - shares[a]).slice(0, most);
  const all = order.reduce((total, id) => total + shares[id], 0), out = shares.map(() => 0);
  let before = 0;
  const kept = order.filter((id) => {
    const isKept = before < nucleus * all;
    before += shares[id];
    return isKept;
  });
  const whole = kept.reduce((total, id) => total + shares[id], 0);
  for (const id of kept) out[id] = shares[id] / whole;
  return out;
}

function draw(probabilities, random = Math.random()) {
  let left = random;
  for (let id = 0; id < probabilities.length; id++) {
    left -= probabilities[id];
    if (left < 0) return id;
  }
  return probabilities.indexOf(probabilities.reduce((a, b) => Math.max(a, b)));
}

/** The best targets, best first: [{tokens, total, score}], as rnnkit/generation/decode.py finds
 * them; with a beam of 1 the most probable token at each step. */
function beamSearch(network, begin, options) {
  const { start, end, banned, beam_size: width, length_penalty: penalty, longest } = options;
  const first = network.read([start], begin);
  let beams = [{ tokens: [], total: 0, logits: row(first.logits, 0), states: first.states }];
  const finished = [];
  for (let position = 0; position < longest && beams.length; position++) {
    const candidates = beams.flatMap((beam) => {
      const logits = Float64Array.from(beam.logits);
      for (const id of banned) logits[id] = -Infinity;
      const whole = logSumExp(logits);
      return Array.from(logits, (v, token) => ({ beam, token, total: beam.total + v - whole }));
    }).filter((one) => Number.isFinite(one.total));
    candidates.sort((a, b) => b.total - a.total);
    const going = [];
    for (const { beam, token, total } of candidates.slice(0, width === 1 ? 1 : 2 * width)) {
      const tokens = [...beam.tokens, token];
      if (token === end || position + 1 === longest)
        finished.push({ tokens, total, score: total / tokens.length ** penalty });
      else if (going.length < width) going.push({ beam, tokens, total });
    }
    const bound = going.length ? going[0].total / longest ** penalty : 0;
    if (finished.filter((one) => one.score >= bound).length >= width) break;
    beams = going.map(({ beam, tokens, total }) => {
      const { logits, states } = network.read([tokens.at(-1)], beam.states);
      return { tokens, total, logits: row(logits, 0), states };
    });
  }
  return finished.sort((a, b) => b.score - a.score).slice(0, width);
}

/** Spans of tags, [kind, start, end), as conlleval reads them, written in IOB2. */
function asIob2(tags) {
  const out = [];
  let open = null;
  for (const tag of tags) {
    if (tag === "O") { open = null; out.push(tag); continue; }
    const prefix = tag[0], kind = tag.slice(2);
    const goes = "IE".includes(prefix) && open === kind;
    out.push(`${goes ? "I" : "B"}-${kind}`);
    open = "BI".includes(prefix) ? kind : null;
  }
  return out;
}
