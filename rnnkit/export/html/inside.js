// The recurrent layers as strips: a row for each unit, a column for each step. A cell that is chosen
// shows its equation with its numbers.

const LABELS = {
  h: "state h", c: "cell state c", i: "input gate i", f: "forget gate f", o: "output gate o",
  g: "candidate g", z: "gate z", r: "reset gate r",
};
const GATES = new Set(["i", "f", "o", "z", "r"]);
const MOST_STEPS = 400, CELL = 16, HEAD = 84, LEFT = 40, RIGHT = 48, ROOM = 560;

/** A label as far as there is room; of a time without its year and its seconds. */
const brief = (label) =>
  label.replace(/^\d{4}-(\d\d-\d\d\s\d\d:\d\d).*$/, "$1").slice(0, 11);

/** A number between -1 and 1 as a colour, from orange by the ground to blue. */
function heat(value, ground) {
  const ends = value < 0 ? [213, 94, 0] : [0, 114, 178], share = Math.min(1, Math.abs(value));
  return `rgb(${ground.map((g, i) => Math.round(g + (ends[i] - g) * share)).join(" ")})`;
}

class Inside {
  constructor() {
    this.layers = [];
    this.chosen = { layer: 0, series: "h", unit: 0, step: 0 };
    this.layerSelect = h("select", { onchange: () => this.choose({ layer: +this.layerSelect.value }) });
    this.seriesSelect = h("select", { onchange: () => this.choose({ series: this.seriesSelect.value }) });
    this.canvas = h("canvas", {
      tabindex: 0, role: "application", "aria-label": "units over time; arrow keys move, the equation is below",
      onpointerdown: (event) => this.point(event), onkeydown: (event) => this.key(event),
    });
    this.scroller = h("div", { class: "scroller" }, this.canvas);
    this.scale = h("p", { class: "legend", "aria-hidden": "true" });
    this.note = h("p", { class: "note" });
    this.equation = h("div", { class: "equation", "aria-live": "polite" });
    this.root = card("inside", "Inside the recurrent layers",
      h("p", {}, "A row is a unit, a column a step. Choose a cell to see its equation with its numbers."),
      h("div", { class: "row" }, field("Layer", this.layerSelect), field("Shows", this.seriesSelect)),
      this.scale, this.scroller, this.note, this.equation);
    this.root.hidden = true;
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  /** `layers` as the engine fills them, `names` the tokens of the steps of a layer. */
  show(layers, names) {
    this.root.hidden = !layers.some((one) => one.values.length);
    if (this.root.hidden) return;
    this.layers = layers;
    this.names = names;
    const titles = layers.map(({ layer, direction, prefix }) =>
      [prefix, layer.name, direction].filter(Boolean).join(", "));
    if (JSON.stringify(titles) !== this.titles) {
      this.titles = JSON.stringify(titles);
      this.layerSelect.replaceChildren(...options(titles));
    }
    const { layer, step } = this.chosen, last = this.picked ? step : Infinity; // the newest step
    this.choose({ layer: Math.min(layer, layers.length - 1), step: last });
  }

  get steps() { return this.layers[this.chosen.layer].values; }
  get first() { return Math.max(0, this.steps.length - MOST_STEPS); }

  choose(change) {
    Object.assign(this.chosen, change);
    const { chosen } = this, { layer } = this.layers[chosen.layer];
    const series = Object.keys(LABELS).filter((name) => name in this.steps[0]);
    if (!series.includes(chosen.series)) chosen.series = "h";
    chosen.unit = clip(chosen.unit, 0, layer.units - 1);
    chosen.step = clip(chosen.step, this.first, this.steps.length - 1);
    this.layerSelect.value = chosen.layer;
    this.seriesSelect.replaceChildren(...series.map((name) => h("option", { value: name }, LABELS[name])));
    this.seriesSelect.value = chosen.series;
    this.draw();
    this.equation.replaceChildren(...equations(this.layers[chosen.layer], chosen, this.label(chosen.step)));
  }

  label(step) { return seen(this.names(this.layers[this.chosen.layer])[step] ?? String(step + 1)); }

  draw() {
    if (this.root.hidden) return;
    const { chosen, steps, first } = this, { units } = this.layers[chosen.layer].layer;
    const style = getComputedStyle(this.root), dark = style.getPropertyValue("--dark").trim() === "1";
    const ground = dark ? [24, 27, 33] : [255, 255, 255], ink = style.color;
    const shown = steps.slice(first), ratio = window.devicePixelRatio || 1;
    const values = shown.map((step) => step[chosen.series]);
    const largest = Math.max(1e-9, ...values.map((v) => v.reduce((a, b) => Math.max(a, Math.abs(b)), 0)));
    const limit = GATES.has(chosen.series) ? 1 : largest;
    const height = units > 64 ? Math.max(4, Math.floor(1024 / units)) : CELL;
    const cell = clip(Math.floor(ROOM / shown.length), CELL, 3 * CELL);
    this.size = { height, cell };
    const width = LEFT + shown.length * cell + RIGHT, whole = HEAD + units * height + 4;
    Object.assign(this.canvas, { width: width * ratio, height: whole * ratio });
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${whole}px`;
    const draw = this.canvas.getContext("2d");
    draw.scale(ratio, ratio);
    draw.font = "12px system-ui, sans-serif";
    draw.fillStyle = ink;
    shown.forEach((_, column) => {
      draw.save();
      draw.translate(LEFT + (column + 0.5) * cell + 4, HEAD - 6);
      draw.rotate(-Math.PI / 3);
      draw.fillText(brief(this.label(first + column)), 0, 0);
      draw.restore();
    });
    values.forEach((column, x) => column.forEach((value, unit) => {
      draw.fillStyle = heat(value / limit, ground);
      draw.fillRect(LEFT + x * cell, HEAD + unit * height, cell - 1, Math.max(1, height - 1));
    }));
    draw.fillStyle = ink;
    for (let unit = 0; unit < units; unit += Math.max(1, Math.ceil(14 / height)))
      draw.fillText(String(unit + 1), 4, HEAD + unit * height + Math.min(12, height + 4));
    draw.strokeStyle = ink;
    draw.lineWidth = 2;
    draw.strokeRect(LEFT + (chosen.step - first) * cell - 1, HEAD + chosen.unit * height - 1, cell + 1, height + 1);
    const low = GATES.has(chosen.series) ? 0 : -limit;
    this.scale.replaceChildren(
      h("span", { class: low < 0 ? "heat below" : "heat none" }, short(low)),
      low < 0 ? h("span", { class: "heat none" }, "0") : null,
      h("span", { class: "heat above" }, short(limit)));
    this.note.textContent = first ? `The last ${MOST_STEPS} of ${steps.length} steps are drawn.` : "";
  }

  point(event) {
    const box = this.canvas.getBoundingClientRect();
    const step = this.first + Math.floor((event.clientX - box.left - LEFT) / this.size.cell);
    const unit = Math.floor((event.clientY - box.top - HEAD) / this.size.height);
    this.picked = true;
    this.choose({ step, unit });
  }

  key(event) {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    this.picked = true;
    this.choose({ step: this.chosen.step + move[0], unit: this.chosen.unit + move[1] });
    const left = LEFT + (this.chosen.step - this.first) * this.size.cell;
    if (left < this.scroller.scrollLeft + LEFT) this.scroller.scrollLeft = left - 2 * LEFT;
    else if (left > this.scroller.scrollLeft + this.scroller.clientWidth - 2 * CELL)
      this.scroller.scrollLeft = left - this.scroller.clientWidth + 3 * CELL;
  }
}
