// Asks one address again and again: when the answer says so, never in a hidden tab, never twice at once.
const [PATIENCE, RETRY] = [8000, 5];

export class Poll {
  constructor(source, told) {
    Object.assign(this, { source, told, tag: "", paused: false, ended: false, busy: false, due: 0 });
    document.addEventListener("visibilitychange", () => this.plan());
  }
  toggle() {
    this.paused = !this.paused;
    this.plan();
    return this.paused;
  }
  plan() {
    clearTimeout(this.timer);
    if (this.paused || this.ended || this.busy || document.hidden) return;
    this.timer = setTimeout(() => this.ask(), Math.max(0, this.due - Date.now()));
  }
  // Another source: at once, also while paused. What is on its way from the one before is of no use any more.
  turn(source) {
    Object.assign(this, { source, tag: "" });
    clearTimeout(this.timer);
    this.ask();
  }
  failed(error, source) {
    if (source === this.source) this.told.failed(error.name === "TimeoutError" ? "no answer" : "not reachable");
    return RETRY;
  }
  async ask() {
    const { source } = this;
    this.busy = true;
    const wait = await this.answer(source).catch((error) => this.failed(error, source));
    if (source !== this.source) return;
    this.busy = false;
    this.due = Date.now() + wait * 1000;
    this.plan();
  }
  async answer(source) {
    const headers = this.tag ? { "If-None-Match": this.tag } : {};
    const answer = await fetch(source, { headers, cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
    const told = answer.ok && answer.status !== 304 ? await answer.json() : null;
    if (source !== this.source) return 0;
    if (answer.status === 401) this.ended = true;
    if (this.ended) this.told.signedOut();
    else if (answer.status === 304) this.told.same();
    else if (answer.ok) this.told.fresh(told);
    else this.told.failed(`error ${answer.status}`);
    if (answer.ok) this.tag = answer.headers.get("ETag");
    return Number(answer.headers.get("X-Ask-Again")) || RETRY;
  }
}
