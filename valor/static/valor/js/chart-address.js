// Where the page's view of time is kept: in its address, so that Back works and a link shows the same. A zoomed view has
// `from` and `to`, and `within`, which is what it was zoomed in from. *turned* is told where its figures are.
import { momentText, zone } from "./chart-time.js";

const VIEW = ["range", "from", "to", "within"];
const iso = (at) => new Date(at * 1000).toISOString().replace(".000", "");

export class Address {
  constructor(page, bar, turned) {
    Object.assign(this, { page, turned, home: bar.dataset.home, within: bar.dataset.within, search: location.search });
    addEventListener("popstate", () => location.search !== this.search && this.turn());
  }
  get query() {
    const query = new URLSearchParams(location.search);
    return VIEW.some((name) => query.has(name)) ? query : this.changed(query, new URLSearchParams(this.home));
  }
  get zoomed() {
    return this.query.has("within");
  }
  get words() {
    const times = ["from", "to"].map((name) => this.query.get(name) ?? "now");
    const window = times.map((time) => Date.parse(time) / 1000);
    return `${times.map((time, side) => (window.some(isNaN) ? time : momentText(window[side], window))).join(" to ")} ${zone()}`;
  }
  changed(query, view) {
    for (const name of VIEW) query.delete(name);
    for (const [name, value] of view) query.set(name, value);
    return query;
  }
  show([from, to], replacing) {
    this.go({ from: iso(from), to: iso(to), within: this.within }, replacing);
  }
  reset() {
    this.go(new URLSearchParams(this.home), false);
  }
  go(view, replacing) {
    const query = this.changed(this.query, new URLSearchParams(view));
    history[replacing ? "replaceState" : "pushState"](null, "", `?${query}`);
    this.turn();
  }
  turn() {
    const source = new URL(this.page.dataset.source, location.href);
    const { query } = this;
    if (!query.has("host")) query.set("host", source.searchParams.get("host"));
    this.search = location.search;
    this.page.dataset.source = `${source.pathname}?${query}`;
    this.lead();
    this.turned(this.page.dataset.source);
  }
  // Links that show the same of another host, or compared with another time.
  lead() {
    for (const link of document.querySelectorAll("a[data-view]")) {
      const own = new URLSearchParams(link.search);
      const view = [...this.query].filter(([name]) => VIEW.includes(name));
      link.search = this.changed(own, view);
    }
  }
}
