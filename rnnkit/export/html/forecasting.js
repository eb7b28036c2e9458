// A series whose last points can be dragged, and its forecast, in the series' own unit.

const DRAGGED = 12, EDGE = { left: 60, right: 16, top: 16, bottom: 40 };

class ForecastingView {
  constructor(model, inside) {
    const { asked } = model;
    Object.assign(this, { model, inside, target: 0, ahead: Math.max(asked.ahead, asked.horizon) });
    this.first = asked.series.values.map((row) => [...row]);
    this.choice = h("select", { onchange: () => { this.target = +this.choice.value; this.show(); } },
      ...options(asked.names.slice(0, asked.targets)));
    this.chart = svg("svg", { class: "chart", role: "group" });
    new ResizeObserver(() => this.show()).observe(this.chart);
    this.said = h("p", { class: "note", "aria-live": "polite" });
    this.table = h("table", { class: "next" });
    const levels = asked.quantiles, share = levels.at(-1) - levels[0];
    this.level = levels.length > 1 ? `the ${percent(share)} interval` : "";
    this.root = card("play", "Forecast a series",
      h("p", {}, "Drag one of the last points, or focus it and press the arrow keys: the forecast follows."),
      asked.series.is_own ? null : h("p", { class: "remark" }, "The run's own data were not at hand: a level line to begin with."),
      asked.targets > 1 ? field("Shows", this.choice) : null,
      h("p", { class: "legend chart-legend" }, h("span", { class: "key past" }, "the series"),
        h("span", { class: "key ahead" }, "the forecast"),
        this.level ? h("span", { class: "key band" }, this.level) : null),
      h("div", { class: "scroller plain" }, this.chart), this.said,
      h("div", { class: "row" }, button("Put the points back", () => this.reset())),
      h("h3", {}, "Forecast"), this.table);
    this.reset();
  }

  reset() {
    this.values = this.first.map((row) => [...row]);
    this.show(true);
  }

  get end() { return this.values.length - this.ahead; }
  own(step) { return this.model.ownUnit(this.values[step][this.target], this.target); }
  written(value) {
    const whole = Math.max(0, Math.floor(Math.log10(Math.abs(value) || 1))), size = Math.abs(value);
    const least = size < 1 ? 4 : size < 100 ? 2 : 0; // of the digits that the data carry, seven at most
    return fixed(value, Math.max(least, Math.min(this.model.asked.decimals[this.target], 6 - whole)));
  }
  time(step) {
    const written = this.model.asked.series.times[step] ?? `step ${step - this.end + 1}`;
    return written.replaceAll(" ", "\u00a0");
  }

  shortTime(step) { return this.wide < 500 ? brief(this.time(step)) : this.time(step); }

  /** Draws all; the axes stay as they are while a point is dragged. */
  show(rescale = true) {
    const inside = [];
    const all = this.model.forecast(this.values, inside), middle = this.model.asked.quantiles.indexOf(0.5);
    this.middles = all.map((step) => step.map((row) => row[middle]));
    this.forecast = all.map((step) => step[this.target]);
    const past = Array.from({ length: this.end }, (_, step) => this.own(step));
    this.place();
    if (rescale) {
      const all = [...past.slice(this.from), ...this.forecast.flat()], low = Math.min(...all), high = Math.max(...all);
      const room = (high - low || Math.abs(high) || 1) * 0.15;
      this.range = [low - room, high + room];
    }
    this.y = (value) => EDGE.top + (this.tall - EDGE.top - EDGE.bottom) * (1 - (value - this.range[0]) / (this.range[1] - this.range[0]));
    this.draw(past);
    this.showTable();
    const { horizon, timesteps } = this.model.asked, shift = this.ahead - horizon;
    this.inside.show(inside, () => Array.from({ length: timesteps }, (_, i) => this.time(this.end - timesteps + shift + i)));
  }

  /** Where the steps are, in the width that there is. */
  place() {
    this.wide = Math.max(300, this.chart.clientWidth || 720);
    this.tall = this.wide < 500 ? 280 : 360;
    this.chart.setAttribute("viewBox", `0 0 ${this.wide} ${this.tall}`);
    // fewer steps where there is little room, so that each point can be grasped
    this.from = Math.max(0, this.end - Math.max(this.wide < 500 ? 20 : 48, 4 * this.forecast.length));
    const steps = this.end + this.forecast.length - 1 - this.from;
    this.x = (step) => EDGE.left + ((step - this.from) * (this.wide - EDGE.left - EDGE.right)) / steps;
  }

  draw(past) {
    const focused = this.chart.contains(document.activeElement) ? document.activeElement.dataset.step : null;
    const { quantiles } = this.model.asked, middle = quantiles.indexOf(0.5);
    const line = (points) => points.map(([step, value]) => `${this.x(step).toFixed(1)},${this.y(value).toFixed(1)}`).join(" ");
    const last = [this.end - 1, past.at(-1)];
    const ahead = (level) => [last, ...this.forecast.map((row, i) => [this.end + i, row[level]])];
    const band = quantiles.length > 1
      ? svg("polygon", { class: "band", points: line([...ahead(0), ...ahead(quantiles.length - 1).reverse()]) }) : null;
    this.chart.replaceChildren(...this.axes(), ...(band ? [band] : []),
      svg("polyline", { class: "past", points: line(past.map((value, step) => [step, value]).slice(this.from)) }),
      svg("polyline", { class: "ahead", points: line(ahead(middle)) }),
      ...this.forecast.map((row, i) => svg("circle", { class: "ahead", r: 3, cx: this.x(this.end + i), cy: this.y(row[middle]) })),
      ...this.points(past));
    if (focused !== null) this.chart.querySelector(`[data-step="${+focused}"]`)?.focus();
  }

