// What time the page's charts show, all of them the same: they ask for it by events (chart-say.js), the bar above them by
// its buttons. *turned* is told where the figures of each new view are.
import { Address } from "./chart-address.js";
import { fitted, moved, scaled } from "./chart-span.js";

export class View {
  constructor(page, turned) {
    Object.assign(this, { bar: document.getElementById("zoom"), area: page.querySelector("[data-zoomable]") });
    this.words = this.area.getAttribute("aria-label");
    this.address = new Address(page, this.bar, (source) => (this.tell(), turned(source)));
    const acts = {
      zoom: (window) => this.show(fitted(window)),
      scale: ({ by, at }) => this.scale(by, at),
      step: (share) => this.move(share * this.span),
      pan: (seconds) => this.preview(seconds),
      panned: (seconds) => (seconds ? this.move(seconds) : this.preview(0)),
      reset: () => this.reset(),
    };
    for (const [name, act] of Object.entries(acts)) page.addEventListener(`chart-${name}`, ({ detail }) => this.asked && act(detail));
    this.bar.addEventListener("click", ({ target }) => this.press(target.closest("button")?.dataset));
    document.addEventListener("keydown", (event) => this.escape(event));
    this.tell();
  }
  get charts() {
    return [...this.area.querySelectorAll("time-chart")].filter(({ data }) => data);
  }
  get asked() {
    return this.charts[0]?.asked;
  }
  get span() {
    return this.asked[1] - this.asked[0];
  }
  press({ ask, by } = {}) {
    if (ask === "reset") return this.reset();
    if (!ask || !this.asked) return;
    if (ask === "scale") this.scale(Number(by));
    else this.move(Number(by) * this.span);
  }
  escape(event) {
    if (event.key !== "Escape" || event.defaultPrevented || event.target.closest?.("input, textarea, select, details[open]")) return;
    this.reset();
  }
  scale(by, at) {
    const window = scaled(this.asked, by, at);
    // Zoomed out to all of what it was zoomed in from, it is that again.
    if (by > 1 && this.address.zoomed && this.whole && window[1] - window[0] >= this.whole) this.reset();
    else this.show(fitted(window));
  }
  move(seconds) {
    this.show(moved(this.asked, seconds), this.address.zoomed);
  }
  preview(seconds) {
    for (const chart of this.charts) chart.preview(chart.asked.map((at) => at + seconds));
  }
  show(window, replacing = false) {
    if (!window) return;
    if (!this.address.zoomed) this.whole = this.span;
    this.address.show(window, replacing);
    for (const chart of this.charts) {
      chart.asked = window;
      chart.preview(window);
    }
  }
  reset() {
    if (this.address.zoomed) this.address.reset();
  }
  tell() {
    const { zoomed, words } = this.address;
    this.bar.querySelector("output").textContent = zoomed ? words : "";
    this.bar.querySelector("[data-ask=reset]").hidden = !zoomed;
    this.bar.classList.add("ready");
    this.area.setAttribute("aria-label", zoomed ? words : this.words);
    this.area.toggleAttribute("data-zoomed", zoomed);
  }
}
