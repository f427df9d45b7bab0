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
  async ask() {
    this.busy = true;
    const wait = await this.answer().catch((error) => (this.told.failed(error.name === "TimeoutError" ? "no answer" : "not reachable"), RETRY));
    this.busy = false;
    this.due = Date.now() + wait * 1000;
    this.plan();
  }
  async answer() {
    const headers = this.tag ? { "If-None-Match": this.tag } : {};
    const answer = await fetch(this.source, { headers, cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
    if (answer.status === 401) this.ended = true;
    if (this.ended) this.told.signedOut();
    else if (answer.status === 304) this.told.same();
    else if (answer.ok) this.told.fresh(await answer.json());
    else this.told.failed(`error ${answer.status}`);
    if (answer.ok) this.tag = answer.headers.get("ETag");
    return Number(answer.headers.get("X-Ask-Again")) || RETRY;
  }
}
