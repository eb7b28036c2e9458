// Texts to token ids and back, by the rules of the run's tokenizer.

const regex = ({ source, flags }) => new RegExp(source, flags);
const BYTE_LETTERS = (() => {
  // each byte as a letter that is seen, as byte-pair encodings write them
  const letters = [], plain = [[33, 126], [161, 172], [174, 255]];
  for (let byte = 0, extra = 256; byte < 256; byte++)
    letters.push(String.fromCharCode(plain.some(([a, b]) => a <= byte && byte <= b) ? byte : extra++));
  return letters;
})();
const LETTER_BYTES = new Map(BYTE_LETTERS.map((letter, byte) => [letter, byte]));

const normalized = (text, rules) => rules.reduce((t, rule) => {
  if (rule.pattern) return t.replace(rule.regex ??= regex(rule.pattern), () => rule.by);
  // letter by letter: a sigma at the end of a word is no other letter
  return rule.name === "NFC" ? t.normalize("NFC") : Array.from(t, (c) => c.toLowerCase()).join("");
}, text);

function split(text, rule) {
  rule.regex ??= regex(rule.pattern);
  if (rule.takes === "matches") return Array.from(text.matchAll(rule.regex), (m) => m[0]).filter(Boolean);
  return text.split(new RegExp(rule.regex.source, "u")).filter(Boolean);
}

class Tokenizer {
  constructor(description) {
    Object.assign(this, description);
    this.ids = new Map(this.vocabulary.map((token, id) => [token, id]));
    this.ranks = this.merges && new Map(this.merges.map(([a, b], rank) => [`${a} ${b}`, rank]));
    this.plain = this.normalizers.filter((rule) => rule.plain);
    const added = Object.keys(this.added).sort((a, b) => b.length - a.length);
    const escaped = added.map((token) => token.replace(/[^\p{L}\p{N}_<>]/gu, "\\$&"));
    this.apart = added.length ? new RegExp(`(${escaped.join("|")})`, "u") : null;
  }

  /** [{id, text}] of a text, the text as it is written in it. */
  encode(text) {
    const parts = this.apart ? text.toWellFormed().split(this.apart) : [text.toWellFormed()];
    const found = parts.flatMap((part, index) =>
      index % 2 ? [{ id: this.added[part], text: part }] : this.pieces(part));
    const first = this.first.map((id) => ({ id, text: this.vocabulary[id] }));
    return [...first, ...found].map((token) =>
      (this.marks.includes(token.id) ? { ...token, id: this.unknown } : token));
  }

  pieces(text) {
    const read = split(normalized(text, this.normalizers), this.split);
    if (this.merges)
      return read.flatMap((word) => this.merged(word).map((id) => ({ id, text: this.text([id]) })));
    const written = split(normalized(text, this.plain), this.split);
    const shown = written.length === read.length ? written : read;
    return read.map((token, i) => ({ id: this.ids.get(token) ?? this.unknown, text: shown[i] }));
  }

  merged(word) {
    let parts = Array.from(new TextEncoder().encode(word), (byte) => BYTE_LETTERS[byte]);
    for (;;) {
      let best = Infinity, at = -1;
      for (let i = 0; i + 1 < parts.length; i++) {
        const rank = this.ranks.get(`${parts[i]} ${parts[i + 1]}`) ?? Infinity;
        if (rank < best) [best, at] = [rank, i];
      }
      if (at < 0) return parts.map((part) => this.ids.get(part) ?? this.unknown);
      const pair = [parts[at], parts[at + 1]], joined = [];
      for (let i = 0; i < parts.length; i++)
        if (parts[i] === pair[0] && parts[i + 1] === pair[1]) { joined.push(pair.join("")); i++; }
        else joined.push(parts[i]);
      parts = joined;
    }
  }

  /** Tokens as readable text. */
  text(ids) {
    const tokens = ids.map((id) => this.vocabulary[id]);
    if (this.join !== "bytes") return JOINS[this.join](tokens);
    const bytes = tokens.flatMap((token) => Array.from(token, (letter) => LETTER_BYTES.get(letter)));
    return new TextDecoder().decode(Uint8Array.from(bytes.filter((byte) => byte !== undefined)));
  }
}

const JOINS = {
  "": (tokens) => tokens.join(""),
  spaces: (tokens) => tokens.join(" "),
  spaced(tokens) {
    let text = "", glued = true;
    const open = new Set(), paired = new Set("\"'");
    for (const token of tokens) {
      const isPaired = paired.has(token);
      const opens = "([{“‘«¿¡".includes(token) || (isPaired && !open.has(token));
      const closes = ".,;:!?)]}%…’”»".includes(token) || (isPaired && open.has(token));
      const isLetter = /^(?:[\p{L}\p{N}]|\p{RI})/u.test(token);
      const repeats = !isLetter && text.endsWith(token) && !isPaired;
      text += glued || closes || repeats ? token : ` ${token}`;
      if (isPaired && !open.delete(token)) open.add(token);
      glued = opens;
    }
    return text;
  },
};

// How a word is spelled: its bytes, or its subwords by their hash.

const CRC = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});
const crc32 = (text) =>
  ~new TextEncoder().encode(text).reduce((crc, byte) => CRC[(crc ^ byte) & 255] ^ (crc >>> 8), ~0) >>> 0;

const bothEnds = (items, length) =>
  (items.length <= length ? items
    : [...items.slice(0, (length + 1) >> 1), ...items.slice(items.length - (length >> 1))]);

function spelled(token, { kind, length, shortest, longest, buckets }) {
  const word = token.normalize("NFC");
  if (kind === "characters")
    return bothEnds([...new TextEncoder().encode(word)], length).map((byte) => 1 + byte);
  const letters = [..."<" + word.toLowerCase() + ">"], pieces = [];
  for (let size = shortest; size <= longest; size++)
    for (let start = 0; start + size <= letters.length; start++)
      pieces.push(letters.slice(start, start + size).join(""));
  return bothEnds(pieces, length).map((piece) => 1 + (crc32(piece) % buckets));
}

// The rules that make raw text of the web plainer, in their order (rnnkit/data/encode/cleaning.py).

const PYTHON_SPACE = "\\s\\u0085\\u001c-\\u001f";
// as patterns.py writes a look behind, for WebKit's sake
const NO_LETTER_BEFORE = "(?<!(?=[\\p{L}\\p{N}_])(?:[\\u{10000}-\\u{10FFFF}]|[\\u{0}-\\u{FFFF}]))";
const CLEANING = {
  html(text) {
    const bare = text.replace(/<(?:[a-zA-Z/!][^<>]*)>/g, " ");
    const holder = `<textarea>x${bare.replaceAll("<", "&lt;")}</textarea>`;
    const read = new DOMParser().parseFromString(holder, "text/html");
    return read.querySelector("textarea").textContent.slice(1);
  },
  links: (text) => text.replace(
    new RegExp(`(?:https?://|${NO_LETTER_BEFORE}www\\.)[^${PYTHON_SPACE}]+`, "giu"), " httplink "),
  mentions: (text) =>
    text.replace(new RegExp(`${NO_LETTER_BEFORE}@[\\p{L}\\p{N}_]+`, "gu"), " usermention "),
  numbers: (text) => text.replace(/\p{Nd}+(?:[.,:]\p{Nd}+)*/gu, "0"),
  repeats: (text) => text.replace(/([\p{L}\p{N}_])\1{2,}/gu, "$1$1$1"),
};
const cleaned = (text, rules) =>
  Object.entries(CLEANING).reduce((t, [name, rule]) => (rules.includes(name) ? rule(t) : t), text);
