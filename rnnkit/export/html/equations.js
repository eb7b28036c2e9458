// The equations of one unit at one step, with the numbers put in.

const NAMES = { sigmoid: "σ", tanh: "tanh", linear: "", hard_sigmoid: "hardσ" };
const applied = (name, inner) => `${NAMES[name] ?? name}(${inner})`;
const inBrackets = (value) => (value < 0 ? `(${short(value)})` : short(value));

/** What a column of a layer's weights makes of a step: x W, h U and both biases. */
function parts({ weights: w, layer }, now, column) {
  const width = w.kernel.shape[1];
  const dot = (v, kernel) => v.reduce((total, value, i) => total + value * kernel.data[i * width + column], 0);
  return {
    read: dot(now.x, w.kernel),
    bias: w.bias.data[column],
    kept: w.recurrent_kernel ? dot(now.before.h, w.recurrent_kernel) : null,
    keptBias: w.bias.shape.length > 1 ? w.bias.data[width + column] : 0,
    layer,
  };
}

/** A gate's line: σ(x W + h U + b) = σ(0.12 + 0.3 − 0.1) = 0.58; `further` are terms of its own. */
function gate(name, { read, kept, bias, keptBias }, activation, value, ...further) {
  const terms = [["x W", read], ...(kept === null ? [] : [["h′ U", kept]]), ["b", bias + keptBias], ...further];
  const inner = terms.map(([, number]) => inBrackets(number)).join(" + ");
  return [`${name} = ${applied(activation, terms.map(([text]) => text).join(" + "))}`,
    `= ${applied(activation, inner)} = ${short(value)}`];
}

const EQUATIONS = {
  simple_rnn: (one, now, u) => [gate("h", parts(one, now, u), one.layer.activation, now.h[u])],
  lstm(one, now, u) {
    const { units, activation, recurrent_activation: squash } = one.layer;
    const at = (index) => parts(one, now, index * units + u);
    const [i, f, g, o] = [now.i[u], now.f[u], now.g[u], now.o[u]], c = now.before.c[u];
    return [
      gate("i", at(0), squash, i), gate("f", at(1), squash, f),
      gate("g", at(2), activation, g), gate("o", at(3), squash, o),
      ["c = f c′ + i g", `= ${short(f)} · ${inBrackets(c)} + ${short(i)} · ${inBrackets(g)} = ${short(now.c[u])}`],
      [`h = o ${applied(activation, "c")}`,
        `= ${short(o)} · ${applied(activation, short(now.c[u]))} = ${short(now.h[u])}`],
    ];
  },
  peephole_lstm(one, now, u) {
    const { units } = one.layer, peephole = one.weights.peephole.data;
    const at = (index) => parts(one, now, index * units + u);
    const seen = (index, name, value) => [`p ${name}`, peephole[index * units + u] * value];
    const [i, f, g, o] = [now.i[u], now.f[u], now.g[u], now.o[u]], c = now.before.c[u];
    return [
      gate("i", at(0), "sigmoid", i, seen(0, "c′", c)), gate("f", at(1), "sigmoid", f, seen(1, "c′", c)),
      gate("g", at(2), "tanh", g),
      ["c = f c′ + i g", `= ${short(f)} · ${inBrackets(c)} + ${short(i)} · ${inBrackets(g)} = ${short(now.c[u])}`],
      gate("o", at(3), "sigmoid", o, seen(2, "c", now.c[u])),
      ["h = o tanh(c)", `= ${short(o)} · tanh(${short(now.c[u])}) = ${short(now.h[u])}`],
    ];
  },
  gru(one, now, u) {
    const { units, activation, recurrent_activation: squash } = one.layer;
    const at = (index) => parts(one, now, index * units + u);
    const [z, r, g, before] = [now.z[u], now.r[u], now.g[u], now.before.h[u]], last = at(2);
    const read = last.read + last.bias, kept = last.kept + last.keptBias;
    return [
      gate("z", at(0), squash, z), gate("r", at(1), squash, r),
      [`g = ${applied(activation, "x W + b + r (h′ U + b′)")}`,
        `= ${applied(activation, `${short(read)} + ${short(r)} · ${inBrackets(kept)}`)} = ${short(g)}`],
      ["h = z h′ + (1 − z) g",
        `= ${short(z)} · ${inBrackets(before)} + ${short(1 - z)} · ${inBrackets(g)} = ${short(now.h[u])}`],
    ];
  },
  min_gru(one, now, u) {
    const { units } = one.layer, [z, g, before] = [now.z[u], now.g[u], now.before.h[u]];
    return [
      gate("z", parts(one, now, u), "sigmoid", z),
      gate("g", parts(one, now, units + u), "positive", g),
      ["h = (1 − z) h′ + z g",
        `= ${short(1 - z)} · ${inBrackets(before)} + ${short(z)} · ${inBrackets(g)} = ${short(now.h[u])}`],
    ];
  },
  min_lstm(one, now, u) {
    const { units } = one.layer, [f, i, g, before] = [now.f[u], now.i[u], now.g[u], now.before.h[u]];
    const [first, second] = [0, 1].map((index) => parts(one, now, index * units + u));
    const [f0, i0] = [first, second].map(({ read, bias }) => sigmoid(read + bias));
    const sum = `(${short(f0)} + ${short(i0)})`;
    return [
      gate("f₀", first, "sigmoid", f0), gate("i₀", second, "sigmoid", i0), gate("g", parts(one, now, 2 * units + u), "positive", g),
      ["f = f₀ / (f₀ + i₀)", `= ${short(f0)} / ${sum} = ${short(f)}`],
      ["i = i₀ / (f₀ + i₀)", `= ${short(i0)} / ${sum} = ${short(i)}`],
      ["h = f h′ + i g",
        `= ${short(f)} · ${inBrackets(before)} + ${short(i)} · ${inBrackets(g)} = ${short(now.h[u])}`],
    ];
  },
};

function equations(one, { unit, step }, label) {
  const lines = EQUATIONS[one.layer.cell](one, one.values[step], unit);
  const positive = one.layer.cell.startsWith("min_") ? " positive(a) is a + 0.5 where a ≥ 0, else σ(a)." : "";
  const before = one.direction === "backward" ? "after it in the text" : "before it";
  return [
    h("h3", {}, `Unit ${unit + 1}, step ${step + 1}: ${label}`),
    h("dl", {}, ...lines.flatMap(([symbols, numbers]) => [h("dt", {}, symbols), h("dd", {}, numbers)])),
    h("p", { class: "note" }, `x is what the layer reads at this step; a prime marks the state of the step ${before}.${positive}`),
  ];
}
