// <time-chart>: lines over time. Set .figures to {data, window, summary, bands}; an update keeps cursor and focus.
import uPlot from "../vendor/uplot/uPlot.esm.js";
import { cursorKeys } from "./chart-keys.js";
import { options } from "./chart-options.js";
import { fillTable } from "./chart-table.js";
import { onTheme } from "./chart-theme.js";

class TimeChart extends HTMLElement {
  connectedCallback() {
    this.card = this.closest("figure");
    this.table = this.card.querySelector("details");
    this.table.addEventListener("toggle", () => this.tabulate());
    this.sizes = new ResizeObserver(() => this.plot?.setSize({ width: this.clientWidth, height: this.plot.height }));
    this.sizes.observe(this);
    this.forget = onTheme(() => this.draw());
    cursorKeys(this, this.card.querySelector(".chart-cursor"));
  }
  disconnectedCallback() {
    this.sizes.disconnect();
    this.forget();
  }
  set figures({ data, window, summary, bands = [] }) {
    Object.assign(this, { data, window, bands });
    this.card.querySelector(".chart-summary").textContent = summary;
    if (this.plot) this.plot.setData(data);
    else this.draw();
    this.tabulate();
  }
  draw() {
    if (!this.data) return;
    this.plot?.destroy();
    this.plot = new uPlot(options(this), this.data, this);
  }
  tabulate() {
    if (this.table.open && this.data) fillTable(this.table.querySelector("table"), this);
  }
}
customElements.define("time-chart", TimeChart);
