// A text that is continued: what comes next, how probable it is, and how surprising each token was.

const CANDIDATES = 12, MOST_BITS = 12, SHOWN_TOKENS = 500, MOST_KEPT = 101;

class ContinuationView {
  constructor(model, inside) {
    Object.assign(this, { model, inside, continuer: new Continuer(model), added: [] });
    const { asked } = model, unit = asked.reads.unit.replace(/s$/, "");
    this.unit = unit;
    this.text = h("textarea", { rows: 3, spellcheck: "false", oninput: later(() => this.typed()) });
    this.text.value = asked.reads.example;
    this.heat = h("input", { type: "range", min: 0, max: 2, step: 0.05, value: asked.temperature || 0.8,
      oninput: () => this.showNext() });
    this.degree = h("output", {});
    const range = (id, least, most, step, value) =>
      h("input", { type: "range", id, min: least, max: most, step, value, oninput: () => this.showNext() });
    this.most = range("most", 1, Math.min(MOST_KEPT, model.tokenizer(model.asked.reads).vocabulary.length), 1, Math.min(MOST_KEPT, model.tokenizer(model.asked.reads).vocabulary.length));
    this.nucleus = range("nucleus", 0.05, 1, 0.05, 1);
    this.mostSaid = h("output", {});
    this.nucleusSaid = h("output", {});
    this.next = h("table", { class: "next" });
    this.tokens = h("div");
    this.sum = h("p", { class: "note", "aria-live": "polite" });
    this.remark = h("p", { class: "remark", role: "status" });
    this.buttons = [
      button(`Next ${unit}`, () => this.more(1), { class: "main" }),
      button(`20 ${unit}s`, () => this.more(20)),
      button("Undo", () => this.undo()),
      button("Start again", () => { this.added = []; this.show(); }),
    ];
    this.root = card("play", "Continue a text", ...this.asked(),
      field(asked.start === null ? "Seed text" : "Begins with (may be empty)", this.text), this.remark,
      h("div", { class: "field" }, h("label", { for: "heat" }, "Temperature ", this.degree), this.heat,
        h("small", {}, "0 takes the most probable, 1 draws from the model's own probabilities.")),
      h("div", { class: "field" }, h("label", { for: "most" }, "Top k ", this.mostSaid), this.most,
        h("label", { for: "nucleus" }, "Top p ", this.nucleusSaid), this.nucleus,
        h("small", {}, "Draws from the k most probable alone, and of these from the fewest that have a probability of p together.")),
      h("div", { class: "row" }, ...this.buttons),
      h("h3", {}, `Next ${unit}`), this.next,
      h("h3", {}, "Surprise of each token"),
      h("p", { class: "note" }, "In bits: 1 bit is a coin's toss, 10 bits one chance in a thousand."),
      legend(["0 bits", 0], ["4", 4 / MOST_BITS], ["8", 8 / MOST_BITS], ["12 and more", 1]),
      this.tokens, this.sum);
    this.heat.id = "heat";
    this.typed();
  }

  asked() {
    const { condition } = this.model.asked;
    if (!condition) return [];
    if (condition.kind === "Choice") {
      this.choice = h("select", { onchange: () => this.typed() }, ...options(condition.labels));
      return [field("Condition", this.choice)];
    }
    this.choice = h("input", { type: "text", oninput: later(() => this.typed()) });
    this.choice.value = condition.scaler.mean.map((value) => short(value).replace("−", "-")).join(" ");
    return [field(`Condition: ${counted(condition.scaler.mean.length, "number")}`, this.choice)];
  }

  /** The vector that the text is conditioned on; undefined where it cannot be read. */
  get condition() {
    const { condition } = this.model.asked;
    if (!condition) return null;
    if (condition.kind === "Choice") return condition.labels.map((_, i) => +(i === +this.choice.value));
    const steps = stepsOf(this.choice.value, condition.scaler.mean.length);
    return steps?.length === 1 ? scaled(steps[0], condition.scaler) : undefined;
  }

  /** Reads the text and the condition, if they are others than those that were read. */
  typed() {
    const typed = JSON.stringify([this.text.value, this.choice?.value]);
    if (typed === this.typedLast) return;
    this.typedLast = typed;
    this.added = [];
    const { tokens, truncated } = this.model.read(this.model.asked.reads, this.text.value);
    Object.assign(this, { seed: tokens, truncated });
    this.show();
  }

  get ids() { return [...this.seed.map(({ id }) => id), ...this.added]; }
  get isOver() { return this.added.at(-1) === this.model.asked.end && this.added.length > 0; }