  axes() {
    const { names } = this.model.asked, marks = ticks(...this.range, 5), decimals = decimalsOf(marks);
    const lines = marks.flatMap((value) => [
      svg("line", { class: "grid", x1: EDGE.left, x2: this.wide - EDGE.right, y1: this.y(value), y2: this.y(value) }),
      svg("text", { x: EDGE.left - 8, y: this.y(value) + 4, "text-anchor": "end" }, minus(value.toFixed(decimals)))]);
    const steps = this.end + this.forecast.length - 1;
    const places = [[this.from, "start"], [steps, "end"]], room = 95; // of a label
    const now = this.x(this.end - 1);
    if (now > 2.2 * room && this.x(steps) - now > 1.5 * room) places.push([this.end - 1, "middle"]);
    this.chart.setAttribute("aria-label", `${names[this.target]}: the series and its forecast`);
    return [...lines,
      svg("text", { class: "name", x: EDGE.left + 6, y: EDGE.top + 8 }, names[this.target]),
      svg("line", { class: "now", x1: this.x(this.end - 1), x2: this.x(this.end - 1), y1: EDGE.top, y2: this.tall - EDGE.bottom }),
      ...places.map(([step, anchor]) => svg("text", { x: this.x(step), y: this.tall - 14, "text-anchor": anchor },
        this.shortTime(step)))];
  }

  points(past) {
    const first = Math.max(this.from, this.end - Math.min(DRAGGED, this.model.asked.timesteps));
    return past.slice(first).map((value, i) => {
      const step = first + i, move = (to) => this.move(step, to);
      return svg("circle", {
        class: "point", r: 7, cx: this.x(step), cy: this.y(value), tabindex: 0, role: "slider", "data-step": step,
        "aria-label": this.time(step), "aria-valuenow": value, "aria-valuetext": this.written(value),
        "aria-valuemin": this.range[0], "aria-valuemax": this.range[1], "aria-orientation": "vertical",
        onpointerdown: (event) => this.grab(event, step),
        onkeydown: (event) => {
          const signs = { ArrowUp: 1, ArrowDown: -1, PageUp: 10, PageDown: -10 }, sign = signs[event.key];
          if (!sign) return;
          event.preventDefault();
          move(this.own(step) + (sign * (this.range[1] - this.range[0])) / 100);
        },
      });
    });
  }

  grab(event, step) {
    event.preventDefault();
    const { chart } = this, y = (moved) => {
      const box = chart.getBoundingClientRect(), share = (moved.clientY - box.top) / box.height;
      const inner = (share * this.tall - EDGE.top) / (this.tall - EDGE.top - EDGE.bottom);
      return this.range[1] - inner * (this.range[1] - this.range[0]);
    };
    const drag = (moved) => this.move(step, y(moved));
    const drop = () => { window.removeEventListener("pointermove", drag); this.show(true); };
    window.addEventListener("pointermove", drag);
    for (const name of ["pointerup", "pointercancel"]) window.addEventListener(name, drop, { once: true });
    this.chart.querySelector(`[data-step="${step}"]`).focus();
  }

  move(step, value) {
    const number = this.model.fromOwnUnit(value, this.target);
    if (!Number.isFinite(number)) return; // no logarithm
    this.values[step][this.target] = number;
    this.show(false);
    this.said.textContent = `${this.time(step)}: ${this.written(value)}`;
  }

  showTable() {
    const { quantiles, names } = this.model.asked;
    const { is_choice: isChoice, targets } = this.model.asked;
    const best = (i) => names.slice(0, targets).reduce((found, name, target) =>
      (this.middles[i][target] > this.middles[i][found] ? target : found), 0);
    const heads = quantiles.map((level) => (level === 0.5 ? names[this.target] : percent(level)));
    this.table.replaceChildren(
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "ahead"), ...heads.map((text) => h("th", { scope: "col" }, text)),
        isChoice ? h("th", { scope: "col" }, "most probable") : null)),
      h("tbody", {}, ...this.forecast.map((row, i) => h("tr", {}, h("th", { scope: "row", class: "time" }, this.shortTime(this.end + i)),
        ...row.map((value) => h("td", {}, this.written(value))),
        isChoice ? h("td", {}, names[best(i)]) : null))));
  }
}

/** Round numbers within a range. */
function ticks(low, high, count) {
  const raw = (high - low) / count, size = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * size).find((one) => one >= raw) ?? raw;
  const marks = [];
  for (let n = Math.ceil(low / step); n * step <= high && marks.length < 20; n++) marks.push(n * step);
  return marks;
}
const decimalsOf = (marks) =>
  (marks.length < 2 ? 2 : Math.min(15, Math.max(0, -Math.floor(Math.log10(marks[1] - marks[0]) + 1e-9))));
