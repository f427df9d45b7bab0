// <time-chart>: lines over time, as templates/components/chart.html has it: data-labels (by |), data-unit, data-range (see
// chart-scale.js), data-height and, where there is a limit, data-threshold and data-threshold-name. Set .figures, or have them in
// data-figures as JSON, to
//   data     times, a row for each label, a row for each of `more`; null where nothing is known
//   bands    for each label its least and greatest values, or none at all
//   more     {label, kind: "before" or "ahead", of: which label, band: [low, high] or null}
//   window   from when to when it is drawn; asked: the same without what is foreseen
//   marks    {at, until or null, kind, tone, word}; summary, in words, unless it stands there; source, where the API gives the same
// An update keeps cursor and focus. What it asks of the page's view goes up as events, see chart-say.js.
import uPlot from "../vendor/uplot/uPlot.esm.js";
import { cursorKeys } from "./chart-keys.js";
import { logButton } from "./chart-log.js";
import { menu } from "./chart-menu.js";
import { options } from "./chart-options.js";
import { fillTable } from "./chart-table.js";
import { onTheme } from "./chart-theme.js";

class TimeChart extends HTMLElement {
  connectedCallback() {
    this.card = this.closest("figure");
    this.table = this.card.querySelector(".chart-table");
    this.table?.addEventListener("toggle", () => this.tabulate());
    this.sizes = new ResizeObserver(() => this.plot?.setSize({ width: this.clientWidth, height: this.plot.height }));
    this.sizes.observe(this);
    this.forget = onTheme(() => this.draw());
    cursorKeys(this, this.card.querySelector(".chart-cursor"));
    menu(this);
    logButton(this);
    if (this.dataset.figures && !this.data) this.figures = JSON.parse(this.dataset.figures);
  }
  disconnectedCallback() {
    this.sizes.disconnect();
    this.forget();
  }
  set figures({ data, window, asked = window, summary, source = "", bands = [], more = [], marks = [] }) {
    Object.assign(this, { data, window, asked, source, bands, more, marks });
    if (summary !== undefined) this.card.querySelector(".chart-summary").textContent = summary;
    if (this.plot?.series.length === data.length) this.plot.setData(data);
    else this.draw();
    this.tabulate();
  }
  // The lines that are there, in another window, until its own have come.
  preview(window) {
    this.window = window;
    this.plot?.setScale("x", { min: window[0], max: window[1] });
  }
  get logarithmic() {
    return this.log?.getAttribute("aria-pressed") === "true";
  }
  draw() {
    if (!this.data) return;
    this.plot?.destroy();
    this.plot = new uPlot(options(this), this.data, this);
  }
  tabulate() {
    if (this.table?.open && this.data) fillTable(this.table.querySelector("table"), this);
  }
}
customElements.define("time-chart", TimeChart);
