// A sentence, or steps of numbers, each of whose tokens gets a tag.

// Okabe and Ito's palette, which the colour-blind can tell apart; the tag is written below as well.
const HUES = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#999999"];

class TaggingView {
  constructor(model, inside) {
    Object.assign(this, { model, inside });
    const { reads } = model.asked, isText = reads.kind === "Sentence";
    this.isText = isText;
    this.text = h("textarea", { rows: 4, oninput: later(() => this.show()), spellcheck: isText ? null : "false" });
    if (!isText) this.text.value = exampleSteps(reads.scaler);
    this.remark = h("p", { class: "remark", role: "status" });
    this.tagged = h("div", { "aria-live": "polite" });
    this.root = card("play", isText ? "Tag a sentence" : "Tag a sequence of numbers",
      field(isText ? "Sentence" : "Steps of numbers", this.text,
        isText ? null : `${counted(reads.scaler.mean.length, "number")} for each step`),
      this.remark, h("h3", {}, "Tags"),
      h("p", { class: "note" }, "The tag of each, and how probable it is there; the paler, the less sure."),
      this.tagged);
    this.show();
  }

  hue(tag) {
    if (tag === "O") return "transparent";
    const kinds = [...new Set(this.model.asked.labels.filter((label) => label !== "O").map(kindOf))];
    return HUES[Math.max(0, kinds.indexOf(kindOf(tag))) % HUES.length];
  }

  show() {
    const { reads } = this.model.asked;
    const items = this.isText ? this.model.sentence(this.text.value)
      : stepsOf(this.text.value, reads.scaler.mean.length) ?? [];
    const unknown = this.isText && this.model.tokenizer(reads).unknown;
    const words = items.filter(({ id }) => this.isText && id === unknown).map(({ word }) => word);
    const empty = this.isText ? "Type a sentence above." : "Type whole steps of finite numbers above.";
    const how = this.model.about.spelling ? "by their characters alone" : "as <unk>";
    this.remark.textContent = !items.length ? empty
      : words.length ? `Out of vocabulary, read ${how}: ${listed(words)}.` : "";
    const inside = [], tags = this.model.tags(items, inside);
    const names = items.map(({ word }, i) => word ?? String(i + 1));
    this.tagged.replaceChildren(tokenList(tags.map(({ tag, probability }, i) => ({
      text: names[i], kind: "hued", value: tag === "O" ? 0 : probability, hue: this.hue(tag),
      note: `${tag} ${percent(probability)}`, detail: "",
    })), { "aria-label": "tokens with their tags" }));
    const last = inside[0]?.values.length ?? 0;
    this.inside.show(inside, () => names.slice(names.length - last));
  }
}
const kindOf = (tag) => tag.replace(/^[BIES]-/, "");