  show() {
    const { window: width } = this.model.asked, { unit } = this, condition = this.condition;
    const unknown = this.seed.filter(({ id }) => id === this.model.tokenizer(this.model.asked.reads).unknown);
    const lacking = (width ?? (this.model.asked.start === null ? 1 : 0)) - this.ids.length;
    const remarks = this.truncated ? [`The last ${counted(this.model.most, unit)} are read.`] : [];
    if (condition === undefined) remarks.push("The condition is not so many numbers.");
    else if (lacking > 0) remarks.push(width
      ? `The model sees a window of ${width}: type ${counted(lacking, unit)} more.`
      : `Type at least one ${unit}.`);
    if (this.isOver) remarks.push("The text has ended: undo a step, or start again.");
    if (unknown.length) remarks.push(`Out of vocabulary, read as <unk>: ${listed(unknown.map(({ text }) => text))}.`);
    this.remark.textContent = remarks.join(" ");
    const logits = condition === undefined ? [] : this.continuer.read(this.ids, condition);
    this.able = condition !== undefined && lacking <= 0;
    this.showTokens(logits);
    this.showNext();
    const begun = this.model.asked.start === null ? 0 : 1;
    const names = this.ids.map((id, i) => this.seed[i]?.text ?? this.written(id));
    const last = width && this.able ? names.slice(-width) : [...(begun ? ["<start>"] : []), ...names];
    this.inside.show(this.able ? this.continuer.inside : [], () => last);
  }

  written(id) {
    const tokenizer = this.model.tokenizer(this.model.asked.reads);
    return tokenizer.merges ? tokenizer.text([id]) : tokenizer.vocabulary[id];
  }

  showTokens(logits) {
    const { ids, seed } = this, isWide = this.unit !== "character";
    let total = 0, scored = 0;
    const tokens = ids.map((id, place) => {
      const before = logits[place], kind = place >= seed.length ? "new" : "";
      const text = seed[place]?.text ?? this.written(id);
      if (!before) return { text, kind, value: 0, detail: "not scored" };
      const bits = (logSumExp(before) - before[id]) / Math.LN2;
      total += bits;
      scored += 1;
      return { text, kind, value: bits / MOST_BITS, note: isWide ? fixed(bits, 1) : null, detail: `${fixed(bits, 1)} bits` };
    });
    this.tokens.replaceChildren(tokenList(tokens.slice(-SHOWN_TOKENS), { "aria-label": "tokens with their surprise" }));
    this.sum.textContent = scored ? `${fixed(total / scored)} bits per ${this.unit} on average, a perplexity of ` +
      `${short(2 ** (total / scored))}. What the model has added is underlined.` +
      `${ids.length > SHOWN_TOKENS ? ` The last ${SHOWN_TOKENS} are shown.` : ""}` : "";
  }

  /** The probabilities that the next token is drawn by. */
  sharesOf(logits) {
    const shares = nextProbabilities(logits, +this.heat.value, this.model.asked.banned);
    const most = +this.most.value === +this.most.max ? Infinity : +this.most.value;
    return truncatedTo(shares, most, +this.nucleus.value);
  }

  showNext() {
    const { asked } = this.model, temperature = +this.heat.value, logits = this.able && this.continuer.next;
    this.degree.textContent = temperature.toFixed(2);
    this.mostSaid.textContent = this.most.value === this.most.max ? "all" : this.most.value;
    this.nucleusSaid.textContent = (+this.nucleus.value).toFixed(2);
    this.buttons.slice(0, 2).forEach((one) => { one.disabled = !logits || this.isOver; });
    this.buttons.slice(2).forEach((one) => { one.disabled = !this.added.length; });
    this.next.hidden = !logits || this.isOver;
    if (this.next.hidden) return;
    this.shares = this.sharesOf(logits);
    const own = softmax(logits);
    const best = [...own.keys()].filter((id) => !asked.banned.includes(id))
      .sort((a, b) => own[b] - own[a]).slice(0, CANDIDATES);
    this.next.replaceChildren(
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, this.unit), h("th", { scope: "col", class: "share" }, "probability"),
        h("th", { scope: "col", colspan: 2 }, `at temperature ${temperature.toFixed(2)}`))),
      h("tbody", {}, ...best.map((id) => h("tr", {},
        h("th", { scope: "row" }, button(seen(this.written(id)), () => this.append(id), { title: "Append it" })),
        h("td", { class: "share" }, percent(own[id])), h("td", { class: "of-bar" }, bar(this.shares[id])),
        h("td", { class: "share" }, percent(this.shares[id]))))));
  }

  append(id) {
    this.typed();
    this.added.push(id);
    this.show();
  }

  async more(count) {
    this.typed();
    for (let i = 0; i < count && this.able && !this.isOver; i++) {
      this.shares = this.sharesOf(this.continuer.next);
      this.added.push(draw(this.shares));
      this.continuer.read(this.ids, this.condition);
      if (i % 5 === 4) {
        this.show();
        await pause();
      }
    }
    this.show();
  }

  undo() {
    this.added.pop();
    this.show();
  }
}
