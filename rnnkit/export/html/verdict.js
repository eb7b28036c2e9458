// A text, or steps of numbers, that gets a label, and what each token changed.

const LEFT_OUT = 200; // tokens that are left out in turn, at most

class VerdictView {
  constructor(model, inside) {
    Object.assign(this, { model, inside, round: 0 });
    const { reads } = model.asked, isText = reads.kind === "Text";
    this.isText = isText;
    this.text = h("textarea", { rows: 4, oninput: later(() => this.show()), spellcheck: isText ? null : "false" });
    if (!isText) this.text.value = exampleSteps(reads.scaler);
    this.remark = h("p", { class: "remark", role: "status" });
    this.verdict = h("div", { "aria-live": "polite" });
    this.changes = h("div");
    this.note = h("p", { class: "note" });
    this.root = card("play", isText ? "Label a text" : "Label a sequence of numbers",
      field(isText ? "Text" : "Steps of numbers", this.text,
        isText ? null : `${counted(reads.scaler.mean.length, "number")} for each step`),
      this.remark, this.verdict,
      h("h3", {}, isText ? "What each token changed" : "What each step changed"), this.note,
      legend(["against the label", -0.9], ["no change", 0], ["for the label", 0.9]), this.changes);
    this.show();
  }

  items() {
    const { reads } = this.model.asked;
    if (!this.isText) return { tokens: stepsOf(this.text.value, reads.scaler.mean.length) ?? [], truncated: 0 };
    return this.model.read(reads, this.text.value);
  }

  show() {
    const { tokens, truncated } = this.items();
    this.round += 1;
    const nothing = !tokens.length;
    this.remark.textContent = this.remarks(tokens, truncated);
    this.verdict.replaceChildren();
    this.changes.replaceChildren();
    this.note.textContent = "";
    if (nothing) { this.inside.show([], () => []); return; }
    const inside = [], shares = this.model.verdict(tokens, inside);
    this.showVerdict(shares);
    const names = tokens.map((token, i) => token.text ?? String(i + 1)), { reads } = this.model.asked;
    const pads = this.model.padded(tokens, reads).length - tokens.length;
    const blank = Array(this.isText ? pads : 0).fill("<pad>");
    const whole = reads.padding === "pre" ? [...blank, ...names] : [...names, ...blank];
    this.inside.show(inside, () => whole);
    this.leaveOut(tokens, names, shares, this.round);
  }

  remarks(tokens, truncated) {
    if (!tokens.length) return this.isText ? "Type a text above." : "Type whole steps of finite numbers above.";
    if (!this.isText) return "";
    const { unknown } = this.model.tokenizer(this.model.asked.reads);
    const words = tokens.filter(({ id }) => id === unknown).map(({ text }) => text);
    const { truncating } = this.model.asked.reads;
    return [
      words.length ? `Out of vocabulary, read ${this.model.about.spelling ? "by their characters alone" : "as <unk>"}: ${listed(words)}.` : "",
      truncated ? `${counted(truncated, "token")} at the ${truncating === "pre" ? "beginning" : "end"} are truncated.` : "",
    ].join(" ").trim();
  }

  showVerdict(shares) {
    const { labels, several, thresholds } = this.model.asked;
    const order = [...labels.keys()].sort((a, b) => shares[b] - shares[a]);
    const given = several ? order.filter((label) => shares[label] >= thresholds[label]) : order.slice(0, 1);
    this.verdict.replaceChildren(
      h("p", { class: "verdict" }, given.map((label) => labels[label]).join(", ") || "none of the labels"),
      h("table", { class: "next" }, h("tbody", {}, ...order.slice(0, 20).map((label) => h("tr", {},
        h("th", { scope: "row" }, labels[label]), h("td", { class: "of-bar" }, bar(shares[label])),
        h("td", { class: "share" }, percent(shares[label])),
        several ? h("td", { class: "note" }, `${shares[label] >= thresholds[label] ? "given" : "not given"}, from ${percent(thresholds[label])}`) : null)))));
  }

  /** Asks without each token in turn; a newer text ends it. */
  async leaveOut(tokens, names, shares, round) {
    const best = shares.reduce((found, share, i) => (share > shares[found] ? i : found), 0);
    const label = this.model.asked.labels[best], first = Math.max(0, tokens.length - LEFT_OUT);
    const changed = new Map();
    const draw = () => this.changes.replaceChildren(tokenList(names.slice(first).map((text, place) => {
      const i = first + place, change = changed.get(i), known = change !== undefined;
      return { text, value: known ? Math.sign(change) * Math.sqrt(Math.abs(change)) : 0,
        note: known ? signed(100 * change) : "…",
        detail: known ? `without it ${percent(shares[best] - change)} ${label}` : "" };
    }), { "aria-label": "tokens with what they changed" }));
    this.note.textContent = `Percentage points of “${label}” that go when it is left out` +
      `${first ? `; of the last ${LEFT_OUT}` : ""}.`;
    let shown = performance.now();
    for (let i = first; i < tokens.length; i++) {
      const rest = tokens.filter((_, place) => place !== i);
      changed.set(i, rest.length ? shares[best] - this.model.verdict(rest)[best] : 0);
      if (performance.now() - shown < 40) continue;
      draw();
      await pause();
      if (round !== this.round) return;
      shown = performance.now();
    }
    draw();
  }
}

/** A whole number with its sign. */
const signed = (value) => `${Math.round(value) > 0 ? "+" : ""}${fixed(Math.round(value), 0)}`;

/** Steps to begin with: a wave around the mean of each feature. */
function exampleSteps({ mean, scale }) {
  return Array.from({ length: 12 }, (_, step) => mean.map((value, i) =>
    (value + scale[i] * Math.sin(step / 2 + i)).toPrecision(4)).join(" ")).join("\n");
}
