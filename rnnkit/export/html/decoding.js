// A source whose target is decoded, and what each token of the target attended to.

const EMPTY = "(an empty target)";

class DecodingView {
  constructor(model, inside) {
    Object.assign(this, { model, inside });
    this.text = h("textarea", { rows: 3, oninput: later(() => this.show(), 300) });
    this.remark = h("p", { class: "remark", role: "status" });
    this.best = h("p", { class: "verdict", "aria-live": "polite" });
    this.others = h("table", { class: "next" });
    this.attention = h("div");
    this.root = card("play", "Decode a target for a source", field("Source", this.text), this.remark,
      h("h3", {}, "Target"), this.best, this.others, this.attention);
    this.show();
  }

  show() {
    const { asked } = this.model, { tokens } = this.model.read(asked.source, this.text.value);
    const { unknown } = this.model.tokenizer(asked.source);
    const words = tokens.filter(({ id }) => id === unknown).map(({ text }) => text);
    const some = this.text.value.trim() && tokens.length;
    this.remark.textContent = !some ? "Type a source above."
      : words.length ? `Out of vocabulary, read as <unk>: ${listed(words)}.` : "";
    this.others.replaceChildren();
    this.attention.replaceChildren();
    this.best.textContent = "";
    if (!some) { this.inside.show([], () => []); return; }
    const inside = [], targets = this.model.targets(tokens, inside);
    this.best.textContent = targets.length ? this.model.targetText(targets[0].tokens) || EMPTY : "(none)";
    if (targets.length > 1) this.showOthers(targets);
    const written = targets.length ? targets[0].tokens.map((id) => this.model.tokenizer(asked.target).vocabulary[id]) : [];
    const sources = tokens.map(({ text }) => text);
    if (inside.attention) this.showAttention(inside.attention, sources, written);
    const encoders = new Set(this.model.network.encoder.layers);
    inside.forEach((one) => { one.prefix = encoders.has(one.layer) ? "encoder" : "decoder"; });
    const read = ["<start>", ...written];
    this.inside.show(inside, (one) => (one.prefix === "encoder" ? sources : read));
  }

  showOthers(targets) {
    this.others.replaceChildren(
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "the best targets of the beam"),
        h("th", { scope: "col" }, "probability"))),
      h("tbody", {}, ...targets.map(({ tokens, logProbability }) => h("tr", {},
        h("td", {}, this.model.targetText(tokens) || EMPTY), h("td", {}, percent(Math.exp(logProbability)))))));
  }

  showAttention(shares, sources, targets) {
    const head = h("tr", {}, h("td"), ...sources.map((token) => h("th", { scope: "col" }, h("span", { class: token.length > 3 ? "upright" : null }, seen(token)))));
    const rows = targets.map((token, i) => h("tr", {}, h("th", { scope: "row" }, seen(token)),
      ...Array.from(shares[i], (share, j) => h("td", {
        "--v": share, title: `${token} attends to ${sources[j]}: ${percent(share)}`,
      }, (100 * share).toFixed(0)))));
    this.attention.replaceChildren(h("h3", {}, "Attention"),
      h("p", { class: "note" }, "Each row is a token of the target; its numbers are percent of its attention to each token of the source."),
      h("div", { class: "scroller", tabindex: 0, role: "region", "aria-label": "attention" },
        h("table", { class: "attention" }, h("thead", {}, head), h("tbody", {}, ...rows))));
  }
}
