// Asks one address again and again: when the answer says so, never in a hidden tab, one question at a time.
const [PATIENCE, RETRY] = [8000, 5];

export class Poll {
  constructor(source, told) {
    Object.assign(this, { source, told, address: "", paused: false, ended: false, asking: null, taking: null, number: 0, due: 0 });
    document.addEventListener("visibilitychange", () => this.plan());
  }
  toggle() {
    this.paused = !this.paused;
    this.plan();
    return this.paused;
  }
  plan() {
    clearTimeout(this.timer);
    if (this.paused || this.ended || this.asking || document.hidden) return;
    this.timer = setTimeout(() => this.ask(), Math.max(0, this.due - Date.now()));
  }
  // At once, even while paused. What was asked before is called off: its answer would be older than this one.
  async ask() {
    if (this.ended) return;
    clearTimeout(this.timer);
    this.asking?.abort();
    const mine = ++this.number;
    const overtaken = () => mine !== this.number;
    const asking = (this.asking = new AbortController());
    const late = setTimeout(() => asking.abort(), PATIENCE);
    const [answer, body] = await this.answer(asking.signal);
    clearTimeout(late);
    await this.taking; // one answer is shown after the other
    if (overtaken()) return;
    this.asking = null;
    this.taking = this.take(answer, body, overtaken).catch(reportError);
    await this.taking;
    if (overtaken()) return;
    const wait = Number(answer?.headers.get("X-Ask-Again") ?? answer?.headers.get("Retry-After")) || RETRY;
    this.due = Date.now() + wait * 1000;
    this.plan();
  }
  async answer(signal) {
    const address = this.source();
    // Another view may have begun to be shown, though its answer never came: what was drawn for this one is gone.
    if (address !== this.address) Object.assign(this, { address, tag: "", drawn: "" });
    const headers = { "X-Drawn": this.drawn, ...(this.tag && { "If-None-Match": this.tag }) };
    try {
      const answer = await fetch(address, { headers, cache: "no-store", signal });
      return [answer, await (answer.ok ? answer.json() : answer.json().catch(() => null))];
    } catch {
      return [null, null];
    }
  }
  async take(answer, body, overtaken) {
    this.ended = [401, 403, 404].includes(answer?.status);
    if (answer?.ok) {
      const { drawn } = this;
      Object.assign(this, { tag: "", drawn: "" }); // half of it is shown, until all of it is
      await this.told.fresh(body, overtaken);
      if (overtaken()) return;
      Object.assign(this, { tag: answer.headers.get("ETag") ?? "", drawn: body.drawn ?? drawn });
    } else if (answer?.status === 304) this.told.same();
    else this.told.failed(answer?.status ?? 0, body?.error);
  }
}
