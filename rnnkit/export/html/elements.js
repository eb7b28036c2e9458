// What every part of the page is built of. Text reaches the page as text alone: nothing that a
// label, a token or a name says is read as markup.

const SVG = "http://www.w3.org/2000/svg";

function filledIn(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name.startsWith("--")) element.style.setProperty(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}
const h = (tag, attributes = {}, ...children) =>
  filledIn(document.createElement(tag), attributes, children);
const svg = (tag, attributes = {}, ...children) =>
  filledIn(document.createElementNS(SVG, tag), attributes, children);

let labels = 0;
/** A form's field with its label above it. */
function field(label, input, help = null) {
  input.id ||= `field-${++labels}`;
  const note = help && h("small", { id: `${input.id}-help` }, help);
  if (note) input.setAttribute("aria-describedby", note.id);
  return h("div", { class: "field" }, h("label", { for: input.id }, label), input, note);
}
const button = (text, onclick, attributes = {}) => h("button", { type: "button", onclick, ...attributes }, text);
const options = (names) => names.map((name, index) => h("option", { value: index }, name));

/** The call that comes last in a while without further ones. */
function later(call, wait = 150) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(call, wait);
  };
}
const pause = () => new Promise((resolve) => { setTimeout(resolve); });

const minus = (text) => text.replace("-", "−");
const fixed = (value, digits = 2) => minus(value.toFixed(digits));
const percent = (share) =>
  (share > 0 && share < 0.0005 ? "< 0.1 %" : `${(100 * share).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`);
const counted = (number, word) => `${number.toLocaleString("en")} ${word}${number === 1 ? "" : "s"}`;
/** A number with four significant digits. */
const short = (value) => {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return minus(value.toExponential(1)).replace("e-", "e−");
  return fixed(value, size >= 100 ? 1 : size >= 10 ? 2 : 3);
};

const SIGNS = new Map([[" ", "␣"], ["\n", "⏎"], ["\t", "⇥"], ["\r", "␍"], ["", "∅"]]);
/** A token as a person can see it. */
const seen = (token) => SIGNS.get(token) ?? (token.replaceAll("\n", "⏎").replaceAll(" ", "␣") || "∅");

/** Different words as a message lists them. */
const listed = (words) => [...new Set(words)].slice(0, 20).map(seen).join(" ");

/** A card of the page: a heading, and what is below it. */
const card = (id, title, ...children) =>
  h("section", { id, class: "card", "aria-labelledby": `${id}-title` },
    h("h2", { id: `${id}-title` }, title), ...children);

/** A line of a list of probabilities: a name, a bar and a number. */
const bar = (share, attributes = {}) =>
  h("span", { class: "bar", "aria-hidden": "true", ...attributes }, h("span", { "--v": share }));
