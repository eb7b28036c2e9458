// The page begins: the model is read, and the view of its playground is shown.

const VIEWS = {
  Continuation: ContinuationView, Verdict: VerdictView, Tagging: TaggingView, Decoding: DecodingView,
  Forecasting: ForecastingView,
};

function begin() {
  const about = JSON.parse(document.getElementById("model").textContent);
  const model = new Model(about, document.getElementById("weights").textContent);
  const inside = new Inside();
  const { name, kind, parameters, precision } = about;
  const view = new VIEWS[about.playground.kind](model, inside);
  document.getElementById("app").replaceChildren(
    h("header", {}, h("h1", {}, name),
      h("p", {}, `${kind.replaceAll("_", " ")} · ${counted(parameters, "parameter")} · ${precision}`),
      h("p", { class: "note" }, "Computed in this page by plain JavaScript: nothing that you type leaves it.")),
    view.root, inside.root,
    h("footer", {}, h("p", { class: "note" },
      "Written by rnnkit export. In the browser's console, rnnkit.ask(\"…\") gives the numbers.")));
  inside.draw();
  globalThis.rnnkit = { model, view, Network, Tokenizer, rowsOf, ask: (...query) => model.ask(...query) };
}

begin();
