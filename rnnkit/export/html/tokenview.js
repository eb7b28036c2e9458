// Tokens in their order, each with a colour and a number that say the same.

/** A list of tokens: `tokens` are {text, value, note, kind, detail}; `value` from -1 to 1 is the colour. */
function tokenList(tokens, attributes = {}) {
  const wide = tokens.some((token) => token.note);
  const items = tokens.flatMap((token) => {
    const item = h("li", {
      class: ["token", token.kind ?? "", token.value < 0 ? "against" : "for"].join(" ").trim(),
      title: token.detail, "--v": Math.min(1, Math.abs(token.value ?? 0)), "--hue": token.hue,
    },
    h("span", { class: "text" }, seen(token.text)),
    token.note ? h("small", {}, token.note) : null,
    h("span", { class: "hidden" }, ` ${token.detail ?? ""}`));
    return token.text.includes("\n") ? [item, h("li", { class: "break", "aria-hidden": "true" })] : [item];
  });
  return h("ol", { class: wide ? "tokens wide" : "tokens", ...attributes }, ...items);
}

/** What the colours of a list of tokens mean. */
const legend = (...steps) =>
  h("p", { class: "legend", "aria-hidden": "true" }, ...steps.map(([text, value]) =>
    h("span", { class: value < 0 ? "token against" : "token for", "--v": Math.abs(value) }, text)));
