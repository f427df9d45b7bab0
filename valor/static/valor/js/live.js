// One poll for all that moves on a page: its own, else that of the status in the bar.
import { draw, put } from "./fragments.js";
import { Poll } from "./poll.js";
import { age, polled } from "./stale.js";
import { show } from "./trouble.js";

const page = document.querySelector("[data-source]");
const source = page ?? document.querySelector("[data-status]");
const [news, checked, pause, refresh] = ["news", "age", "pause", "refresh"].map((id) => document.getElementById(id));
let word = "";

function say(text) {
  if (news) news.textContent = text;
}

function tellAge() {
  if (checked && !document.hidden) checked.textContent = `Checked ${age()} ago`;
}

async function fresh({ fragments, charts, marks, ...status }, overtaken) {
  polled(200);
  say(word && word !== status.word ? status.sentence : "");
  word = status.word;
  show(word);
  await put(fragments);
  if (!charts || overtaken()) return;
  await draw(charts, marks);
  if (Object.values(charts).some(({ data }) => data[0].length)) document.getElementById("no-samples")?.remove();
}

// Without answers nothing is known, however healthy the last one was.
function failed(status, error) {
  polled(status, error);
  if (status === 0 || status >= 500) show(status === 503 ? "Down" : "Unknown");
}

if (source) {
  const told = { fresh, failed, same: () => (polled(304), word && show(word)) };
  const poll = new Poll(() => page?.dataset.source ?? source.dataset.status, told);
  document.addEventListener("live:refresh", () => poll.ask());
  pause?.addEventListener("click", () => {
    pause.textContent = poll.toggle() ? "Resume updates" : "Pause updates";
  });
  refresh?.addEventListener("click", () => poll.ask());
  for (const button of [pause, refresh]) if (button) button.hidden = false;
  if (checked) setInterval(tellAge, 1000);
  poll.plan();
}
